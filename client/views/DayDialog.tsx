import { type FormEvent, type ReactElement, useState } from 'react'
import type { DayId } from '../../shared/domain/agenda.ts'
import type { DaySettings, Refusal } from '../../shared/domain/command.ts'
import { refuse } from '../../shared/domain/refuse.ts'
import { timeEntered } from '../i18n/entry.ts'
import { dateWords } from '../i18n/format.ts'
import { addDay, deleteDay, nextDaySettings } from '../store/actions.ts'
import controls from '../styles/controls.module.css'
import { Entry } from './Entry.tsx'
import sheet from './Sheet.module.css'
import { Sheet } from './Sheet.tsx'
import { useDesk, useLanguage, useMeeting, useWords } from './shell.ts'

/** The settings of a day, or of the one to be added. */
export function DayDialog({ id, close }: { id: DayId | null; close: () => void }): ReactElement {
  return id === null ? <Adding close={close} /> : <Changing id={id} close={close} />
}

const noTime: Refusal = { code: 'not-a-time', field: 'settings.start' }

function Changing({ id, close }: { id: DayId; close: () => void }) {
  const t = useWords()
  const desk = useDesk()
  const language = useLanguage()
  const day = useMeeting((state) => state.outline?.days.find((one) => one.id === id))
  if (!day)
    return (
      <Sheet title={t('outline.daySettings')} close={close}>
        {t('refusal.not-found')}
      </Sheet>
    )
  const set = (settings: Partial<DaySettings>) => desk.attempt({ type: 'set-day', id, settings })
  return (
    <Sheet title={t('day.title', { day: t('outline.day', { number: day.number }) })} close={close}>
      <Entry
        label={t('day.date')}
        type="date"
        value={day.date}
        hint={dateWords(day.date, language, true)}
        keep={(date) => set({ date })}
      />
      <div className={sheet.pair}>
        <Entry
          label={t('day.start')}
          value={day.start}
          keep={(text) => {
            const start = timeEntered(text)
            return start === null ? noTime : set({ start })
          }}
        />
        <Entry
          label={t('day.end')}
          value={day.plannedEnd ?? ''}
          hint={t('day.endHint')}
          keep={(text) => {
            if (text === '') return set({ end: null })
            const end = timeEntered(text)
            return end === null ? noTime : set({ end, start: day.start })
          }}
        />
      </div>
      <div className={controls.row}>
        <button
          type="button"
          className={controls.link}
          onClick={() => {
            close()
            deleteDay(desk, id, day.number)
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
  const desk = useDesk()
  const language = useLanguage()
  const [settings, setSettings] = useState(() => {
    const next = nextDaySettings(desk, new Date().toISOString().slice(0, 10))
    return { ...next, end: next.end ?? '' }
  })
  const [refusal, setRefusal] = useState<Refusal | null>(null)
  function add(event: FormEvent) {
    event.preventDefault()
    const start = timeEntered(settings.start)
    const end = settings.end === '' ? null : timeEntered(settings.end)
    if (start === null || (end === null && settings.end !== '')) return setRefusal(noTime)
    const { snapshot } = desk.store.getState()
    const wanted: DaySettings = { date: settings.date, start, end }
    const problem = snapshot && refuse(snapshot, { type: 'add-day', id: 'new' as DayId, settings: wanted })
    if (problem) return setRefusal(problem)
    if (addDay(desk, wanted)) close()
  }
  const change = (part: Partial<typeof settings>) => {
    setSettings({ ...settings, ...part })
    setRefusal(null)
  }
  return (
    <Sheet title={t('day.addTitle')} close={close}>
      <form onSubmit={add} style={{ display: 'contents' }} noValidate>
        <label className={controls.field}>
          <span className={controls.label}>{t('day.date')}</span>
          <input
            type="date"
            className={controls.input}
            value={settings.date}
            onChange={(event) => change({ date: event.target.value })}
          />
          <span className={controls.hint}>{settings.date !== '' && dateWords(settings.date, language, true)}</span>
        </label>
        <div className={sheet.pair}>
          <label className={controls.field}>
            <span className={controls.label}>{t('day.start')}</span>
            <input
              className={controls.input}
              value={settings.start}
              onChange={(event) => change({ start: event.target.value })}
            />
          </label>
          <label className={controls.field}>
            <span className={controls.label}>{t('day.end')}</span>
            <input
              className={controls.input}
              value={settings.end}
              onChange={(event) => change({ end: event.target.value })}
            />
          </label>
        </div>
        <p role="alert" className={controls.problem}>
          {refusal && (refusal.field === 'settings.end' ? t('refusal.end') : t(`refusal.${refusal.code}`))}
        </p>
        <div>
          <button type="submit" className={controls.primary}>
            {t('day.add')}
          </button>
        </div>
      </form>
    </Sheet>
  )
}
