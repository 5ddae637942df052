import { type ReactElement, useDeferredValue, useEffect, useMemo, useState } from 'react'
import { type Agenda, languages } from '../../../shared/domain/agenda.ts'
import { compare, isSame } from '../../../shared/domain/compare.ts'
import { tag } from '../../i18n/i18n.ts'
import type { VersionId } from '../../store/api.ts'
import { countItems, inWording, type Wording as Shown } from '../../store/comparison.ts'
import controls from '../../styles/controls.module.css'
import type { Ends } from '../changes/ChangeList.tsx'
import { Differences } from '../changes/Differences.tsx'
import { Filter } from '../shell/Filter.tsx'
import { Link } from '../shell/Link.tsx'
import { useMoment } from '../shell/moment.ts'
import { SideMark } from '../shell/Side.tsx'
import { useMeeting, useShell, useWords } from '../shell/shell.ts'
import styles from './ComparePage.module.css'
import { useKeeper, useLateWords, useVersions } from './late.ts'
import { VersionChoice } from './VersionChoice.tsx'

type Point = VersionId | 'now'

/** The differences between two states of the agenda, by day and item, word by word, in both languages. */
export function ComparePage({ before, after }: { before: VersionId; after: Point }): ReactElement {
  const t = useLateWords()
  const words = useWords()
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
      <Filter
        label={t('compare.show')}
        value={shown}
        options={['all', ...languages]}
        name={(one) => (one === 'all' ? t('compare.all') : words(`language.${one}`))}
        lang={(one) => (one === 'all' ? undefined : tag[one])}
        choose={setShown}
      />
      <Both before={before} after={after} shown={shown} />
    </div>
  )
}

/** One end of the comparison: which state, and who saved it when. */
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

type Read =
  | { readonly status: 'reading' }
  | { readonly status: 'read'; readonly agenda: Agenda }
  | { readonly status: 'failed'; readonly text: string }

/** The agenda at `point`. `words`: which sentences say that it cannot be read. */
export function useAgenda(point: Point, words: 'compare' | 'restore'): Read {
  const t = useLateWords()
  const keeper = useKeeper()
  const live = useMeeting((state) => state.connection.status === 'live')
  const now = useMeeting((state) => state.snapshot?.agenda)
  const present = useDeferredValue(now)
  const [read, setRead] = useState<{ point: Point; read: Read }>({ point, read: { status: 'reading' } })
  // A restored connection is a reason to retry.
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above
  useEffect(() => {
    if (point === 'now') return
    let gone = false
    const show = (next: Read) => !gone && setRead({ point, read: next })
    void keeper.agenda(point).then((answer) => {
      if (answer.status === 'ok') show({ status: 'read', agenda: answer.value })
      else if (answer.status === 'unreachable') show({ status: 'failed', text: t(`${words}.unreachable`) })
      else if (answer.http === 404) show({ status: 'failed', text: t('compare.missing') })
      else show({ status: 'failed', text: t(`${words}.failed`, { message: answer.message }) })
    })
    return () => {
      gone = true
    }
  }, [keeper, point, words, live, t])
  if (point === 'now') return present ? { status: 'read', agenda: present } : { status: 'reading' }
  return read.point === point ? read.read : { status: 'reading' }
}

function Both({ before, after, shown }: { before: VersionId; after: Point; shown: Shown }) {
  const t = useLateWords()
  const from = useAgenda(before, 'compare')
  const to = useAgenda(after, 'compare')
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

function Found({ before, after, shown }: Ends) {
  const t = useLateWords()
  const all = useMemo(() => compare(before, after), [before, after])
  const left = useMemo(() => inWording(all, shown), [all, shown])
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
  return (
    <>
      {summary.length > 0 && (
        <p className={styles.small} role="status">
          {summary.join(' · ')}
        </p>
      )}
      <Differences comparison={left} ends={{ before, after, shown }} />
    </>
  )
}
