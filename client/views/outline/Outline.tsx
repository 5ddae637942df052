import { memo, type ReactElement, useRef } from 'react'
import type { Item } from '../../../shared/domain/agenda.ts'
import { timeOf } from '../../../shared/domain/clock.ts'
import { dateWords, lengthWords, speak } from '../../i18n/format.ts'
import {
  concerned,
  deleteDay,
  deleteItems,
  duplicateDay,
  duplicateItems,
  restoreItem,
  stepDown,
  stepUp,
} from '../../store/actions.ts'
import { mayEdit } from '../../store/meeting.ts'
import type { OutlineDay } from '../../store/outline.ts'
import controls from '../../styles/controls.module.css'
import { useDialogs } from '../shell/Dialogs.tsx'
import { Localized } from '../shell/Localized.tsx'
import { MenuButton } from '../shell/MenuButton.tsx'
import { useLanguage, useMeeting, useWords, useWorkspace } from '../shell/shell.ts'
import { Dots } from './Dots.tsx'
import { ItemList } from './ItemList.tsx'
import styles from './Outline.module.css'
import { useOutlineKeys } from './outlineKeys.ts'
import { keepUnderEye } from './underEye.ts'

/** The whole agenda at a glance: days, their items with computed times, and the proposals. */
export const Outline = memo(function Outline(): ReactElement {
  const t = useWords()
  const { open } = useDialogs()
  const days = useMeeting((state) => state.outline?.days)
  const edits = useMeeting(mayEdit)
  const frame = useRef<HTMLDivElement>(null)
  useOutlineKeys(frame)
  return (
    <div className={styles.outline} ref={frame}>
      {days?.length === 0 && <p className={styles.empty}>{t(edits ? 'outline.noDays' : 'outline.noDaysReader')}</p>}
      {days?.map((day) => (
        <DayBlock key={day.id} day={day} />
      ))}
      {edits && (
        <p className={`${styles.addDay} screen-only`}>
          <button type="button" className={controls.quiet} onClick={() => open({ type: 'day', day: null })}>
            <Plus /> {t('outline.addDay')}
          </button>
        </p>
      )}
      <Proposals />
      <Removed />
      <Selection />
    </div>
  )
})

function Plus() {
  return (
    <span className={styles.plus} aria-hidden="true">
      +
    </span>
  )
}

function DayBlock({ day }: { day: OutlineDay }) {
  const t = useWords()
  const workspace = useWorkspace()
  const { open } = useDialogs()
  const language = useLanguage()
  const edits = useMeeting(mayEdit)
  const name = t('outline.day', { number: day.number })
  const date = dateWords(day.date, language)
  const start = Number(day.start.slice(0, 2)) * 60 + Number(day.start.slice(3))
  return (
    <section className={styles.day} aria-labelledby={`day-${day.id}`}>
      <header className={styles.head}>
        <h2 id={`day-${day.id}`} className={styles.name}>
          {name} <span className={styles.date}>{date}</span>
        </h2>
        {day.items.length > 0 && (
          <p className={styles.length}>
            {day.overrun > 0 ? (
              <span className={styles.late}>
                {t('outline.endsLate', { time: timeOf(day.end), length: lengthWords(day.overrun, language) })}
              </span>
            ) : (
              <>
                <span className="visually-hidden">{t('outline.total')} </span>
                {lengthWords(day.end - start, language)} · {t('outline.until', { time: timeOf(day.end) })}
              </>
            )}
          </p>
        )}
        {edits && (
          <MenuButton
            className={styles.dots}
            label={t('outline.dayActions', { day: name })}
            entries={() => [
              { id: 'settings', label: t('outline.daySettings'), run: () => open({ type: 'day', day: day.id }) },
              {
                id: 'copy',
                label: t('outline.duplicateDay'),
                run: () => void duplicateDay(workspace, day.id, day.number),
              },
              {
                id: 'delete',
                label: t('outline.deleteDay'),
                apart: true,
                run: () => deleteDay(workspace, day.id, day.number),
              },
            ]}
          >
            <Dots />
          </MenuButton>
        )}
      </header>
      <ItemList
        day={day.id}
        items={day.items}
        label={t('outline.listLabel', { day: name, date })}
        addLabel={t('outline.addItemTo', { day: name })}
        empty={t(edits ? 'outline.emptyDay' : 'outline.emptyDayReader')}
      />
    </section>
  )
}

function Proposals() {
  const t = useWords()
  const items = useMeeting((state) => state.outline?.proposals)
  const edits = useMeeting(mayEdit)
  if (!items) return null
  return (
    <section className={styles.day} aria-labelledby="proposals">
      <header className={styles.head}>
        <h2 id="proposals" className={styles.name}>
          {t('outline.proposals')}
          {items.length > 0 && <span className={styles.date}> {items.length}</span>}
        </h2>
      </header>
      <ItemList
        day={null}
        items={items}
        label={t('outline.proposals')}
        addLabel={t('outline.addItemTo', { day: t('outline.proposals') })}
        empty={t(edits ? 'outline.emptyProposals' : 'outline.emptyProposalsReader')}
      />
    </section>
  )
}

/** Deleted items can be restored, with everything that was written in them since. */
function Removed() {
  const t = useWords()
  const workspace = useWorkspace()
  const language = useLanguage()
  const removed = useMeeting((state) => state.snapshot?.removed)
  const edits = useMeeting(mayEdit)
  if (!removed || !edits || (removed.items.length === 0 && removed.days.length === 0)) return null
  const title = (item: Item) => speak(item.title, language)?.text ?? t('outline.untitled')
  return (
    <details className={`${styles.removed} screen-only`}>
      <summary>
        {t('outline.removed')} <span className={styles.date}>{removed.items.length + removed.days.length}</span>
      </summary>
      <ul>
        {removed.days.map((day) => (
          <li key={day.id}>
            <span>{dateWords(day.date, language, true)}</span>
            <button
              type="button"
              className={controls.link}
              aria-label={t('outline.restoreNamed', { title: dateWords(day.date, language) })}
              onClick={() =>
                workspace.run({ type: 'restore-day', id: day.id }, { type: 'restored-day', id: day.id, date: day.date })
              }
            >
              {t('outline.restore')}
            </button>
          </li>
        ))}
        {removed.items.map((item) => (
          <li key={item.id}>
            <span>
              <Localized value={item.title} empty={t('outline.untitled')} />
            </span>
            <button
              type="button"
              className={controls.link}
              aria-label={t('outline.restoreNamed', { title: title(item) })}
              onClick={() => restoreItem(workspace, item)}
            >
              {t('outline.restore')}
            </button>
          </li>
        ))}
      </ul>
    </details>
  )
}

/** Actions on several selected items. */
function Selection() {
  const t = useWords()
  const workspace = useWorkspace()
  const { open } = useDialogs()
  const selection = useMeeting((state) => state.selection)
  const first = [...selection][0]
  if (first === undefined) return null
  const ids = concerned(workspace, first)
  return (
    <div
      className={`${styles.selection} screen-only`}
      role="toolbar"
      aria-label={t('outline.selected', { count: ids.length })}
    >
      <span className={styles.chosen}>{t('outline.selected', { count: ids.length })}</span>
      <button
        type="button"
        className={controls.quiet}
        onClick={() => keepUnderEye(first, () => stepUp(workspace, ids), false)}
      >
        {t('outline.moveUp')}
      </button>
      <button
        type="button"
        className={controls.quiet}
        onClick={() => keepUnderEye(first, () => stepDown(workspace, ids), false)}
      >
        {t('outline.moveDown')}
      </button>
      <button type="button" className={controls.quiet} onClick={() => open({ type: 'move', ids })}>
        {t('outline.moveTo')}
      </button>
      <button type="button" className={controls.quiet} onClick={() => void duplicateItems(workspace, ids)}>
        {t('outline.duplicate')}
      </button>
      <button type="button" className={controls.quiet} onClick={() => deleteItems(workspace, ids)}>
        {t('outline.delete')}
      </button>
      <button type="button" className={controls.quiet} onClick={() => workspace.select([])}>
        {t('outline.clearSelection')}
      </button>
    </div>
  )
}
