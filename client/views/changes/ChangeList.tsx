import { type ReactElement, useContext } from 'react'
import { type Agenda, languages, type PersonId, type Reading } from '../../../shared/domain/agenda.ts'
import type { Change } from '../../../shared/domain/compare.ts'
import { speak } from '../../i18n/format.ts'
import type { Wording as Shown } from '../../store/comparison.ts'
import { Wording } from '../item/Wording.tsx'
import { useFieldWords } from '../shell/fieldWords.ts'
import { useLanguage, useNarrow, useWords } from '../shell/shell.ts'
import { VoicesContext } from '../shell/voices.ts'
import { useLateWords } from '../versions/late.ts'
import styles from './ChangeList.module.css'

export interface Ends {
  readonly before: Agenda
  readonly after: Agenda
  readonly shown: Shown
  /** Set where a dialog covers the page: links would lead to what is behind it. */
  readonly over?: true
}

/** Every change of one entry: wordings in two columns; settings, roles and readings on one line each. */
export function ChangeList({
  changes,
  ends,
  whole = false,
}: {
  changes: readonly Change[]
  ends: Ends
  whole?: boolean
}): ReactElement | null {
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
        // Changes of one kind have no identity but their position in the list.
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

/** English and Chinese side by side; an unchanged language is marked as such. */
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
          // An added or deleted entry has no unchanged language. In a voice, somebody else may have changed it.
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

export function Became({ before, after }: { before: string; after: string }): ReactElement {
  const t = useLateWords()
  return (
    <span className={styles.became}>
      <span>{before}</span> <span aria-hidden="true">→</span>
      <span className="visually-hidden"> {t('compare.became')} </span> <span>{after}</span>
    </span>
  )
}
