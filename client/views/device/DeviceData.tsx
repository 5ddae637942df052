import { type ReactElement, useEffect, useRef, useState } from 'react'
import type { MeetingId, PersonId } from '../../../shared/domain/agenda.ts'
import { type Remainder, remainders } from '../../store/devicedata.ts'
import type { Workspace } from '../../store/workspace.ts'
import controls from '../../styles/controls.module.css'
import { Localized } from '../shell/Localized.tsx'
import { saveFile } from '../shell/saveFile.ts'
import { useShell, useWords } from '../shell/shell.ts'
import styles from './DeviceData.module.css'
import { useDeviceWords } from './words.ts'

interface DeviceDataProps {
  /** Null for every meeting that nobody is signed in to here. */
  meeting: MeetingId | null
  /** Still open, possibly with edits that exist nowhere else. */
  workspace?: Workspace | null
  /** What else can be done about the remaining copies. */
  hint?: string | null
  /** The meeting has been deleted: what is cleared here is nowhere any more. */
  deleted?: boolean
}

type Found =
  | { readonly status: 'looking' }
  /** `cleared`: copies that the server holds completely were removed at once. */
  | { readonly status: 'found'; readonly list: readonly Remainder[]; readonly cleared: boolean }

/** Copies of meetings that this person can no longer open: removed when nothing is lost, else offered. */
export function DeviceData({
  meeting,
  workspace = null,
  hint = null,
  deleted = false,
}: DeviceDataProps): ReactElement | null {
  const t = useDeviceWords()
  const { session } = useShell()
  const [found, setFound] = useState<Found>({ status: 'looking' })
  useEffect(() => {
    let gone = false
    void look().then((one) => gone || setFound(one))
    return () => {
      gone = true
    }
    async function look(): Promise<Found> {
      const { memberships } = session.store.getState()
      const mine = (owner: PersonId) => memberships.some((member) => owner === member.person.id)
      const stray = await remainders(memberships, workspace, (copy) => {
        return (meeting ?? copy.meeting) === copy.meeting && !mine(copy.person)
      })
      const list: Remainder[] = []
      for (const one of stray) {
        const edits = one.edits === 0 ? await one.count() : one.edits
        const removed = edits === 0 && (await removedOf(one))
        if (!removed) list.push({ ...one, edits })
      }
      return { status: 'found', list, cleared: list.length < stray.length }
    }
  }, [session, meeting, workspace])

  if (found.status === 'looking') return <p role="status">{t('leave.counting')}</p>
  const { list, cleared } = found
  const rows = (
    <RemainderList list={list} removed={(one) => setFound({ ...found, list: list.filter((kept) => kept !== one) })} />
  )
  return (
    <div className={styles.deviceData}>
      {cleared && list.length === 0 && <p role="status">{t(deleted ? 'ended.deletedCleared' : 'remains.cleared')}</p>}
      {list.length > 0 && (
        <>
          {workspace === null && <h2 className={styles.head}>{t('remains.home')}</h2>}
          {list.some((one) => one.onlyInTab) && <p className={controls.bad}>{t('remains.keepOpen')}</p>}
          {hint !== null && <p>{hint}</p>}
          {rows}
          <p className={controls.hint}>{t(deleted ? 'ended.deletedSave' : 'remains.text')}</p>
        </>
      )}
    </div>
  )
}

async function removedOf(one: Remainder): Promise<boolean> {
  try {
    await one.remove()
    return true
  } catch {
    return false
  }
}

interface ListProps {
  list: readonly Remainder[]
  saved?: (one: Remainder) => void
  /** Set where they can be removed one by one. */
  removed?: (one: Remainder) => void
  /** Set where they can be merged into the open agenda. */
  bring?: (one: Remainder) => void
}

export function RemainderList({ list, saved, removed, bring }: ListProps): ReactElement {
  return (
    <ul className={styles.list}>
      {list.map((one) => (
        <Entry
          key={one.key}
          one={one}
          {...(saved ? { saved: () => saved(one) } : {})}
          {...(removed ? { removed: () => removed(one) } : {})}
          {...(bring && one.edits !== null ? { bring: () => bring(one) } : {})}
        />
      ))}
    </ul>
  )
}

type Step = 'resting' | 'saved' | 'failed' | 'asking' | 'stuck'

interface EntryProps {
  one: Remainder
  saved?: () => void
  removed?: () => void
  bring?: () => void
}

function Entry({ one, saved, removed, bring }: EntryProps) {
  const t = useDeviceWords()
  const words = useWords()
  const [step, setStep] = useState<Step>('resting')
  const [kept, setKept] = useState(false)
  const asked = useRef<HTMLButtonElement>(null)
  useEffect(() => {
    if (step === 'asking') asked.current?.focus()
  }, [step])
  const { edits } = one

  async function save() {
    try {
      saveFile(await one.backup())
      setKept(true)
      setStep('saved')
      saved?.()
    } catch (error) {
      console.error('No backup could be made', error)
      setStep('failed')
    }
  }
  async function remove(sure: boolean) {
    if (!sure && !kept && edits !== 0) return setStep('asking')
    if (await removedOf(one)) removed?.()
    else setStep('stuck')
  }

  return (
    <li className={styles.entry}>
      <div className={styles.what}>
        {one.title ? (
          <Localized value={one.title} empty={words('meeting.untitled')} />
        ) : (
          <span>{t('remains.untitled')}</span>
        )}
        <span className={styles.facts}>
          {[
            one.name,
            one.former && t('remains.former'),
            edits === null
              ? t('remains.unknown')
              : edits === 0
                ? t('remains.none')
                : t('remains.edits', { count: edits }),
            one.onlyInTab && edits !== 0 && t('remains.onlyTab'),
          ]
            .filter(Boolean)
            .join(' · ')}
        </span>
      </div>
      {edits !== 0 && step !== 'asking' && (
        <div className={styles.actions}>
          {bring && (
            <button type="button" className={controls.button} onClick={bring}>
              {t('remains.bring')}
            </button>
          )}
          <button type="button" className={controls.button} onClick={save}>
            {t('remains.save')}
          </button>
          {removed && (
            <button type="button" className={controls.button} onClick={() => remove(false)}>
              {t('remains.remove')}
            </button>
          )}
        </div>
      )}
      {edits === 0 && removed && (
        <div className={styles.actions}>
          <button type="button" className={controls.button} onClick={() => remove(true)}>
            {t('remains.remove')}
          </button>
        </div>
      )}
      {step === 'asking' && (
        <div className={styles.asking} role="alert">
          <p className={controls.bad}>
            {edits === null ? t('remains.askUnknown') : t('remains.ask', { count: edits })}
          </p>
          <div className={styles.actions}>
            <button type="button" className={controls.button} onClick={save}>
              {t('remains.save')}
            </button>
            <button type="button" className={controls.button} onClick={() => remove(true)}>
              {t('remains.yes')}
            </button>
            <button ref={asked} type="button" className={controls.button} onClick={() => setStep('resting')}>
              {t('remains.no')}
            </button>
          </div>
        </div>
      )}
      <p role="status" className={step === 'saved' ? controls.hint : controls.problem}>
        {step === 'saved' && t('remains.saved')}
        {step === 'failed' && t('remains.failed')}
        {step === 'stuck' && t('remains.stuck')}
      </p>
    </li>
  )
}
