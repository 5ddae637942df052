import { type ReactElement, type ReactNode, useDeferredValue, useEffect, useMemo, useState } from 'react'
import {
  type Agenda,
  type Day,
  type Item,
  itemTexts,
  type Language,
  languages,
  type PersonId,
  proseText,
  type Reading,
} from '../../shared/domain/agenda.ts'
import { timeOf } from '../../shared/domain/clock.ts'
import {
  type Change,
  compare,
  type EntryDifference,
  type ItemDifference,
  isSame,
  type Position,
  type When,
} from '../../shared/domain/compare.ts'
import { dateWords, speak } from '../i18n/format.ts'
import { tag } from '../i18n/i18n.ts'
import type { VersionId } from '../store/api.ts'
import { byDay, countItems, type DayGroup, inWording, type Wording as Shown } from '../store/comparison.ts'
import controls from '../styles/controls.module.css'
import styles from './ComparePage.module.css'
import { useFieldWords } from './fieldWords.ts'
import { Link } from './Link.tsx'
import { useKeeper, useLateWords, useMoment, useVersions } from './late.ts'
import { Said, SaidToo } from './Said.tsx'
import { SideMark } from './Side.tsx'
import { useLanguage, useMeeting, useNarrow, useShell, useWords } from './shell.ts'
import { VersionChoice } from './VersionChoice.tsx'
import { Wording } from './Wording.tsx'

type Point = VersionId | 'now'

/** What one state of the agenda says other than another, by day and item, word by word, in both languages. */
export function ComparePage({ before, after }: { before: VersionId; after: Point }): ReactElement {
  const t = useLateWords()
  const { router } = useShell()
  const keeper = useKeeper()
  const meeting = useMeeting((state) => state.membership.meeting)
  const [shown, setShown] = useState<Shown>('all')
  useEffect(() => void keeper.refresh(), [keeper])
  const go = (from: Point, to: Point) => {
    if (from !== 'now') router.go({ type: 'comparison', meeting, before: from, after: to })
  }
  return (
    <div className={styles.page}>
      <p className="screen-only">
        <Link to={{ type: 'versions', meeting }} className={`${controls.quiet} ${styles.back}`}>
          <span aria-hidden="true">‹</span> {t('versions.title')}
        </Link>
      </p>
      <h2 className={styles.title}>{t('compare.title')}</h2>
      <div className={styles.ends}>
        <End label={t('versions.from')} value={before} choose={(one) => go(one, after)} />
        <End label={t('versions.to')} value={after} choose={(one) => go(before, one)} now />
      </div>
      <Filter shown={shown} choose={setShown} />
      <Differences before={before} after={after} shown={shown} />
    </div>
  )
}

/** One end of the comparison: which, and who saved it when. */
function End({
  label,
  value,
  choose,
  now = false,
}: {
  label: string
  value: Point
  choose: (value: Point) => void
  now?: boolean
}) {
  const t = useLateWords()
  const moment = useMoment()
  const version = useVersions().list.find((one) => one.id === value)
  return (
    <div className={styles.end}>
      <VersionChoice label={label} value={value} choose={choose} now={now} />
      {version && (
        <p className={styles.small}>
          {moment(version.at)} · {t('versions.by', { name: version.by.name })} <SideMark side={version.by.side} />
        </p>
      )}
    </div>
  )
}

function Filter({ shown, choose }: { shown: Shown; choose: (shown: Shown) => void }) {
  const t = useLateWords()
  const words = useWords()
  return (
    <fieldset className={`${styles.filter} screen-only`} aria-label={t('compare.show')}>
      {(['all', ...languages] as const).map((one) => (
        <button
          key={one}
          type="button"
          lang={one === 'all' ? undefined : tag[one]}
          aria-pressed={one === shown}
          onClick={() => choose(one)}
        >
          {one === 'all' ? t('compare.all') : words(`language.${one}`)}
        </button>
      ))}
    </fieldset>
  )
}

type Read =
  | { readonly status: 'reading' }
  | { readonly status: 'read'; readonly agenda: Agenda }
  | { readonly status: 'failed'; readonly text: string }

/** What the agenda said or says at `point`. */
function useAgenda(point: Point): Read {
  const t = useLateWords()
  const keeper = useKeeper()
  const live = useMeeting((state) => state.connection.status === 'live')
  const now = useMeeting((state) => state.snapshot?.agenda)
  const present = useDeferredValue(now)
  const [read, setRead] = useState<{ point: Point; read: Read }>({ point, read: { status: 'reading' } })
  // A connection that is back is a reason to ask again.
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above
  useEffect(() => {
    if (point === 'now') return
    let gone = false
    const tell = (next: Read) => !gone && setRead({ point, read: next })
    void keeper.agenda(point).then((answer) => {
      if (answer.status === 'ok') tell({ status: 'read', agenda: answer.value })
      else if (answer.status === 'unreachable') tell({ status: 'failed', text: t('compare.unreachable') })
      else if (answer.http === 404) tell({ status: 'failed', text: t('compare.missing') })
      else tell({ status: 'failed', text: t('compare.failed', { message: answer.message }) })
    })
    return () => {
      gone = true
    }
  }, [keeper, point, live, t])
  if (point === 'now') return present ? { status: 'read', agenda: present } : { status: 'reading' }
  return read.point === point ? read.read : { status: 'reading' }
}

function Differences({ before, after, shown }: { before: VersionId; after: Point; shown: Shown }) {
  const t = useLateWords()
  const from = useAgenda(before)
  const to = useAgenda(after)
  if (from.status === 'failed' || to.status === 'failed') {
    return (
      <p className={styles.note} role="alert">
        {from.status === 'failed' ? from.text : to.status === 'failed' ? to.text : ''}
      </p>
    )
  }
  if (from.status === 'reading' || to.status === 'reading') {
    return (
      <p className={styles.note} role="status">
        {t('compare.loading')}
      </p>
    )
  }
  return <Found before={from.agenda} after={to.agenda} shown={shown} />
}

interface Ends {
  readonly before: Agenda
  readonly after: Agenda
  readonly shown: Shown
}

function Found({ before, after, shown }: Ends) {
  const t = useLateWords()
  const words = useWords()
  const all = useMemo(() => compare(before, after), [before, after])
  const left = useMemo(() => inWording(all, shown), [all, shown])
  const groups = useMemo(() => byDay(left, before, after), [left, before, after])
  if (isSame(left)) {
    const text = shown === 'all' || isSame(all) ? t('compare.same') : t(`compare.sameIn.${shown}`)
    return (
      <p className={styles.note} role="status">
        {text}
      </p>
    )
  }
  const counts = countItems(left)
  const summary = (['added', 'deleted', 'moved', 'changed'] as const)
    .filter((one) => counts[one] > 0)
    .map((one) => t(`compare.summary.${one}`, { count: counts[one] }))
  const ends = { before, after, shown }
  return (
    <>
      {summary.length > 0 && (
        <p className={styles.small} role="status">
          {summary.join(' · ')}
        </p>
      )}
      {left.meeting.length > 0 && (
        <Section title={t('compare.meeting')}>
          <Changes changes={left.meeting} ends={ends} />
        </Section>
      )}
      {groups.map((group) => (
        <DaySection key={group.day?.id ?? 'proposals'} group={group} ends={ends} />
      ))}
      {left.people.length > 0 && (
        <Section title={t('compare.people')}>
          {left.people.map((one) => (
            <Entry key={one.id} difference={one} ends={ends}>
              <Said value={(one.after ?? one.before)?.name ?? nothing} empty={words('people.unnamed')} />{' '}
              <SideMark side={(one.after ?? one.before)?.side ?? null} />
            </Entry>
          ))}
        </Section>
      )}
      {left.glossary.length > 0 && (
        <Section title={t('compare.glossary')}>
          {left.glossary.map((one) => {
            const term = one.after ?? one.before
            return (
              <Entry key={one.id} difference={one} ends={ends}>
                <span lang={tag.en}>{term?.en}</span> · <span lang={tag.zh}>{term?.zh}</span>
              </Entry>
            )
          })}
        </Section>
      )}
    </>
  )
}

const nothing = { en: '', zh: '' }

function Section({ title, children }: { title: ReactNode; children: ReactNode }) {
  return (
    <section className={styles.section}>
      <h3 className={styles.heading}>{title}</h3>
      {children}
    </section>
  )
}

function DaySection({ group, ends }: { group: DayGroup; ends: Ends }) {
  const t = useLateWords()
  const words = useWords()
  const language = useLanguage()
  const { day, number, difference, items, shifted } = group
  const title =
    day === null ? (
      t('compare.proposals')
    ) : difference?.status === 'deleted' ? (
      t('compare.dayGone', { date: dateWords(day.date, language) })
    ) : (
      <>
        {words('outline.day', { number })} <span className={styles.date}>{dateWords(day.date, language)}</span>
      </>
    )
  return (
    <Section
      title={
        <>
          {title} {difference && <Badge status={difference.status} />}
        </>
      }
    >
      {difference && difference.changes.length > 0 && <Changes changes={difference.changes} ends={ends} />}
      {items.map((item) => (
        <ItemEntry key={item.id} difference={item} ends={ends} />
      ))}
      {shifted.length > 0 && <Shifted items={shifted} />}
    </Section>
  )
}

/** Items that only start at another time: told in one line, because what moved them is told above. */
function Shifted({ items }: { items: readonly ItemDifference[] }) {
  const t = useLateWords()
  const words = useWords()
  return (
    <details className={styles.shifted}>
      <summary>{t('compare.shifted', { count: items.length })}</summary>
      <ul>
        {items.map((one) => (
          <li key={one.id}>
            <Said value={(one.after ?? one.before)?.title ?? nothing} empty={words('outline.untitled')} />
            {one.retimed && <Retimed retimed={one.retimed} />}
          </li>
        ))}
      </ul>
    </details>
  )
}

const marks = { added: '+', deleted: '−', changed: '≠', moved: '↕' } as const

/** What happened to something, by a shape and a word. */
function Badge({ status }: { status: keyof typeof marks }) {
  const t = useLateWords()
  return (
    <span className={styles.badge} data-status={status}>
      <span aria-hidden="true">{marks[status]}</span> {t(`compare.${status}`)}
    </span>
  )
}

function Entry({
  difference,
  ends,
  children,
}: {
  difference: EntryDifference<unknown>
  ends: Ends
  children: ReactNode
}) {
  return (
    <article className={styles.entry} data-status={difference.status}>
      <h4 className={styles.name}>
        <span>{children}</span> <Badge status={difference.status} />
      </h4>
      {difference.status === 'changed' && <Changes changes={difference.changes} ends={ends} />}
    </article>
  )
}

function ItemEntry({ difference, ends }: { difference: ItemDifference; ends: Ends }) {
  const t = useLateWords()
  const words = useWords()
  const meeting = useMeeting((state) => state.membership.meeting)
  const stands = useMeeting((state) => state.items.has(difference.id as Item['id']))
  const place = usePlaces()
  const { status, before, after, moved, retimed, changes } = difference
  const item = after ?? before
  if (!item) return null
  const title = (
    <>
      <Said value={item.title} empty={words('outline.untitled')} />{' '}
      <SaidToo value={item.title} className={styles.too} />
    </>
  )
  return (
    <article className={styles.entry} data-status={status}>
      <h4 className={styles.name}>
        {stands ? (
          <Link to={{ type: 'item', meeting, item: item.id }} className={styles.link}>
            {title}
          </Link>
        ) : (
          <span>{title}</span>
        )}
        {(status !== 'changed' || changes.length > 0) && <Badge status={status} />}
        {status === 'changed' && moved && <Badge status="moved" />}
      </h4>
      {status === 'changed' && moved && (
        <p className={styles.fact}>
          {t('compare.fromTo', { from: place(moved.before, ends.before), to: place(moved.after, ends.after) })}
        </p>
      )}
      {retimed && <Retimed retimed={retimed} />}
      {status === 'changed' ? (
        <Changes changes={changes} ends={ends} />
      ) : (
        <Changes changes={wholeTexts(before, after)} ends={ends} whole />
      )}
    </article>
  )
}

/** All that an item says, as words that came or went with it. */
function wholeTexts(before: Item | null, after: Item | null): Change[] {
  const text = (item: Item | null, field: (typeof itemTexts)[number], language: Language) => {
    if (!item) return ''
    return field === 'title' ? item.title[language] : proseText(item[field][language])
  }
  return itemTexts
    .flatMap((field) =>
      languages.map((language) => ({
        type: 'words' as const,
        field,
        language,
        before: text(before, field, language),
        after: text(after, field, language),
      })),
    )
    .filter((one) => one.before !== one.after)
}

/** Where an item stood, in words. */
function usePlaces(): (position: Position, agenda: Agenda) => string {
  const t = useLateWords()
  const words = useWords()
  const language = useLanguage()
  return ({ day, after }, agenda) => {
    if (day === null) return t('compare.placeProposals')
    const number = agenda.days.findIndex((one: Day) => one.id === day) + 1
    const name = words('outline.day', { number })
    const previous = agenda.days[number - 1]?.items.find((one) => one.id === after)
    if (!previous) return t('compare.placeFirst', { day: name })
    return t('compare.placeDay', {
      day: name,
      title: speak(previous.title, language)?.text ?? words('outline.untitled'),
    })
  }
}

function Retimed({ retimed: { before, after } }: { retimed: { before: When | null; after: When | null } }) {
  const t = useLateWords()
  const language = useLanguage()
  const otherDay = before?.date !== after?.date
  const said = (when: When | null) =>
    when === null
      ? t('compare.noTime')
      : `${otherDay ? `${dateWords(when.date, language)} ` : ''}${timeOf(when.start)}–${timeOf(when.end)}`
  return (
    <p className={styles.fact}>
      <Became before={said(before)} after={said(after)} />
    </p>
  )
}

function Became({ before, after }: { before: string; after: string }) {
  const t = useLateWords()
  return (
    <span className={styles.became}>
      <span>{before}</span> <span aria-hidden="true">→</span>
      <span className="visually-hidden"> {t('compare.became')} </span> <span>{after}</span>
    </span>
  )
}

/** Every change of one thing: wordings in two columns, then settings, roles and readings, each in a line. */
function Changes({ changes, ends, whole = false }: { changes: readonly Change[]; ends: Ends; whole?: boolean }) {
  const t = useLateWords()
  const { name, value } = useFieldWords()
  const worded = new Map<string, Change[]>()
  for (const one of changes) {
    if (one.type === 'words') worded.set(one.field, [...(worded.get(one.field) ?? []), one])
  }
  return (
    <dl className={styles.changes}>
      {[...worded].map(([field, list]) => (
        <div key={field} className={styles.words}>
          <dt>{name(field)}</dt>
          <Columns list={list} shown={ends.shown} whole={whole} />
        </div>
      ))}
      {changes.map((one, index) => {
        // Several changes of a kind have no identity but their place in the list.
        const key = `${one.type}-${index}`
        switch (one.type) {
          case 'words':
            return null
          case 'formatting':
            return (
              <div key={key}>
                <dt>{name(one.field)}</dt>
                <dd>{t(`compare.formatting.${one.language}`)}</dd>
              </div>
            )
          case 'value':
            return (
              <div key={key}>
                <dt>{name(one.field)}</dt>
                <dd>
                  <Became before={value(one.field, one.before)} after={value(one.field, one.after)} />
                </dd>
              </div>
            )
          case 'role':
            return (
              <div key={key}>
                <dt>{name('role')}</dt>
                <dd>
                  <RoleChange change={one} ends={ends} />
                </dd>
              </div>
            )
          case 'reading':
            return (
              <div key={key}>
                <dt>
                  {name('reading')} · {t(`compare.${one.status}`)}
                </dt>
                <dd>
                  <ReadingChange before={one.before} after={one.after} shown={ends.shown} />
                </dd>
              </div>
            )
        }
      })}
    </dl>
  )
}

/** English and Chinese side by side; a language that stayed as it was says so. */
function Columns({ list, shown, whole }: { list: readonly Change[]; shown: Shown; whole: boolean }) {
  const t = useLateWords()
  const narrow = useNarrow()
  const own = useLanguage()
  const order = shown !== 'all' ? [shown] : narrow && own === 'zh' ? (['zh', 'en'] as const) : languages
  return (
    <dd className={styles.columns} data-columns={order.length}>
      {order.map((language) => {
        const change = list.find((one) => one.type === 'words' && one.language === language)
        if (change?.type !== 'words') {
          // What came or went whole has no other state that a language could have kept.
          if (whole) return <p key={language} />
          return (
            <p key={language} className={styles.same}>
              <span className={styles.which}>{t(`compare.inLanguage.${language}`)}</span> {t('compare.unchanged')}
            </p>
          )
        }
        return <Wording key={language} before={change.before} after={change.after} language={language} />
      })}
    </dd>
  )
}

function RoleChange({ change, ends }: { change: Extract<Change, { type: 'role' }>; ends: Ends }) {
  const t = useLateWords()
  const words = useWords()
  const language = useLanguage()
  const name = nameOf(change.person, ends)
  const values = {
    name: (name && speak(name, language)?.text) || t('compare.nobody'),
    role: words(`assignment.${change.role}`),
  }
  return change.status === 'added' ? (
    <span>
      <span aria-hidden="true">+ </span>
      {t('compare.takenOn', values)}
    </span>
  ) : (
    <span>
      <span aria-hidden="true">− </span>
      {t('compare.takenOff', values)}
    </span>
  )
}

function nameOf(id: PersonId, { before, after }: Ends) {
  return [...after.people, ...before.people].find((person) => person.id === id)?.name
}

function ReadingChange({ before, after, shown }: { before: Reading | null; after: Reading | null; shown: Shown }) {
  const own = useLanguage()
  const order = shown === 'all' ? languages : [shown]
  const differing = order.filter((one) => (before?.title[one] ?? '') !== (after?.title[one] ?? ''))
  const urls = [before?.url ?? '', after?.url ?? ''] as const
  const title = (after ?? before)?.title
  return (
    <>
      {differing.length === 0 && title && <p>{speak(title, own)?.text}</p>}
      {differing.map((one) => (
        <Wording key={one} language={one} before={before?.title[one] ?? ''} after={after?.title[one] ?? ''} />
      ))}
      {before && after && urls[0] !== urls[1] && (
        <p className={styles.url}>
          <Became before={urls[0]} after={urls[1]} />
        </p>
      )}
    </>
  )
}
