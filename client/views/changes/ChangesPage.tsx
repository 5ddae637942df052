import { type ReactElement, useEffect, useMemo, useRef, useState } from 'react'
import type { Bilingual, ItemId } from '../../../shared/domain/agenda.ts'
import type { ItemDifference } from '../../../shared/domain/compare.ts'
import {
  type Credit,
  countNews,
  type EntryKind,
  type News,
  ofParty,
  type Party,
  parties,
  type Unseen,
} from '../../../shared/domain/unseen.ts'
import { speak } from '../../i18n/format.ts'
import controls from '../../styles/controls.module.css'
import { Filter } from '../shell/Filter.tsx'
import { useMoment } from '../shell/moment.ts'
import { SideMark } from '../shell/Side.tsx'
import { useLanguage, useWords } from '../shell/shell.ts'
import type { Voice, Voices } from '../shell/voices.ts'
import styles from './ChangesPage.module.css'
import { Collisions } from './Collisions.tsx'
import { useChanges, useChangesKeeper, useChangesWords, useCollisions, useMarkSeen } from './changes.ts'
import { Differences } from './Differences.tsx'

/** Everything that is new to the reader, item by item, with who and when. Conflicts come first. */
export function ChangesPage(): ReactElement {
  const t = useChangesWords()
  const moment = useMoment()
  const { unseen, status, since, marking } = useChanges()
  const collisions = useCollisions()
  const { mark, problem } = useMarkSeen()
  const count = countNews(unseen)
  const title = useRef<HTMLHeadingElement>(null)
  const settled = useRef(collisions.length)
  // Settling a conflict removes the focused button, so the focus has to move.
  useEffect(() => {
    if (collisions.length < settled.current && document.activeElement === document.body) title.current?.focus()
    settled.current = collisions.length
  }, [collisions.length])
  return (
    <div className={styles.page}>
      <h2 ref={title} className={styles.title} tabIndex={-1}>
        {t('title')}
      </h2>
      {collisions.length > 0 && <Collisions list={collisions} />}
      <div className={styles.head}>
        <p className={styles.small} role="status">
          {status === 'asking' && since === null
            ? t('asking')
            : count > 0 && since !== null
              ? t('count', { count, when: moment(since) })
              : ''}
        </p>
        {count > 0 && (
          <button type="button" className={`${controls.button} screen-only`} onClick={mark} disabled={marking}>
            {t(marking ? 'marking' : 'markAll')}
          </button>
        )}
      </div>
      {problem && (
        <p className={styles.problem} role="alert">
          {t(`failed.${problem}`)}
        </p>
      )}
      {(status === 'remembered' || status === 'unreachable') && <p className={styles.note}>{t(status)}</p>}
      {count > 0 ? (
        <Listed unseen={unseen} />
      ) : status === 'known' ? (
        <Nothing />
      ) : (
        since !== null && <p className={styles.note}>{t('noneThen')}</p>
      )}
    </div>
  )
}

function Nothing() {
  const t = useChangesWords()
  return (
    <div className={styles.note}>
      <p>{t('none')}</p>
      <p>{t('noneSince')}</p>
    </div>
  )
}

function Listed({ unseen }: { unseen: Unseen }) {
  const t = useChangesWords()
  const [party, setParty] = useState<Party | 'all'>('all')
  const { before, after } = useChanges()
  const shown = useMemo(() => (party === 'all' ? unseen : ofParty(unseen, party)), [unseen, party])
  const voices = useVoices(shown)
  if (!before || !after) return null
  return (
    <>
      <PartyFilter unseen={unseen} party={party} choose={setParty} />
      {shown.news.length === 0 ? (
        <p className={styles.note} role="status">
          {t('noneOf')}
        </p>
      ) : (
        <Differences comparison={shown.comparison} ends={{ before, after, shown: 'all' }} voices={voices} />
      )}
    </>
  )
}

function PartyFilter({
  unseen,
  party,
  choose,
}: {
  unseen: Unseen
  party: Party | 'all'
  choose: (party: Party | 'all') => void
}) {
  const t = useChangesWords()
  const count = (one: Party | 'all') => countNews(one === 'all' ? unseen : ofParty(unseen, one))
  return (
    <Filter
      label={t('show')}
      value={party}
      options={(['all', ...parties] as const).filter((one) => one !== 'other' || party === 'other' || count(one) > 0)}
      name={(one) => (
        <>
          {(one === 'us' || one === 'cn') && <SideShape side={one} />}
          {t('partyCount', { party: one === 'all' ? t('all') : t(`party.${one}`), count: count(one) })}
        </>
      )}
      choose={choose}
    />
  )
}

/** The mark of a side beside its name in words. */
function SideShape({ side }: { side: 'us' | 'cn' }) {
  return (
    <span aria-hidden="true" className={styles.mark}>
      <SideMark side={side} bare />
    </span>
  )
}

/** Who changed what, entry by entry: one voice for all changes by the same people. */
function useVoices({ news, comparison }: Unseen): Voices {
  const byline = useByline()
  const t = useChangesWords()
  const words = useWords()
  const language = useLanguage()
  const keeper = useChangesKeeper()
  return useMemo(() => {
    const entries = new Map<string, News[]>()
    for (const one of news) {
      const key = `${one.kind} ${one.id}`
      entries.set(key, [...(entries.get(key) ?? []), one])
    }
    const items = new Map<string, ItemDifference>(comparison.items.map((one) => [one.id, one]))
    const nameOf = (id: string) => {
      const item = items.get(id)
      const title: Bilingual | undefined = (item?.after ?? item?.before)?.title
      return (title && speak(title, language)?.text) || words('outline.untitled')
    }
    return {
      of(kind: EntryKind, id: string) {
        const own = entries.get(`${kind} ${id}`) ?? []
        const groups = new Map<string, News[]>()
        // A new start time needs no voice of its own beside the other changes.
        const first = own.find((one) => one.difference.type !== 'retimed')
        for (const each of own) {
          const one = each.difference.type === 'retimed' ? (first ?? each) : each
          const key = [one.own, ...one.authors.map((author) => author.id)].join(' ')
          groups.set(key, [...(groups.get(key) ?? []), each])
        }
        return [...groups].map(([key, list]): Voice => {
          const differences = new Set<unknown>(list.map((one) => one.difference))
          const types = new Set(list.map((one) => one.difference.type))
          const done = list.filter((one) => one.difference.type !== 'retimed')
          return {
            key,
            line: byline((done.length > 0 ? done : list).reduce((a, b) => ((a.at ?? 0) >= (b.at ?? 0) ? a : b))),
            says(what) {
              if (what === 'whole') return types.has('added') || types.has('restored') || types.has('deleted')
              return typeof what === 'string' ? types.has(what) : whole(list) || differences.has(what)
            },
          }
        })
      },
      tools(kind, id) {
        if (kind !== 'item') return null
        return (
          <button
            type="button"
            className={`${controls.link} ${styles.tool} screen-only`}
            aria-label={t('markItem', { title: nameOf(id) })}
            onClick={() => keeper.readItem(id as ItemId)}
          >
            {t('markSeen')}
          </button>
        )
      },
      restored: (kind, id) => entries.get(`${kind} ${id}`)?.some((one) => one.difference.type === 'restored') ?? false,
    }
  }, [news, comparison, byline, t, words, language, keeper])
}

function whole(list: readonly News[]): boolean {
  return list.some((one) => ['added', 'restored', 'deleted'].includes(one.difference.type))
}

/** 'Delegate A US, Delegate B CN, yesterday 18:40', latest first; the reader is 'you'. */
function useByline(): (credit: Credit) => ReactElement {
  const t = useChangesWords()
  const moment = useMoment()
  return useMemo(
    () =>
      ({ authors, own, at }) => (
        <>
          {authors.map(({ id, name, side }) => (
            <span key={id}>
              {name === '' ? t('someone') : name} <SideMark side={side} />
            </span>
          ))}
          {authors.length === 0 && <span>{t('nobody')}</span>}
          {own && <span>{t('you')}</span>}
          {at !== null && <span>{moment(at)}</span>}
        </>
      ),
    [t, moment],
  )
}
