import { type KeyboardEvent, type ReactElement, type ReactNode, useEffect, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type Language, languages } from '../../../shared/domain/agenda.ts'
import { timeOf } from '../../../shared/domain/clock.ts'
import { type Entry, find, type Hit, indexOf, type Pinyin, type Range } from '../../../shared/domain/find.ts'
import { findEn, findZh } from '../../i18n/find.ts'
import { otherThan, speak } from '../../i18n/format.ts'
import { addWords, tag } from '../../i18n/i18n.ts'
import { entriesOf, loadPinyin, recentOf, remember, type Target } from '../../store/find.ts'
import { mayWrite } from '../../store/meeting.ts'
import type { Route } from '../../store/route.ts'
import controls from '../../styles/controls.module.css'
import { type DialogRequest, useDialogs } from '../shell/Dialogs.tsx'
import { useMoment } from '../shell/moment.ts'
import { Sheet } from '../shell/Sheet.tsx'
import { SideMark } from '../shell/Side.tsx'
import { useLanguage, useLead, useMeeting, useShell, useWords, useWorkspace } from '../shell/shell.ts'
import { useKeeper, useLateWords, useVersionName, useVersions } from '../versions/late.ts'
import styles from './FindSheet.module.css'
import { focusFound } from './focus.ts'

addWords('find', { en: findEn, zh: findZh })

/** More rows than anybody reads. */
const most = 40

/** Finds anything in the meeting by a few letters, in either language, and opens it. */
export function FindSheet({ close }: { close: () => void }): ReactElement {
  const { t } = useTranslation('find')
  const workspace = useWorkspace()
  const { router } = useShell()
  const meeting = useMeeting((state) => state.membership.meeting)
  const lead = useLead()
  const agenda = useMeeting((state) => state.snapshot?.agenda)
  const keeper = useKeeper()
  const { list: versions } = useVersions()
  const versionName = useVersionName()
  const late = useLateWords()
  const actions = useActions()
  const [pinyin, setPinyin] = useState<Pinyin | null>(null)
  const [query, setQuery] = useState('')
  const [active, setActive] = useState(0)
  useEffect(() => {
    void keeper.refresh()
    void loadPinyin().then((table) => setPinyin(() => table))
  }, [keeper])

  const entries = useMemo(
    (): Entry<Target>[] => [
      ...(agenda ? entriesOf(agenda, versions, lead) : []).map((entry) => {
        const { target } = entry
        const version = target.type === 'version' && versions.find(({ id }) => id === target.id)
        if (!version) return entry
        const { number, label } = version
        const more = languages.map((lng) =>
          late('versions.named', { number, label: late(`label.${label}`, { lng }), lng }),
        )
        return { target, names: [versionName(version), ...entry.names], more }
      }),
      ...actions.map(({ id, names }) => ({ target: { type: 'action', id } as Target, names })),
    ],
    [agenda, versions, lead, versionName, late, actions],
  )
  const index = useMemo(() => indexOf(entries), [entries])
  const named = useMemo(() => new Map(entries.map((entry) => [keyOf(entry.target), entry])), [entries])
  const empty = query.trim() === ''
  const found = useMemo(() => find(index, query, pinyin), [index, query, pinyin])
  const unmarked = (target: Target): Hit<Target> => ({ target, marks: [] })
  const shown = empty
    ? [
        ...recentOf(workspace).filter((target) => target.type !== 'action' && named.has(keyOf(target))),
        ...actions.map(({ id }): Target => ({ type: 'action', id })),
      ].map(unmarked)
    : found.slice(0, most)
  const at = Math.min(active, shown.length - 1)

  function take(hit: Hit<Target> | undefined) {
    if (!hit) return
    const { target } = hit
    remember(workspace, target)
    close()
    // The dialog restores the focus first.
    requestAnimationFrame(() => {
      if (target.type === 'action') return actions.find(({ id }) => id === target.id)?.run()
      router.go(routeOf(target))
      focusFound(target.id)
    })
  }
  function routeOf(target: Exclude<Target, { type: 'action' }>): Route {
    switch (target.type) {
      case 'item':
        return { type: 'item', meeting, item: target.id }
      case 'reading':
        return { type: 'item', meeting, item: target.item }
      case 'person':
        return { type: 'people', meeting }
      case 'version':
        return { type: 'versions', meeting }
    }
  }
  function press(event: KeyboardEvent) {
    // Safari says 229 of the Enter that ends a composition.
    if (event.nativeEvent.isComposing || event.keyCode === 229) return
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault()
      const next = Math.max(0, Math.min(shown.length - 1, at + (event.key === 'ArrowDown' ? 1 : -1)))
      setActive(next)
      document.getElementById(`found-${next}`)?.scrollIntoView({ block: 'nearest' })
    } else if (event.key === 'Enter') {
      event.preventDefault()
      take(shown[at])
    }
  }
  const group = (hit: Hit<Target> | undefined) =>
    !empty || !hit ? null : hit.target.type === 'action' ? t('useful') : t('recent')

  return (
    <Sheet title={t('title')} close={close} wide>
      <label className={controls.field}>
        <span className={controls.label}>{t('field')}</span>
        <input
          className={controls.input}
          value={query}
          // biome-ignore lint/a11y/noAutofocus: the dialog was opened to type here
          autoFocus
          role="combobox"
          aria-expanded={shown.length > 0}
          aria-controls="found"
          aria-activedescendant={shown.length > 0 ? `found-${at}` : undefined}
          aria-describedby="find-hint"
          autoComplete="off"
          autoCapitalize="off"
          enterKeyHint="go"
          spellCheck={false}
          onChange={(event) => {
            setQuery(event.target.value)
            setActive(0)
          }}
          onKeyDown={press}
        />
        <span id="find-hint" className={controls.hint}>
          {t('hint')}
        </span>
      </label>
      <p className="visually-hidden" role="status">
        {!empty && found.length > 0 && t('results', { count: found.length })}
        {!empty && found.length === 0 && t('nothing', { query: query.trim() })}
      </p>
      {shown.length === 0 ? (
        <p className={controls.hint} aria-hidden="true">
          {t('nothing', { query: query.trim() })}
        </p>
      ) : (
        <div id="found" role="listbox" aria-label={t('title')} className={styles.list}>
          {shown.map((hit, number) => (
            <div key={keyOf(hit.target)} role="presentation">
              {group(hit) !== group(shown[number - 1]) && (
                <p className={styles.group} role="presentation">
                  {group(hit)}
                </p>
              )}
              {/* biome-ignore lint/a11y/useKeyWithClickEvents: the field above has the keys, as a combobox does */}
              <div
                id={`found-${number}`}
                role="option"
                tabIndex={-1}
                aria-selected={number === at}
                className={styles.hit}
                onClick={() => take(hit)}
              >
                <Names hit={hit} names={named.get(keyOf(hit.target))?.names ?? []} />
                {(!empty || hit.target.type !== 'action') && (
                  <span className={styles.what}>
                    {t(`type.${hit.target.type}`)}
                    <About target={hit.target} more={named.get(keyOf(hit.target))?.more ?? []} marks={hit.marks} />
                  </span>
                )}
              </div>
            </div>
          ))}
        </div>
      )}
      {!empty && found.length > most && <p className={controls.hint}>{t('most', { count: most })}</p>}
    </Sheet>
  )
}

/** In the reader's language, with the other one beside it; of a version, its number and its name. */
function Names({ hit, names }: { hit: Hit<Target>; names: readonly string[] }) {
  const w = useWords()
  const language = useLanguage()
  const twoLanguages = hit.target.type !== 'version'
  const order = twoLanguages && language === 'zh' ? [1, 0] : [0, 1]
  const said = order.filter((number, place) => {
    const name = names[number]?.trim() ?? ''
    return name !== '' && (place === 0 || name !== names[order[0]!])
  })
  const lang = (number: number): Language => (twoLanguages ? languages[number]! : language)
  return (
    <span className={styles.names}>
      {said.length === 0 && w('outline.untitled')}
      {said.map((number, place) => (
        <span key={number} lang={tag[lang(number)]} className={place === 0 ? styles.name : styles.too}>
          <Marked text={names[number]!} ranges={hit.marks[number] ?? []} />
        </span>
      ))}
    </span>
  )
}

/** Where or whose it is. */
function About({
  target,
  more,
  marks,
}: {
  target: Target
  more: readonly string[]
  marks: readonly (readonly Range[])[]
}): ReactNode {
  const w = useWords()
  const language = useLanguage()
  const moment = useMoment()
  const { store } = useWorkspace()
  const { list } = useVersions()
  const { items, people, outline } = store.getState()
  switch (target.type) {
    case 'item': {
      const row = outline?.rows.get(target.id)
      const day = outline?.days.find(({ id }) => id === row?.day)
      if (!day) return ` · ${w('outline.proposals')}`
      const start = row?.start ?? null
      return ` · ${w('outline.day', { number: day.number })}${start === null ? '' : ` · ${timeOf(start)}`}`
    }
    case 'reading': {
      const title = items.get(target.item)?.title
      return ` · ${(title && speak(title, language)?.text) || w('outline.untitled')}`
    }
    case 'person': {
      // What was found is shown, even if it is in the other language.
      const other = otherThan(language)
      const hit = (one: Language) => (marks[2 + languages.indexOf(one)] ?? []).length > 0
      const shown = hit(other) && !hit(language) ? other : language
      const number = languages.indexOf(shown)
      const side = people.get(target.id)?.side
      return (
        <>
          {' · '}
          {side && <SideMark side={side} />}
          {more[number] && (
            <span lang={tag[shown]}>
              {' · '}
              <Marked text={more[number]} ranges={marks[2 + number] ?? []} />
            </span>
          )}
        </>
      )
    }
    case 'version': {
      const version = list.find(({ id }) => id === target.id)
      return version ? ` · ${moment(version.at)}` : ''
    }
    case 'action':
      return ''
  }
}

function Marked({ text, ranges }: { text: string; ranges: readonly Range[] }): ReactNode {
  const parts: ReactNode[] = []
  let done = 0
  for (const [from, to] of ranges) {
    parts.push(text.slice(done, from), <mark key={from}>{text.slice(from, to)}</mark>)
    done = to
  }
  return [...parts, text.slice(done)]
}

const keyOf = ({ type, id }: Target) => `${type}:${id}`

interface Action {
  readonly id: string
  readonly names: readonly string[]
  readonly run: () => void
}

/** What the header offers, under its names in both languages. */
function useActions(): readonly Action[] {
  const w = useWords()
  const { open } = useDialogs()
  const { router, preferences } = useShell()
  const meeting = useMeeting((state) => state.membership.meeting)
  const organizer = useMeeting((state) => state.membership.person.role === 'organizer')
  const writes = useMeeting(mayWrite)
  return useMemo(() => {
    const go = (type: 'people' | 'changes' | 'versions') => () => router.go({ type, meeting })
    const show = (type: Exclude<DialogRequest['type'], 'move' | 'day'>) => () => open({ type })
    const offered = [
      ['people', go('people')],
      ['changes', go('changes')],
      ['versions', go('versions')],
      ['export', show('export')],
      ...(writes ? ([['import', show('import')]] as const) : []),
      ...(organizer ? ([['invite', show('invite')]] as const) : []),
      ['settings', show('settings')],
      ['device', show('device')],
      ['devices', show('devices')],
      ...(organizer ? ([['joined', show('joined')]] as const) : []),
      ['keyboard', show('keyboard')],
      ['meetings', () => router.go({ type: 'home' })],
    ] as const
    return [
      ...offered.map(([id, run]) => ({ id, names: languages.map((lng): string => w(`header.${id}`, { lng })), run })),
      ...languages.map((language) => ({
        id: `language-${language}`,
        names: languages.map(
          (lng) => `${w('language.label', { lng })}${w('common.colon', { lng })}${w(`language.${language}`, { lng })}`,
        ),
        run: () => preferences.setState({ language }),
      })),
    ]
  }, [w, open, router, preferences, meeting, organizer, writes])
}
