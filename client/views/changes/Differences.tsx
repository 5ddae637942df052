import { type ReactElement, type ReactNode, useContext, useMemo } from 'react'
import {
  type Agenda,
  type Day,
  type Item,
  itemTexts,
  type Language,
  languages,
  proseText,
} from '../../../shared/domain/agenda.ts'
import { timeOf } from '../../../shared/domain/clock.ts'
import type {
  Change,
  Comparison,
  EntryDifference,
  ItemDifference,
  Position,
  When,
} from '../../../shared/domain/compare.ts'
import type { EntryKind } from '../../../shared/domain/unseen.ts'
import { dateWords, speak } from '../../i18n/format.ts'
import { tag } from '../../i18n/i18n.ts'
import { byDay, type DayGroup } from '../../store/comparison.ts'
import { ItemLink } from '../outline/ItemLink.tsx'
import { Localized, OtherLanguage } from '../shell/Localized.tsx'
import { SideMark } from '../shell/Side.tsx'
import { useLanguage, useWords } from '../shell/shell.ts'
import { type Voice, type Voices, VoicesContext } from '../shell/voices.ts'
import { useLateWords } from '../versions/late.ts'
import { Became, ChangeList, type Ends } from './ChangeList.tsx'
import styles from './Differences.module.css'

interface DifferencesProps {
  readonly comparison: Comparison
  readonly ends: Ends
  readonly voices?: Voices
}

/** All differences, by day and item, word by word, in both languages. */
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
              <Localized value={(one.after ?? one.before)?.name ?? nothing} empty={words('people.unnamed')} />{' '}
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

/** Items of which only the start time changed, on one line: what moved them is listed above. */
function Shifted({ items }: { items: readonly ItemDifference[] }) {
  const t = useLateWords()
  const words = useWords()
  return (
    <details className={styles.shifted}>
      <summary>{t('compare.shifted', { count: items.length })}</summary>
      <ul>
        {items.map((one) => (
          <li key={one.id}>
            <Localized value={(one.after ?? one.before)?.title ?? nothing} empty={words('outline.untitled')} />
            {one.retimed && <Retimed retimed={one.retimed} />}
          </li>
        ))}
      </ul>
    </details>
  )
}

const marks = { added: '+', restored: '↩', deleted: '−', changed: '≠', moved: '↕' } as const

function Status({ kind, difference: { id, status } }: { kind: EntryKind; difference: EntryDifference<unknown> }) {
  const restored = useContext(VoicesContext)?.restored(kind, id) ?? false
  return <Badge status={status === 'added' && restored ? 'restored' : status} />
}

/** What happened to an entry, as a shape and a word. */
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
  kind: EntryKind
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
  const name = (
    <>
      <Localized value={item.title} empty={words('outline.untitled')} />{' '}
      <OtherLanguage value={item.title} className={styles.too} />
    </>
  )
  return (
    <article className={styles.entry} data-status={status}>
      <h4 className={styles.name}>
        {ends.over ? <span>{name}</span> : <ItemLink id={item.id}>{name}</ItemLink>}
        {(status !== 'changed' || changes.length > 0) && <Status kind="item" difference={difference} />}
        {status === 'changed' && moved && <Badge status="moved" />}
        <Tools kind="item" id={difference.id} />
      </h4>
      <ByAuthor kind="item" id={difference.id}>
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
      </ByAuthor>
    </article>
  )
}

/** All texts of an item, as words that were added or removed with it. */
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

/** The position of an item, in words. */
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
  const words = (when: When | null) =>
    when === null
      ? t('compare.noTime')
      : `${otherDay ? `${dateWords(when.date, language)} ` : ''}${timeOf(when.start)}–${timeOf(when.end)}`
  return (
    <p className={styles.fact}>
      <Became before={words(before)} after={words(after)} />
    </p>
  )
}

/** The changes of one entry: grouped by their authors, or all together. */
function ByAuthor({
  kind,
  id,
  children,
}: {
  kind: EntryKind
  id: string
  children: (says: Voice['says']) => ReactNode
}) {
  const voices = useContext(VoicesContext)?.of(kind, id) ?? []
  if (voices.length === 0) return children(() => true)
  return voices.map((voice) => (
    <div key={voice.key} className={styles.voice}>
      <p className={styles.by}>{voice.line}</p>
      {children(voice.says)}
    </div>
  ))
}

function Tools({ kind, id }: { kind: EntryKind; id: string }) {
  const tools = useContext(VoicesContext)?.tools(kind, id)
  return tools ? <span className={styles.tools}>{tools}</span> : null
}

function Changes({
  of: [kind, id],
  changes,
  ends,
}: {
  of: readonly [EntryKind, string]
  changes: readonly Change[]
  ends: Ends
}) {
  return (
    <ByAuthor kind={kind} id={id}>
      {(says) => <ChangeList changes={changes.filter(says)} ends={ends} />}
    </ByAuthor>
  )
}
