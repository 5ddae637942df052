import { type ReactElement, useEffect, useRef, useState } from 'react'
import { type Bilingual, itemTexts } from '../../../shared/domain/agenda.ts'
import { timeOf } from '../../../shared/domain/clock.ts'
import { dateWords, speak } from '../../i18n/format.ts'
import { addWords, tag } from '../../i18n/i18n.ts'
import { noticeEn, noticeZh } from '../../i18n/notice.ts'
import { openNewVersion } from '../../store/actions.ts'
import { mayOpen } from '../../store/meeting.ts'
import type { Happening, Where } from '../../store/notice.ts'
import controls from '../../styles/controls.module.css'
import { refusedText } from '../device/sentence.ts'
import { arriveAt } from '../findings/arrival.ts'
import { useDialogs } from './Dialogs.tsx'
import { Dismiss } from './Dismiss.tsx'
import styles from './NoticeLine.module.css'
import { useLanguage, useMeeting, useShell, useWords, useWorkspace } from './shell.ts'

addWords('words', { en: noticeEn, zh: noticeZh })

/** Milliseconds for which a notice is shown. Undo also stays in the header and on the keyboard. */
const shownFor = 9000

/** The quiet line at the lower edge: what has just happened here, with Undo. Announced politely, one at a time. */
export function NoticeLine(): ReactElement {
  const t = useWords()
  const workspace = useWorkspace()
  const { open } = useDialogs()
  const { router } = useShell()
  const meeting = useMeeting((state) => state.membership.meeting)
  const notice = useMeeting((state) => state.notice)
  const where = notice && 'where' in notice.happening ? notice.happening.where : null
  const opens = useMeeting(mayOpen)
  const text = useText(notice?.happening ?? null)
  /** The number of the notice under the pointer or focus. If that one disappears, the next is not held. */
  const [held, setHeld] = useState<number | null>(null)
  const number = notice?.number
  const waits = notice?.happening.type === 'rebuilt' && notice.happening.edits !== 0
  useEffect(() => {
    // Unsent edits on this device are not a passing notice: it stays.
    if (number === undefined || held === number || waits) return
    const timer = setTimeout(() => workspace.dismiss(), shownFor)
    return () => clearTimeout(timer)
  }, [number, held, waits, workspace])
  const spoken = useThrottled(text)
  const show = ({ id, field, language }: Extract<Where, { kind: 'item' }>) => {
    const page = `[data-found="${CSS.escape(id)}"]`
    const text = language && `${page} [data-text="${field}"][lang="${tag[language]}"] [contenteditable="true"]`
    router.go({ type: 'item', meeting, item: id })
    arriveAt(text ?? page)
  }
  return (
    <>
      <p className="visually-hidden" role="status" aria-live="polite">
        {spoken}
      </p>
      {notice && (
        // biome-ignore lint/a11y/noStaticElementInteractions: only keeps the line while somebody is at it
        <div
          className={`${styles.line} screen-only`}
          key={notice.number}
          onPointerEnter={() => setHeld(notice.number)}
          onPointerLeave={() => setHeld(null)}
          onFocus={() => setHeld(notice.number)}
          onBlur={() => setHeld(null)}
        >
          <span className={styles.text} aria-hidden="true">
            {text}
          </span>
          {notice.undoable && (
            <button type="button" className={controls.link} onClick={() => workspace.undo()}>
              {t('notice.undo')}
            </button>
          )}
          {where?.kind === 'item' && (
            <button type="button" className={controls.link} onClick={() => show(where)}>
              {t('notice.show')}
            </button>
          )}
          {notice.happening.type === 'final' && opens && (
            <button type="button" className={controls.link} onClick={() => openNewVersion(workspace)}>
              {t('final.open')}
            </button>
          )}
          {waits && (
            <button
              type="button"
              className={controls.link}
              onClick={() => {
                open({ type: 'device' })
                workspace.dismiss()
              }}
            >
              {t('notice.see')}
            </button>
          )}
          <Dismiss dismiss={() => workspace.dismiss()} />
        </div>
      )}
    </>
  )
}

/** Milliseconds between two announcements. */
const interval = 1200

/** Of several quick notices, only the newest is announced. */
function useThrottled(text: string): string {
  // What stands in a new region is not announced; what comes into it is.
  const [spoken, setSpoken] = useState('')
  const last = useRef(0)
  useEffect(() => {
    const wait = Math.max(0, last.current + interval - performance.now())
    const timer = setTimeout(() => {
      last.current = performance.now()
      setSpoken(text)
    }, wait)
    return () => clearTimeout(timer)
  }, [text])
  return spoken
}

/** The words of an undo or redo. */
function useRetraced(): (happening: Extract<Happening, { type: 'undone' | 'redone' }>) => string {
  const t = useWords()
  const reader = useLanguage()
  return ({ type, where }) => {
    const done = t(`notice.${type}`)
    switch (where?.kind) {
      case 'item': {
        const { field, language } = where
        const title = speak(where.title, reader)?.text ?? t('outline.untitled')
        // Texts are named by the words of the item's page, which has been open if they were written here.
        const text = itemTexts.find((one) => one === field)
        const other = (['place', 'minutes', 'deleted'] as const).find((one) => one === field) ?? 'other'
        const what = text && language ? t(`textIn.${language}.${text}`) : t(`notice.what.${other}`)
        return t('notice.retraced', { done, title, what })
      }
      case 'many':
        return t('notice.retracedMany', { done, count: where.count })
      case 'people':
        return t('notice.retracedOf', { done, what: t('header.people') })
      case 'meta':
        return t('notice.retracedOf', { done, what: t('header.settings') })
      default:
        return done
    }
  }
}

function useText(happening: Happening | null): string {
  const t = useWords()
  const language = useLanguage()
  const place = usePlace(happening?.type === 'moved' ? (happening.ids[0] ?? null) : null)
  const membership = useMeeting((state) => state.membership)
  const retraced = useRetraced()
  const name = (value: Bilingual, empty: string) => speak(value, language)?.text ?? empty
  if (!happening) return ''
  switch (happening.type) {
    case 'joined': {
      const role = t(`join.roleOf.${membership.person.role}`)
      const { side } = membership.person
      return side ? t('notice.joinedSide', { role, side: t(`side.${side}Long`) }) : t('notice.joined', { role })
    }
    case 'moved':
      return happening.ids.length === 1
        ? t('notice.moved', { title: name(happening.title, t('outline.untitled')), place })
        : t('notice.movedMany', { count: happening.ids.length, place })
    case 'deleted':
      return happening.ids.length > 1
        ? t('notice.deletedMany', { count: happening.ids.length })
        : t('notice.deleted', { title: name(happening.title, t('outline.untitled')) })
    case 'restored':
      return t('notice.restored', { title: name(happening.title, t('outline.untitled')) })
    case 'duplicated':
      return happening.count > 1
        ? t('notice.duplicatedMany', { count: happening.count })
        : t('notice.duplicated', { title: name(happening.title, t('outline.untitled')) })
    case 'duplicated-day':
      return t('notice.duplicatedDay', { day: t('outline.day', { number: happening.number }) })
    case 'chosen':
      return t('notice.chosen', { title: name(happening.title, t('outline.untitled')) })
    case 'deleted-day':
      return t('notice.deletedDay', { day: t('outline.day', { number: happening.number }) })
    case 'restored-day':
      return t('notice.restoredDay', { date: dateWords(happening.date, language) })
    case 'deleted-person':
      return t('notice.deletedPerson', { name: name(happening.name, t('people.unnamed')) })
    case 'restored-person':
      return t('notice.restoredPerson', { name: name(happening.name, t('people.unnamed')) })
    case 'undone':
    case 'redone':
      return retraced(happening)
    case 'nothing-to-undo':
      return t('notice.nothingToUndo')
    case 'nothing-to-redo':
      return t('notice.nothingToRedo')
    case 'already-first':
      return t('notice.allTheWayUp', { title: name(happening.title, t('outline.untitled')) })
    case 'already-last':
      return t('notice.allTheWayDown', { title: name(happening.title, t('outline.untitled')) })
    case 'refused':
      return happening.refusal.field === 'settings.minutes' && happening.refusal.code === 'out-of-range'
        ? t('refusal.minutes')
        : t(`refusal.${happening.refusal.code}`)
    case 'final':
      return t('notice.final')
    case 'made-final':
      return t('notice.madeFinal')
    case 'opened-version':
      return t('notice.openedVersion')
    case 'restored-version':
      return t('notice.restoredVersion', { number: happening.number })
    case 'imported':
      return happening.count === 0 && happening.people > 0
        ? t('notice.importedPeople', { count: happening.people, file: happening.file })
        : t('notice.imported', { count: happening.count, file: happening.file })
    case 'brought-back':
      return happening.name === null ? t('notice.broughtOwn') : t('notice.broughtBack', { name: happening.name })
    case 'rebuilt':
      if (happening.edits === null) return t('notice.rebuiltUnread')
      if (happening.edits > 0) return t('notice.rebuiltKept', { count: happening.edits })
      return t(happening.carried ? 'notice.rebuiltCarried' : 'notice.rebuilt')
    case 'older':
      return t('saving.older')
    case 'cut-off':
      return refusedText(happening.reason, t)
    case 'read-only':
      return t('notice.readOnly')
  }
}

/** The new position of an item: its day and its computed time. */
function usePlace(id: Extract<Happening, { type: 'moved' }>['ids'][number] | null): string {
  const t = useWords()
  const row = useMeeting((state) => (id === null ? undefined : state.outline?.rows.get(id)))
  const number = useMeeting((state) => state.outline?.days.find((day) => day.id === row?.day)?.number)
  if (!row || row.start === null || number === undefined) return t('notice.placeProposals')
  return t('notice.placeAt', { day: t('outline.day', { number }), time: timeOf(row.start) })
}
