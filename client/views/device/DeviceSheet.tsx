import { type ReactElement, type ReactNode, useEffect, useState, useSyncExternalStore } from 'react'
import { askPromise, promised } from '../../store/devicedata.ts'
import { mayEdit } from '../../store/meeting.ts'
import { reloadBlockerOf } from '../../store/reloadblocker.ts'
import type { RefusedReason, Saving } from '../../store/saving.ts'
import controls from '../../styles/controls.module.css'
import { useDialogs } from '../shell/Dialogs.tsx'
import { useMoment } from '../shell/moment.ts'
import { Part } from '../shell/Part.tsx'
import { Sheet } from '../shell/Sheet.tsx'
import { useMeeting, useOfflineCopy, useShell, useWorkspace } from '../shell/shell.ts'
import { Backups } from './Backups.tsx'
import styles from './DeviceSheet.module.css'
import { EarlierChanges, useEarlier } from './Earlier.tsx'
import { Log } from './Log.tsx'
import { Rebuild } from './Rebuild.tsx'
import { useSaving } from './SavingWord.tsx'
import { useDeviceWords } from './words.ts'

/** Details on saving: where changes are, how they travel, what this device stores, what has happened. */
export function DeviceSheet({ close }: { close: () => void }): ReactElement {
  const t = useDeviceWords()
  const { open } = useDialogs()
  const earlier = useEarlier()
  const organizes = useMeeting((state) => state.membership.person.role === 'organizer')
  return (
    <Sheet title={t('title')} close={close} wide>
      <dl className={styles.facts}>
        <Fact name={t('where.title')}>
          <Where alone={earlier.list?.length === 0} />
          <EarlierChanges earlier={earlier} />
        </Fact>
        <Fact name={t('carrier.title')}>
          <Carrier />
        </Fact>
        <Fact name={t('device.title')}>
          <Device />
        </Fact>
      </dl>
      <Backups taken={() => void earlier.look()} />
      <Log />
      {organizes && <Rebuild />}
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

/** `alone`: no other work on this device waits for the server. */
function Where({ alone }: { alone: boolean }) {
  const t = useDeviceWords()
  const saving = useSaving()
  const moment = useMoment()
  switch (saving.status) {
    case 'saved':
    case 'earlier':
      if (saving.at === null) return <p>{alone ? t('where.saved') : t('where.own')}</p>
      return <p>{t(alone ? 'where.savedAt' : 'where.ownAt', { at: moment(saving.at) })}</p>
    case 'unread':
      return <p>{t('where.unread')}</p>
    case 'saving':
      return (
        <>
          <p>{t('where.saving', { count: saving.changes })}</p>
          {saving.storedIn === 'tab' && <Unsent saving={saving} />}
        </>
      )
    case 'offline':
      return (
        <>
          <p>{t('where.offline', { at: moment(saving.since) })}</p>
          {saving.changes > 0 && <Unsent saving={saving} sent />}
          {saving.changes === 0 && !saving.unread && <p>{alone ? t('where.none') : t('where.own')}</p>}
          {saving.unread && <p>{t('where.unreadBefore')}</p>}
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
          {saving.unread && <p>{t('where.unreadBefore')}</p>}
          <Update saving={saving} />
        </>
      )
    case 'refused':
      return (
        <>
          <p className={controls.bad}>{t(`refused.${saving.reason}`)}</p>
          {saving.changes > 0 && <Unsent saving={saving} />}
          {saving.unread && <p>{t('where.unreadBefore')}</p>}
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

/** Refusals that reloading the page may fix. */
const mends: readonly RefusedReason[] = ['too-large', 'too-much', 'rebuilt', 'trouble']

/** `sent`: it is sent as soon as there is a connection, without any action. */
function Unsent({ saving, sent = false }: { saving: Extract<Saving, { storedIn: unknown }>; sent?: boolean }) {
  const t = useDeviceWords()
  const { storedIn, changes: count } = saving
  if (storedIn === 'tab') return <p className={controls.bad}>{t('where.tab', { count })}</p>
  if (storedIn === 'unsure') return <p>{t('where.unsure', { count })}</p>
  if (saving.status === 'older') return <p>{t('where.deviceOlder', { count })}</p>
  return <p>{sent ? t('where.device', { count }) : t('where.deviceHeld', { count })}</p>
}

function Update({ saving }: { saving: Extract<Saving, { status: 'older' }> }) {
  const t = useDeviceWords()
  const { updates } = useShell()
  const workspace = useWorkspace()
  // Changes stored on this device survive the update; changes in this page alone would be lost.
  const safe = saving.changes === 0 || saving.storedIn === 'device'
  const take = () => void updates.apply(() => reloadBlockerOf(workspace) !== null)
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
  const t = useDeviceWords()
  const workspace = useWorkspace()
  const status = useMeeting((state) => state.connection.status)
  const isBusy = useMeeting(({ connection }) => connection.status === 'offline' && connection.busy === true)
  const carrier = useSyncExternalStore(workspace.link.subscribe, workspace.link.carrier)
  if (status === 'refused' || status === 'older') return <p>{t('carrier.ended')}</p>
  if (isBusy) return <p>{t('carrier.busy')}</p>
  return <p>{t(`carrier.${status === 'offline' || carrier === null ? 'none' : carrier}`)}</p>
}

function Device() {
  const t = useDeviceWords()
  const device = useMeeting((state) => state.device)
  const { storedIn } = { storedIn: 'device', ...useSaving() }
  const app = useOfflineCopy()
  const edits = useMeeting(mayEdit)
  const stored = app !== 'whole' ? (`device.${app}` as const) : edits ? 'device.stored' : 'device.storedRead'
  switch (device.status) {
    case 'opening':
      return <p>{t('device.opening')}</p>
    case 'storing':
    case 'stored':
      return (
        <>
          <p>{storedIn === 'unsure' ? t('device.storing') : t(stored)}</p>
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

/** Browsers may evict storage that is not marked as persistent. */
function Promised() {
  const t = useDeviceWords()
  const [storedIn, setKept] = useState<boolean | null>(null)
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
  if (storedIn === null) return null
  if (storedIn) return <p>{t('device.promised')}</p>
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
