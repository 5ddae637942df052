import { type ReactElement, type ReactNode, useEffect, useRef, useState, useSyncExternalStore } from 'react'
import type { Agenda } from '../../shared/domain/agenda.ts'
import { compare, isSame } from '../../shared/domain/compare.ts'
import { dateWords, deviceTime } from '../i18n/format.ts'
import { momentOf } from '../i18n/moment.ts'
import { hindranceOf } from '../store/hindrance.ts'
import {
  askPromise,
  type Brought,
  backupFile,
  bringBack,
  type Passage,
  promised,
  takeForeign,
} from '../store/keeping.ts'
import { mayEdit, mayWrite } from '../store/meeting.ts'
import { type RefusedReason, reasonOf, type Saving } from '../store/saving.ts'
import controls from '../styles/controls.module.css'
import { useDialogs } from './Dialogs.tsx'
import styles from './KeepingSheet.module.css'
import { useKeepingWords } from './keeping.ts'
import { useMoment } from './moment.ts'
import { useMinute } from './now.ts'
import { Remains } from './Remains.tsx'
import { useSaving } from './SavingWord.tsx'
import sheet from './Sheet.module.css'
import { Sheet } from './Sheet.tsx'
import { saveFile } from './saveFile.ts'
import { useAppKept, useDesk, useLanguage, useMeeting, useShell } from './shell.ts'

/** What the word on saving stands for, at length: where the changes are, how they travel, what is kept here, what has happened. */
export function KeepingSheet({ close }: { close: () => void }): ReactElement {
  const t = useKeepingWords()
  const { open } = useDialogs()
  const meeting = useMeeting((state) => state.membership.meeting)
  return (
    <Sheet title={t('title')} close={close} wide>
      <dl className={styles.facts}>
        <Fact name={t('where.title')}>
          <Where />
        </Fact>
        <Fact name={t('carrier.title')}>
          <Carrier />
        </Fact>
        <Fact name={t('device.title')}>
          <Device />
        </Fact>
      </dl>
      <Backups />
      <Remains meeting={meeting} others />
      <Log />
      <Part title={t('leave.part')}>
        <p>{t('leave.text')}</p>
        <p>
          <button type="button" className={controls.button} onClick={() => open({ type: 'sign-out' })}>
            {t('leave.open')}
          </button>
        </p>
      </Part>
    </Sheet>
  )
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className={styles.fact}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className={`${sheet.part} ${styles.part}`}>
      <h3>{title}</h3>
      {children}
    </section>
  )
}

function Where() {
  const t = useKeepingWords()
  const saving = useSaving()
  const moment = useMoment()
  switch (saving.status) {
    case 'saved':
      return <p>{saving.at === null ? t('where.saved') : t('where.savedAt', { at: moment(saving.at) })}</p>
    case 'unread':
      return <p>{t('where.unread')}</p>
    case 'saving':
      return (
        <>
          <p>{t('where.saving', { count: saving.changes })}</p>
          {saving.kept === 'tab' && <Unsent saving={saving} />}
        </>
      )
    case 'offline':
      return (
        <>
          <p>{t('where.offline', { at: moment(saving.since) })}</p>
          {saving.changes > 0 ? <Unsent saving={saving} sent /> : <p>{t('where.none')}</p>}
        </>
      )
    case 'catching-up':
      return (
        <>
          <p>{t('where.connecting')}</p>
          {saving.changes > 0 && <Unsent saving={saving} sent />}
        </>
      )
    case 'older':
      return (
        <>
          <p className={controls.bad}>{t('where.older')}</p>
          {saving.changes > 0 && <Unsent saving={saving} />}
          <Update saving={saving} />
        </>
      )
    case 'refused':
      return (
        <>
          <p className={controls.bad}>{t(`refused.${saving.reason}`)}</p>
          {saving.changes > 0 && <Unsent saving={saving} />}
          {mends.includes(saving.reason) && (
            <p>
              <button type="button" className={controls.button} onClick={() => window.location.reload()}>
                {t('where.reload')}
              </button>
            </p>
          )}
        </>
      )
  }
}

/** What a fresh start of the page may mend. */
const mends: readonly RefusedReason[] = ['too-large', 'too-much', 'trouble']

/** `sent`: as soon as there is a connection, without anybody's doing. */
function Unsent({ saving, sent = false }: { saving: Extract<Saving, { kept: unknown }>; sent?: boolean }) {
  const t = useKeepingWords()
  const { kept, changes: count } = saving
  if (kept === 'tab') return <p className={controls.bad}>{t('where.tab', { count })}</p>
  if (kept === 'unsure') return <p>{t('where.unsure', { count })}</p>
  if (saving.status === 'older') return <p>{t('where.deviceOlder', { count })}</p>
  return <p>{sent ? t('where.device', { count }) : t('where.deviceHeld', { count })}</p>
}

function Update({ saving }: { saving: Extract<Saving, { status: 'older' }> }) {
  const t = useKeepingWords()
  const { updates } = useShell()
  const desk = useDesk()
  // What is stored here is there again after the update, and what is not would be lost with the page.
  const safe = saving.changes === 0 || saving.kept === 'device'
  const take = () => void updates.apply(() => hindranceOf(desk) !== null)
  return (
    <>
      {!safe && <p>{t('where.updateFirst')}</p>}
      <p>
        <button type="button" className={controls.primary} disabled={!safe} onClick={take}>
          {t('where.update')}
        </button>
      </p>
    </>
  )
}

function Carrier() {
  const t = useKeepingWords()
  const desk = useDesk()
  const status = useMeeting((state) => state.connection.status)
  const carrier = useSyncExternalStore(desk.link.subscribe, desk.link.carrier)
  if (status === 'refused' || status === 'older') return <p>{t('carrier.ended')}</p>
  return <p>{t(`carrier.${status === 'offline' || carrier === null ? 'none' : carrier}`)}</p>
}

function Device() {
  const t = useKeepingWords()
  const device = useMeeting((state) => state.device)
  const { kept } = { kept: 'device', ...useSaving() }
  const app = useAppKept()
  const edits = useMeeting(mayEdit)
  const stored = app !== 'whole' ? (`device.${app}` as const) : edits ? 'device.stored' : 'device.storedRead'
  switch (device.status) {
    case 'opening':
      return <p>{t('device.opening')}</p>
    case 'storing':
    case 'stored':
      return (
        <>
          <p>{kept === 'unsure' ? t('device.storing') : t(stored)}</p>
          <Promised />
        </>
      )
    case 'failing':
      return (
        <>
          <p className={controls.bad}>{t(`device.failing.${device.cause}`)}</p>
          <p>{t('device.safe')}</p>
          <p className={styles.reason} lang="en">
            {device.reason}
          </p>
        </>
      )
  }
}

/** Browsers throw away what was not promised to be kept. */
function Promised() {
  const t = useKeepingWords()
  const [kept, setKept] = useState<boolean | null>(null)
  const [declined, setDeclined] = useState(false)
  useEffect(() => {
    let gone = false
    void promised().then((one) => gone || setKept(one))
    return () => {
      gone = true
    }
  }, [])
  async function ask() {
    const answer = await askPromise()
    setKept(answer)
    setDeclined(!answer)
  }
  if (kept === null) return null
  if (kept) return <p>{t('device.promised')}</p>
  return (
    <>
      <p>{declined ? t('device.declined') : t('device.notPromised')}</p>
      {!declined && (
        <p>
          <button type="button" className={controls.button} onClick={ask}>
            {t('device.ask')}
          </button>
        </p>
      )}
    </>
  )
}

type Busy =
  | { readonly status: 'resting' }
  | { readonly status: 'saving' }
  | { readonly status: 'saved'; readonly file: string }
  | { readonly status: 'failed' }
  | { readonly status: 'reading'; readonly file: string }
  | { readonly status: 'brought'; readonly file: string; readonly brought: Brought }
  | { readonly status: 'taken'; readonly name: string }

/** A file of all that is here, made and brought back. */
function Backups() {
  const t = useKeepingWords()
  const desk = useDesk()
  const edits = useMeeting(mayEdit)
  const writes = useMeeting(mayWrite)
  const [busy, setBusy] = useState<Busy>({ status: 'resting' })
  const input = useRef<HTMLInputElement>(null)

  async function save() {
    setBusy({ status: 'saving' })
    try {
      const file = await backupFile(desk)
      saveFile(file)
      setBusy({ status: 'saved', file: file.name })
    } catch (error) {
      console.error('No backup could be made', error)
      setBusy({ status: 'failed' })
    }
  }
  async function bring(file: File) {
    setBusy({ status: 'reading', file: file.name })
    setBusy({ status: 'brought', file: file.name, brought: await bringBack(desk, file) })
  }
  function take(name: string, agenda: Agenda) {
    const refusal = takeForeign(desk, name, agenda)
    setBusy(refusal === null ? { status: 'taken', name } : { status: 'resting' })
  }

  return (
    <Part title={t('backup.title')}>
      <p>{t('backup.text')}</p>
      <div className={controls.row}>
        <button type="button" className={controls.button} aria-disabled={busy.status === 'saving'} onClick={save}>
          {t('backup.save')}
        </button>
        {writes && (
          <>
            <button type="button" className={controls.button} onClick={() => input.current?.click()}>
              {t('backup.bring')}
            </button>
            <input
              ref={input}
              type="file"
              hidden
              accept=".json,application/json"
              aria-label={t('backup.bring')}
              onChange={(event) => {
                const file = event.target.files?.[0]
                // The same file can be chosen again.
                event.target.value = ''
                if (file) void bring(file)
              }}
            />
          </>
        )}
      </div>
      <div role="status">
        {busy.status === 'saving' && <p>{t('backup.saving')}</p>}
        {busy.status === 'saved' && <p>{t('backup.saved', { file: busy.file })}</p>}
        {busy.status === 'failed' && <p className={controls.bad}>{t('backup.failed')}</p>}
        {busy.status === 'reading' && <p>{t('backup.reading', { file: busy.file })}</p>}
        {busy.status === 'taken' && <p>{t('backup.taken', { name: busy.name })}</p>}
        {busy.status === 'brought' && (
          <Outcome
            brought={busy.brought}
            file={busy.file}
            edits={edits}
            take={take}
            leave={() => setBusy({ status: 'resting' })}
          />
        )}
      </div>
    </Part>
  )
}

interface OutcomeProps {
  brought: Brought
  file: string
  edits: boolean
  take: (name: string, agenda: Agenda) => void
  leave: () => void
}

function Outcome({ brought, file, edits, take, leave }: OutcomeProps) {
  const t = useKeepingWords()
  const now = useMeeting((state) => state.snapshot?.agenda ?? null)
  switch (brought.status) {
    case 'brought':
      return <p>{brought.edits ? t('backup.brought') : t('backup.nothingNew')}</p>
    case 'unreadable':
      return <p className={controls.bad}>{t('backup.unreadable', { file })}</p>
    case 'refused':
      return <p className={controls.bad}>{t(`backup.${brought.code}`, { file })}</p>
    case 'foreign': {
      const { name, agenda } = brought
      const changes = now && compare(now, agenda)
      if (!changes) return null
      if (isSame(changes)) return <p>{t('backup.foreignNothing', { name })}</p>
      if (!edits) return <p className={controls.bad}>{t('backup.readOnly', { name })}</p>
      const items = changes.items.filter(
        (one) => one.status !== 'changed' || one.changes.length > 0 || one.moved !== null,
      ).length
      const besides = changes.meeting.length + changes.days.length + changes.people.length + changes.glossary.length
      return (
        <div className={styles.foreign}>
          <p>{t('backup.foreign', { name })}</p>
          <p>
            {items > 0 && t('backup.items', { count: items })} {besides > 0 && t('backup.besides')}
          </p>
          <div className={controls.row}>
            <button type="button" className={controls.primary} onClick={() => take(name, agenda)}>
              {t('backup.take')}
            </button>
            <button type="button" className={controls.button} onClick={leave}>
              {t('backup.leave')}
            </button>
          </div>
        </div>
      )
    }
  }
}

/** As many lines as are read at a glance. */
const shortLog = 8

function Log() {
  const t = useKeepingWords()
  const desk = useDesk()
  const log = useSyncExternalStore(desk.link.subscribe, desk.link.log)
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
  const t = useKeepingWords()
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

/** The log has been on the device, where anything may have happened to it. */
const causes = ['full', 'forbidden', 'slow', 'failed'] as const

function useLine(line: Passage): string {
  const t = useKeepingWords()
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
  }
}

function sameDay(a: number, b: number): boolean {
  return new Date(a).toDateString() === new Date(b).toDateString()
}
