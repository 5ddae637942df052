import { type FormEvent, type ReactElement, useState } from 'react'
import type { DayId } from '../../../shared/domain/agenda.ts'
import { localTime } from '../../../shared/domain/clock.ts'
import type { DaySettings, Refusal } from '../../../shared/domain/command.ts'
import { refuse } from '../../../shared/domain/refuse.ts'
import { timeEntered } from '../../i18n/entry.ts'
import { dateWords } from '../../i18n/format.ts'
import { addDay, deleteDay, nextDaySettings } from '../../store/actions.ts'
import controls from '../../styles/controls.module.css'
import sheet from '../shell/Sheet.module.css'
import { Sheet } from '../shell/Sheet.tsx'
import { useLanguage, useMeeting, useWords, useWorkspace } from '../shell/shell.ts'
import { useDialogWords } from './dialogs.ts'
import { Entry } from './Entry.tsx'

/** The settings of a day, or of a new one. */
export function DayDialog({ id, close }: { id: DayId | null; close: () => void }): ReactElement {
  return id === null ? <Adding close={close} /> : <Changing id={id} close={close} />
}

const noTime = (field: 'start' | 'end'): Refusal => ({ code: 'not-a-time', field: `settings.${field}` })

function Changing({ id, close }: { id: DayId; close: () => void }) {
  const t = useWords()
  const words = useDialogWords()
  const workspace = useWorkspace()
  const language = useLanguage()
  const day = useMeeting((state) => state.outline?.days.find((one) => one.id === id))
  if (!day)
    return (
      <Sheet title={t('outline.daySettings')} close={close}>
        {t('refusal.not-found')}
      </Sheet>
    )
  const set = (settings: Partial<DaySettings>) => workspace.attempt({ type: 'set-day', id, settings })
  return (
    <Sheet title={words('day.title', { day: t('outline.day', { number: day.number }) })} close={close}>
      <Entry
        label={words('day.date')}
        type="date"
        value={day.date}
        hint={dateWords(day.date, language, true)}
        keep={(date) => set({ date })}
      />
      <div className={sheet.pair}>
        <Entry
          label={words('day.start')}
          value={day.start}
          keep={(text) => {
            const start = timeEntered(text)
            return start === null ? noTime('start') : set({ start })
          }}
        />
        <Entry
          label={words('day.end')}
          value={day.plannedEnd ?? ''}
          hint={words('day.endHint')}
          keep={(text) => {
            if (text === '') return set({ end: null })
            const end = timeEntered(text)
            return end === null ? noTime('end') : set({ end, start: day.start })
          }}
        />
      </div>
      <div className={controls.row}>
        <button
          type="button"
          className={controls.link}
          onClick={() => {
            close()
            deleteDay(workspace, id, day.number)
          }}
        >
          {t('outline.deleteDay')}
        </button>
      </div>
    </Sheet>
  )
}

function Adding({ close }: { close: () => void }) {
  const t = useWords()
  const words = useDialogWords()
  const workspace = useWorkspace()
  const language = useLanguage()
  const [settings, setSettings] = useState(() => {
    const zone = workspace.store.getState().snapshot?.agenda.zones.venue ?? 'UTC'
    const next = nextDaySettings(workspace, localTime(Date.now(), zone).date)
    return { ...next, end: next.end ?? '' }
  })
  const [refusal, setRefusal] = useState<Refusal | null>(null)
  function add(event: FormEvent) {
    event.preventDefault()
    const start = timeEntered(settings.start)
    const end = settings.end === '' ? null : timeEntered(settings.end)
    if (start === null) return setRefusal(noTime('start'))
    if (end === null && settings.end !== '') return setRefusal(noTime('end'))
    const { snapshot } = workspace.store.getState()
    const wanted: DaySettings = { date: settings.date, start, end }
    const problem = snapshot && refuse(snapshot, { type: 'add-day', id: 'new' as DayId, settings: wanted })
    if (problem) return setRefusal(problem)
    if (addDay(workspace, wanted)) close()
  }
  const change = (part: Partial<typeof settings>) => {
    setSettings({ ...settings, ...part })
    setRefusal(null)
  }
  const about = (field: keyof DaySettings) => refusal?.field === `settings.${field}`
  const elsewhere = refusal !== null && !about('date') && !about('start') && !about('end')
  /** What is wrong with a field, or else its hint. */
  const said = (field: keyof DaySettings, hint: string) => (
    <span
      id={`day-${field}`}
      role={about(field) ? 'alert' : undefined}
      className={controls[about(field) ? 'problem' : 'hint']}
    >
      {refusal && about(field)
        ? t(field === 'end' && refusal.code === 'out-of-range' ? 'refusal.end' : `refusal.${refusal.code}`)
        : hint}
    </span>
  )
  const input = (field: keyof DaySettings) => ({
    className: controls.input,
    'aria-invalid': about(field),
    'aria-describedby': `day-${field}`,
  })
  return (
    <Sheet title={words('day.addTitle')} close={close}>
      <form onSubmit={add} style={{ display: 'contents' }} noValidate>
        <label className={controls.field}>
          <span className={controls.label}>{words('day.date')}</span>
          <input
            type="date"
            {...input('date')}
            value={settings.date}
            onChange={(event) => change({ date: event.target.value })}
          />
          {said('date', settings.date === '' ? '' : dateWords(settings.date, language, true))}
        </label>
        <div className={sheet.pair}>
          <label className={controls.field}>
            <span className={controls.label}>{words('day.start')}</span>
            <input
              {...input('start')}
              value={settings.start}
              onChange={(event) => change({ start: event.target.value })}
            />
            {said('start', '')}
          </label>
          <label className={controls.field}>
            <span className={controls.label}>{words('day.end')}</span>
            <input {...input('end')} value={settings.end} onChange={(event) => change({ end: event.target.value })} />
            {said('end', words('day.endHint'))}
          </label>
        </div>
        {elsewhere && (
          <p role="alert" className={controls.problem}>
            {t(`refusal.${refusal.code}`)}
          </p>
        )}
        <div>
          <button type="submit" className={controls.primary}>
            {words('day.add')}
          </button>
        </div>
      </form>
    </Sheet>
  )
}
