import { type ReactElement, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useStore } from 'zustand'
import type { ItemId } from '../../../shared/domain/agenda.ts'
import { timeOf } from '../../../shared/domain/clock.ts'
import { doingsEn, doingsZh } from '../../i18n/doings.ts'
import { dateWords, lengthWords, speak } from '../../i18n/format.ts'
import { addWords } from '../../i18n/i18n.ts'
import { type Burst, openDoings, summaryOf } from '../../store/doings.ts'
import type { MeetingState } from '../../store/meeting.ts'
import controls from '../../styles/controls.module.css'
import { rowOf } from '../outline/underEye.ts'
import { Dismiss } from '../shell/Dismiss.tsx'
import { SideMark } from '../shell/Side.tsx'
import { useLanguage, useMeeting, useShell, useWords, useWorkspace } from '../shell/shell.ts'
import styles from './DoingsLine.module.css'

addWords('doings', { en: doingsEn, zh: doingsZh })

/** Milliseconds: how long a line is shown, and between two announcements. */
const shownFor = 9000
const interval = 4000

/**
 * The quiet line at the lower edge of the page: what others have just done, a line a person, with a way to it. It takes
 * its room from the panes above it, so that it covers nothing.
 */
export function DoingsLine(): ReactElement {
  const { t } = useTranslation('doings')
  const workspace = useWorkspace()
  const doings = useMemo(() => openDoings(workspace), [workspace])
  useEffect(() => doings.follow(), [doings])
  const bursts = useStore(doings.store, (state) => state.bursts)
  const frame = useRef<HTMLElement>(null)
  const shown = bursts.length > 0
  useLayoutEffect(() => (shown && frame.current ? makeRoom(frame.current) : undefined), [shown])
  return (
    <>
      <Announcement bursts={bursts} />
      {shown && (
        <section className={`${styles.line} screen-only`} aria-label={t('label')} ref={frame}>
          <ul>
            {bursts.map((burst) => (
              <Line key={burst.number} burst={burst} dismiss={doings.dismiss} />
            ))}
          </ul>
        </section>
      )}
    </>
  )
}

function Line({ burst, dismiss }: { burst: Burst; dismiss: (number: number) => void }) {
  const { t } = useTranslation('doings')
  const sentence = useSentence()
  const text = useMeeting((state) => sentence(burst, state))
  const show = useWay(burst)
  const { number, at, by } = burst
  const [held, setHeld] = useState(false)
  // biome-ignore lint/correctness/useExhaustiveDependencies: each new doing begins the time anew
  useEffect(() => {
    if (held) return
    const timer = setTimeout(() => dismiss(number), shownFor)
    return () => clearTimeout(timer)
  }, [number, at, held, dismiss])
  return (
    <li
      onPointerEnter={() => setHeld(true)}
      onPointerLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
    >
      <span className={styles.text}>
        <span className={styles.side} aria-hidden="true">
          <SideMark side={by.side} bare />
        </span>
        {text}
      </span>
      <button type="button" className={controls.link} aria-label={t('showNamed', { text })} onClick={show}>
        {t('show')}
      </button>
      <Dismiss dismiss={() => dismiss(number)} />
    </li>
  )
}

/** One voice for all of it: a burst is read out once it has paused, and of a long one where it stands by then. */
function Announcement({ bursts }: { bursts: readonly Burst[] }) {
  const workspace = useWorkspace()
  const sentence = useSentence()
  const [spoken, setSpoken] = useState('')
  const latest = useRef({ bursts, sentence })
  latest.current = { bursts, sentence }
  const last = useRef({ spokenAt: Number.NEGATIVE_INFINITY, doneAt: Number.NEGATIVE_INFINITY })
  const newest = bursts.at(-1)?.at
  useEffect(() => {
    if (newest === undefined || newest <= last.current.doneAt) return
    const wait = Math.max(1000, last.current.spokenAt + interval - performance.now())
    const timer = setTimeout(() => {
      const { bursts: now, sentence: say } = latest.current
      setSpoken(
        now
          .filter((one) => one.at > last.current.doneAt)
          .map((one) => say(one, workspace.store.getState()))
          .join('\n'),
      )
      last.current = { spokenAt: performance.now(), doneAt: newest }
    }, wait)
    return () => clearTimeout(timer)
  }, [newest, workspace])
  return (
    <p className="visually-hidden" role="status">
      {spoken}
    </p>
  )
}

/** A burst in a sentence, with the title and the place that the item has now. */
function useSentence(): (burst: Burst, state: MeetingState) => string {
  const { t } = useTranslation('doings')
  const words = useWords()
  const language = useLanguage()
  function placeOf(id: ItemId, outline: MeetingState['outline']) {
    const row = outline?.rows.get(id)
    const number = outline?.days.find((day) => day.id === row?.day)?.number
    if (!row || row.start === null || number === undefined) return words('notice.placeProposals')
    return words('notice.placeAt', { day: words('outline.day', { number }), time: timeOf(row.start) })
  }
  return (burst, { items, outline }) => {
    const { by, doings } = burst
    const who = by.side === null ? by.name || t('somebody') : t('who', { name: by.name, side: t(`side.${by.side}`) })
    const { count, type } = summaryOf(burst)
    const doing = doings[0]!
    const day = doings.some((one) => one.type.startsWith('day'))
    if (count > 1 || day) {
      if (count === 1 && 'date' in doing) return t(doing.type, { who, date: dateWords(doing.date, language) })
      if (day) return t('changedAny', { who, count })
      const many = { moved: 'movedMany', added: 'addedMany', restored: 'restoredMany', deleted: 'deletedMany' } as const
      return t(type !== null && type in many ? many[type as keyof typeof many] : 'changedMany', { who, count })
    }
    if ('date' in doing) return ''
    const named = speak(items.get(doing.id)?.title ?? doing.title, language)?.text
    const title = named ?? words('outline.untitled')
    if (type === null) return t('changed', { who, title })
    const place = placeOf(doing.id, outline)
    switch (doing.type) {
      case 'minutes': {
        const [before, after] = [lengthWords(doing.before, language), lengthWords(doing.after, language)]
        return t('minutes', { who, title, before, after })
      }
      case 'pinned':
        return doing.at === null ? t('unpinned', { who, title }) : t('pinned', { who, title, time: doing.at })
      case 'added':
        return named === undefined ? t('addedUntitled', { who, place }) : t('added', { who, title, place })
      default:
        return t(doing.type, { who, title, place })
    }
  }
}

/** Goes to the row of the first that there is a row of, and where no outline is shown, to its page. */
function useWay({ doings }: Burst): () => void {
  const { router } = useShell()
  const workspace = useWorkspace()
  return () => {
    const state = workspace.store.getState()
    const { meeting } = state.membership
    const target = doings.find((one) => isHere(state, one.id)) ?? doings[0]!
    const row = rowOf(target.id as ItemId) ?? document.getElementById(`day-${target.id}`)
    if (row) {
      row.scrollIntoView({ block: 'center' })
      if (row.matches('[data-item]')) row.focus({ preventScroll: true })
    } else if ('date' in target) router.go({ type: 'outline', meeting })
    else router.go({ type: 'item', meeting, item: target.id })
  }
}

function isHere(state: MeetingState, id: string): boolean {
  return state.items.has(id as ItemId) || (state.outline?.days.some((day) => day.id === id) ?? false)
}

/** What else stands at the lower edge stands above `frame`, and whoever writes there goes on seeing it. */
function makeRoom(frame: HTMLElement): () => void {
  const root = document.documentElement
  const measure = () => {
    const { height, top } = frame.getBoundingClientRect()
    root.style.setProperty('--below', `${height}px`)
    const focused = document.activeElement
    const range = getSelection()?.rangeCount ? getSelection()?.getRangeAt(0).getBoundingClientRect() : undefined
    const place = range?.height ? range : focused?.getBoundingClientRect()
    if (!focused || focused === document.body || frame.contains(focused) || !place) return
    const hidden = place.bottom + 8 - top
    if (hidden <= 0 || place.top > window.innerHeight) return
    const scroller = focused.closest<HTMLElement>('[data-scroll]')
    if (scroller && scroller.scrollHeight > scroller.clientHeight) scroller.scrollTop += hidden
    else window.scrollBy(0, hidden)
  }
  const sizes = new ResizeObserver(measure)
  sizes.observe(frame)
  return () => {
    sizes.disconnect()
    root.style.removeProperty('--below')
  }
}
