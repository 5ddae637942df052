import { type ReactElement, useEffect, useRef, useState } from 'react'
import controls from '../styles/controls.module.css'
import { useKeepingWords } from './keeping.ts'
import { Part } from './Part.tsx'
import { useMeeting, useShell } from './shell.ts'

type Step = 'resting' | 'asking' | 'busy' | 'done' | 'unreachable' | { readonly refused: string }

/** An agenda that is full or slow is made anew from what it shows. It is everybody's, so this asks first. */
export function Rebuild(): ReactElement {
  const t = useKeepingWords()
  const { api } = useShell()
  const meeting = useMeeting((state) => state.membership.meeting)
  const [step, setStep] = useState<Step>('resting')
  const cancel = useRef<HTMLButtonElement>(null)
  useEffect(() => {
    if (step === 'asking') cancel.current?.focus()
  }, [step])

  async function rebuild() {
    setStep('busy')
    const answer = await api.rebuild(meeting)
    if (answer.status === 'ok') setStep('done')
    else setStep(answer.status === 'refused' ? { refused: answer.message } : 'unreachable')
  }

  return (
    <Part title={t('rebuild.title')}>
      <p>{t('rebuild.text')}</p>
      {step === 'asking' ? (
        <div role="alert">
          <p className={controls.bad}>{t('rebuild.ask')}</p>
          <div className={controls.row}>
            <button type="button" className={controls.button} onClick={rebuild}>
              {t('rebuild.yes')}
            </button>
            <button ref={cancel} type="button" className={controls.button} onClick={() => setStep('resting')}>
              {t('rebuild.no')}
            </button>
          </div>
        </div>
      ) : (
        <p>
          <button
            type="button"
            className={controls.button}
            aria-disabled={step === 'busy'}
            onClick={() => step !== 'busy' && setStep('asking')}
          >
            {t('rebuild.open')}
          </button>
        </p>
      )}
      <div role="status">
        {step === 'busy' && <p>{t('rebuild.busy')}</p>}
        {step === 'done' && <p>{t('rebuild.done')}</p>}
        {step === 'unreachable' && <p className={controls.bad}>{t('rebuild.unreachable')}</p>}
        {typeof step === 'object' && <p className={controls.bad}>{t('rebuild.failed', { message: step.refused })}</p>}
      </div>
    </Part>
  )
}
