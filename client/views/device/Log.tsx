import { type ReactElement, useState, useSyncExternalStore } from 'react'
import { dateWords, deviceTime } from '../../i18n/format.ts'
import { momentOf } from '../../i18n/moment.ts'
import type { Passage } from '../../store/devicedata.ts'
import { reasonOf } from '../../store/saving.ts'
import controls from '../../styles/controls.module.css'
import { useMinute } from '../shell/now.ts'
import { Part } from '../shell/Part.tsx'
import { useLanguage, useWorkspace } from '../shell/shell.ts'
import styles from './Log.module.css'
import { useDeviceWords } from './words.ts'

/** The number of lines that can be read at a glance. */
const shortLog = 8

/** The history of the connection and of the edits, newest first. */
export function Log(): ReactElement {
  const t = useDeviceWords()
  const workspace = useWorkspace()
  const log = useSyncExternalStore(workspace.link.subscribe, workspace.link.log)
  const [whole, setWhole] = useState(false)
  const all = [...log].reverse()
  const lines = whole ? all : all.slice(0, shortLog)
  const days = lines.reduce<Passage[][]>((found, line) => {
    const day = found.at(-1)
    if (day?.[0] && sameDay(day[0].at, line.at)) day.push(line)
    else found.push([line])
    return found
  }, [])
  return (
    <Part title={t('log.title')}>
      {all.length === 0 && <p className={controls.hint}>{t('log.none')}</p>}
      {days.map((day) => (
        <LogDay key={day[0]?.at} lines={day} />
      ))}
      {lines.length < all.length && (
        <p>
          <button type="button" className={controls.link} onClick={() => setWhole(true)}>
            {t('log.earlier', { count: all.length - lines.length })}
          </button>
        </p>
      )}
    </Part>
  )
}

function LogDay({ lines }: { lines: readonly Passage[] }) {
  const language = useLanguage()
  const t = useDeviceWords()
  const now = useMinute()
  const at = lines[0]?.at ?? now
  const date = new Date(at)
  const { day } = momentOf(at, now, language)
  const iso = [date.getFullYear(), date.getMonth() + 1, date.getDate()].map((one) => String(one).padStart(2, '0'))
  const otherYear = date.getFullYear() !== new Date(now).getFullYear()
  return (
    <div className={styles.day}>
      <h4>{day === 'earlier' ? dateWords(iso.join('-'), language, otherYear) : t(`day.${day}`)}</h4>
      <ol className={styles.lines}>
        {lines.map((line, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: two things may happen in one millisecond
          <LogLine key={`${line.at} ${index}`} line={line} />
        ))}
      </ol>
    </div>
  )
}

function LogLine({ line }: { line: Passage }) {
  return (
    <li className={styles.line}>
      <span className={styles.time}>{deviceTime(line.at)}</span>
      <span>{useLine(line)}</span>
    </li>
  )
}

/** The stored log is not trusted: anything may have changed it on the device. */
const causes = ['full', 'forbidden', 'slow', 'failed'] as const

function useLine(line: Passage): string {
  const t = useDeviceWords()
  switch (line.type) {
    case 'connected':
      return t(`log.connected.${line.carrier}`)
    case 'lost':
      return t('log.lost')
    case 'committed':
      return t('log.committed', { count: line.edits })
    case 'caught-up': {
      const { sent: count, received } = line
      if (count === 0) return received ? t('log.received') : t('log.caughtUp')
      return received ? t('log.both', { count }) : t('log.sent', { count })
    }
    case 'refused':
      return t(`log.refused.${reasonOf(line.code)}`)
    case 'older':
      return t('log.older')
    case 'device-failing':
      return t(`log.failing.${causes.find((one) => one === line.cause) ?? 'failed'}`)
    case 'device-stored':
      return t('log.stored')
    case 'backup-saved':
      return line.edits === 0 ? t('log.savedPlain') : t('log.saved', { count: line.edits })
    case 'backup-brought':
      return line.edits === 0 ? t('log.broughtPlain') : t('log.brought', { count: line.edits })
    case 'backup-known':
      return t('log.known')
  }
}

function sameDay(a: number, b: number): boolean {
  return new Date(a).toDateString() === new Date(b).toDateString()
}
