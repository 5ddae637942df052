import { createContext, type ReactElement, type ReactNode, useContext, useMemo } from 'react'
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
import type { Kind } from '../../shared/domain/away.ts'
import { timeOf } from '../../shared/domain/clock.ts'
import type {
  Change,
  Comparison,
  EntryDifference,
  ItemDifference,
  Position,
  When,
} from '../../shared/domain/compare.ts'
import { dateWords, speak } from '../i18n/format.ts'
import { tag } from '../i18n/i18n.ts'
import { byDay, type DayGroup, type Wording as Shown } from '../store/comparison.ts'
import styles from './Differences.module.css'
import { useFieldWords } from './fieldWords.ts'
import { ItemLink } from './ItemLink.tsx'
import { useLateWords } from './late.ts'
import { Said, SaidToo } from './Said.tsx'
import { SideMark } from './Side.tsx'
import { useLanguage, useNarrow, useWords } from './shell.ts'
import { Wording } from './Wording.tsx'

export interface Ends {
  readonly before: Agenda
  readonly after: Agenda
  readonly shown: Shown
}

/** Whose the differences are, where that is known: who speaks of an entry, and what can be done about it. */
export interface Voices {
  of(kind: Kind, id: string): readonly Voice[]
  tools(kind: Kind, id: string): ReactNode
  /** What stands again was there once before. */
  restored(kind: Kind, id: string): boolean
}

export interface Voice {
  readonly key: string
  readonly line: ReactNode
  /** `whole` is that something came or went. */
  says(what: Change | 'whole' | 'moved' | 'retimed'): boolean
}

const VoicesContext = createContext<Voices | null>(null)

interface DifferencesProps {
  readonly comparison: Comparison
  readonly ends: Ends
  readonly voices?: Voices
}

/** Everything that differs, by day and item, word by word, in both languages. */
export function Differences({ comparison, ends, voices }: DifferencesProps): ReactElement {
  const t = useLateWords()
  const words = useWords()
  const { before, after } = ends
  const groups = useMemo(() => byDay(comparison, before, after), [comparison, before, after])
  return (
    <VoicesContext value={voices ?? null}>
      {comparison.meeting.length > 0 && (
        <Section title={t('compare.meeting')}>
          <Changes of={['meeting', '']} changes={comparison.meeting} ends={ends} />
        </Section>
      )}
      {groups.map((group) => (
        <DaySection key={group.day?.id ?? 'proposals'} group={group} ends={ends} />
      ))}
      {comparison.people.length > 0 && (
        <Section title={t('compare.people')}>
          {comparison.people.map((one) => (
            <Entry key={one.id} kind="person" difference={one} ends={ends}>
              <Said value={(one.after ?? one.before)?.name ?? nothing} empty={words('people.unnamed')} />{' '}
              <SideMark side={(one.after ?? one.before)?.side ?? null} />
            </Entry>
          ))}
        </Section>
      )}
      {comparison.glossary.length > 0 && (
        <Section title={t('compare.glossary')}>
          {comparison.glossary.map((one) => {
            const term = one.after ?? one.before
            return (
              <Entry key={one.id} kind="term" difference={one} ends={ends}>
                <span lang={tag.en}>{term?.en}</span> · <span lang={tag.zh}>{term?.zh}</span>
              </Entry>
            )
          })}
        </Section>
      )}
    </VoicesContext>
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
          {title} {difference && <Status kind="day" difference={difference} />}
        </>
      }
    >
      {difference && <Changes of={['day', difference.id]} changes={difference.changes} ends={ends} />}
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

const marks = { added: '+', restored: '↩', deleted: '−', changed: '≠', moved: '↕' } as const

function Status({ kind, difference: { id, status } }: { kind: Kind; difference: EntryDifference<unknown> }) {
  const restored = useContext(VoicesContext)?.restored(kind, id) ?? false
  return <Badge status={status === 'added' && restored ? 'restored' : status} />
}

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
  kind,
  difference,
  ends,
  children,
}: {
  kind: Kind
  difference: EntryDifference<unknown>
  ends: Ends
  children: ReactNode
}) {
  return (
    <article className={styles.entry} data-status={difference.status}>
      <h4 className={styles.name}>
        <span>{children}</span> <Status kind={kind} difference={difference} />
      </h4>
      <Changes of={[kind, difference.id]} changes={difference.changes} ends={ends} />
    </article>
  )
}

function ItemEntry({ difference, ends }: { difference: ItemDifference; ends: Ends }) {
  const t = useLateWords()
  const words = useWords()
  const place = usePlaces()
  const { status, before, after, moved, retimed, changes } = difference
  const item = after ?? before
  if (!item) return null
  return (
    <article className={styles.entry} data-status={status}>
      <h4 className={styles.name}>
        <ItemLink id={item.id}>
          <Said value={item.title} empty={words('outline.untitled')} />{' '}
          <SaidToo value={item.title} className={styles.too} />
        </ItemLink>
        {(status !== 'changed' || changes.length > 0) && <Status kind="item" difference={difference} />}
        {status === 'changed' && moved && <Badge status="moved" />}
        <Tools kind="item" id={difference.id} />
      </h4>
      <Told kind="item" id={difference.id}>
        {(says) => (
          <>
            {status === 'changed' && moved && says('moved') && (
              <p className={styles.fact}>
                {t('compare.fromTo', { from: place(moved.before, ends.before), to: place(moved.after, ends.after) })}
              </p>
            )}
            {retimed && says('retimed') && <Retimed retimed={retimed} />}
            {status === 'changed' ? (
              <ChangeList changes={changes.filter(says)} ends={ends} />
            ) : (
              says('whole') && <ChangeList changes={wholeTexts(before, after)} ends={ends} whole />
            )}
          </>
        )}
      </Told>
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
export function usePlaces(): (position: Position, agenda: Agenda) => string {
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

/** What there is to tell of one entry: by those who did it, each their part, or in one piece. */
function Told({ kind, id, children }: { kind: Kind; id: string; children: (says: Voice['says']) => ReactNode }) {
  const voices = useContext(VoicesContext)?.of(kind, id) ?? []
  if (voices.length === 0) return children(() => true)
  return voices.map((voice) => (
    <div key={voice.key} className={styles.voice}>
      <p className={styles.by}>{voice.line}</p>
      {children(voice.says)}
    </div>
  ))
}

function Tools({ kind, id }: { kind: Kind; id: string }) {
  const tools = useContext(VoicesContext)?.tools(kind, id)
  return tools ? <span className={styles.tools}>{tools}</span> : null
}

function Changes({
  of: [kind, id],
  changes,
  ends,
}: {
  of: readonly [Kind, string]
  changes: readonly Change[]
  ends: Ends
}) {
  return (
    <Told kind={kind} id={id}>
      {(says) => <ChangeList changes={changes.filter(says)} ends={ends} />}
    </Told>
  )
}

/** Every change of one thing: wordings in two columns, then settings, roles and readings, each in a line. */
function ChangeList({ changes, ends, whole = false }: { changes: readonly Change[]; ends: Ends; whole?: boolean }) {
  const t = useLateWords()
  const { name, value } = useFieldWords()
  const worded = new Map<string, Change[]>()
  for (const one of changes) {
    if (one.type === 'words') worded.set(one.field, [...(worded.get(one.field) ?? []), one])
  }
  if (changes.length === 0) return null
  return (
    <dl className={styles.changes}>
      {[...worded].map(([field, list]) => (
        <div key={field}>
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
  const voiced = useContext(VoicesContext) !== null
  const own = useLanguage()
  const order = shown !== 'all' ? [shown] : narrow && own === 'zh' ? (['zh', 'en'] as const) : languages
  return (
    <dd className={styles.columns} data-columns={order.length}>
      {order.map((language) => {
        const change = list.find((one) => one.type === 'words' && one.language === language)
        if (change?.type !== 'words') {
          // What came or went whole has no other state that a language could have kept, and somebody else may have changed it.
          if (whole || voiced) return narrow ? null : <p key={language}>{'\u00a0'}</p>
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
