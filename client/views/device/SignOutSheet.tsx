import { type ReactElement, useContext, useEffect, useRef, useState } from 'react'
import { clearDevice, type Remainder, remainders, type SignedOut, signOut } from '../../store/devicedata.ts'
import controls from '../../styles/controls.module.css'
import { Sheet } from '../shell/Sheet.tsx'
import { useShell, useWords, WorkspaceContext } from '../shell/shell.ts'
import { RemainderList } from './DeviceData.tsx'
import styles from './SignOutSheet.module.css'
import { useDeviceWords } from './words.ts'

type Step =
  | { readonly status: 'counting' }
  | { readonly status: 'asking' }
  | { readonly status: 'working' }
  | Exclude<SignedOut, { status: 'done' }>

/** Shows what would be lost before this device is cleared, and offers to save it. */
export function SignOutSheet({ close }: { close: () => void }): ReactElement {
  const t = useDeviceWords()
  const common = useWords()
  const { session, preferences, router } = useShell()
  const workspace = useContext(WorkspaceContext)
  const [held, setHeld] = useState<readonly Remainder[]>([])
  const [saved, setSaved] = useState<ReadonlySet<string>>(new Set())
  const [step, setStep] = useState<Step>({ status: 'counting' })
  const shown = useRef(true)
  /** Whether the session has ended while this page does not know it yet. */
  const ended = useRef(false)
  useEffect(() => {
    let gone = false
    shown.current = true
    void remainders(session.store.getState().memberships, workspace).then((list) => {
      if (gone) return
      setHeld(list)
      setStep({ status: 'asking' })
    })
    return () => {
      gone = true
      shown.current = false
      if (ended.current) session.forget()
    }
  }, [session, workspace])

  async function leave(anyway: boolean) {
    const cleared = step.status === 'left'
    setStep({ status: 'working' })
    const outcome = cleared ? await clearDevice(held, storage()) : await signOut(session, held, storage(), anyway)
    ended.current = outcome.status === 'left'
    if (outcome.status === 'done' || (ended.current && !shown.current)) go()
    else setStep(outcome)
  }
  /** The session has ended, whatever is left here: the open meeting can no longer be used. */
  function go() {
    ended.current = false
    // The next user of this browser must not see this person's name.
    preferences.setState({ name: '' })
    router.go({ type: 'home' })
    session.forget()
    close()
  }
  function putAway() {
    if (step.status === 'left') go()
    else if (step.status !== 'working') close()
  }

  const unsent = held.filter((one) => one.edits !== 0)
  const unsaved = unsent.filter((one) => !saved.has(one.key))
  const count = unsaved.reduce((sum, one) => sum + (one.edits ?? 0), 0)
  const unknown = unsaved.some((one) => one.edits === null)
  const anyway = step.status === 'unreachable'
  const words = () => {
    if (anyway) return count > 0 ? t('leave.anywayLose', { count }) : t('leave.anyway')
    return count > 0 ? t('leave.goLose', { count }) : unknown ? t('leave.goUnknown') : t('leave.go')
  }
  return (
    <Sheet title={t('leave.title')} close={putAway} wide={unsent.length > 0}>
      {step.status === 'counting' ? (
        <p role="status">{t('leave.counting')}</p>
      ) : (
        <>
          <p>{unsent.length === 0 ? t('leave.safe') : t('leave.lose')}</p>
          {unsent.length > 0 && (
            <RemainderList list={unsent} saved={(one) => setSaved((before) => new Set([...before, one.key]))} />
          )}
          <div role="alert">
            {step.status === 'unreachable' && <p className={styles.told}>{t('leave.unreachable')}</p>}
            {step.status === 'refused' && (
              <p className={controls.bad}>{t('leave.refused', { message: step.message })}</p>
            )}
            {step.status === 'left' && <p className={controls.bad}>{t('leave.left', { name: step.name })}</p>}
          </div>
          <div className={controls.row}>
            {step.status === 'unreachable' && (
              <button type="button" className={controls.primary} onClick={() => leave(false)}>
                {t('leave.again')}
              </button>
            )}
            <button
              type="button"
              className={unsaved.length > 0 || anyway ? controls.button : controls.primary}
              aria-disabled={step.status === 'working'}
              onClick={() => step.status !== 'working' && leave(anyway)}
            >
              {step.status === 'working' ? t('leave.working') : words()}
            </button>
            <button
              type="button"
              className={controls.button}
              aria-disabled={step.status === 'working'}
              onClick={putAway}
            >
              {step.status === 'left' ? common('common.close') : t('leave.stay')}
            </button>
          </div>
        </>
      )}
    </Sheet>
  )
}

/** A browser that forbids storage throws on any access to it. */
function storage(): Storage | null {
  try {
    return window.localStorage
  } catch {
    return null
  }
}
