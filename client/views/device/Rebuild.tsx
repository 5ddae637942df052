import { type ReactElement, useEffect, useId, useRef, useState } from 'react'
import controls from '../../styles/controls.module.css'
import { Part } from '../shell/Part.tsx'
import { useMeeting, useShell } from '../shell/shell.ts'
import { useDeviceWords } from './words.ts'

type Step = 'resting' | 'asking' | 'busy' | 'done' | 'unreachable' | { readonly refused: string }

/** Rebuilds an agenda that is full or slow from its visible content. It affects everybody, so this asks first. */
export function Rebuild(): ReactElement {
  const t = useDeviceWords()
  const { api } = useShell()
  const meeting = useMeeting((state) => state.membership.meeting)
  const live = useMeeting((state) => state.connection.status === 'live')
  const [step, setStep] = useState<Step>('resting')
  const reason = useId()
  const cancel = useRef<HTMLButtonElement>(null)
  const opening = useRef<HTMLButtonElement>(null)
  const said = useRef<HTMLDivElement>(null)
  const before = useRef(step)
  // Each step removes the button that was pressed; the focus would jump to the top of the sheet.
  useEffect(() => {
    if (step === before.current) return
    before.current = step
    const next = step === 'asking' ? cancel : step === 'resting' ? opening : said
    next.current?.focus()
  }, [step])
  const may = live && step !== 'busy'

  async function rebuild() {
    setStep('busy')
    const answer = await api.call('rebuild', { meeting })
    if (answer.status === 'ok') setStep('done')
    else setStep(answer.status === 'refused' ? { refused: answer.message } : 'unreachable')
  }

  return (
    <Part title={t('rebuild.title')}>
      <p>{t('rebuild.text')}</p>
      {step === 'asking' ? (
        <>
          <p role="alert" className={controls.bad}>
            {t('rebuild.ask')}
          </p>
          <div className={controls.row}>
            <button
              type="button"
              className={controls.button}
              aria-disabled={!may}
              aria-describedby={reason}
              onClick={() => may && void rebuild()}
            >
              {t('rebuild.yes')}
            </button>
            <button ref={cancel} type="button" className={controls.button} onClick={() => setStep('resting')}>
              {t('rebuild.no')}
            </button>
          </div>
        </>
      ) : (
        <p>
          <button
            ref={opening}
            type="button"
            className={controls.button}
            aria-disabled={!may}
            aria-describedby={reason}
            onClick={() => may && setStep('asking')}
          >
            {t('rebuild.open')}
          </button>
        </p>
      )}
      {!live && (step === 'resting' || step === 'asking') && (
        <p id={reason} className={controls.hint}>
          {t('rebuild.offline')}
        </p>
      )}
      <div ref={said} role="status" tabIndex={-1}>
        {step === 'busy' && <p>{t('rebuild.busy')}</p>}
        {step === 'done' && <p>{t('rebuild.done')}</p>}
        {step === 'unreachable' && <p className={controls.bad}>{t('rebuild.unreachable')}</p>}
        {typeof step === 'object' && <p className={controls.bad}>{t('rebuild.failed', { message: step.refused })}</p>}
      </div>
    </Part>
  )
}
