import { type FormEvent, type ReactElement, type ReactNode, useId, useRef, useState } from 'react'
import { refuseName, tidyName } from '../../../shared/domain/name.ts'
import controls from '../../styles/controls.module.css'
import { useIdentityWords } from '../people/identity.ts'
import styles from './Join.module.css'
import { NameField } from './NameField.tsx'
import { Page } from './Page.tsx'
import { useShell, useWords } from './shell.ts'

interface TakenPageProps {
  name: string
  enter: (affiliation: string) => void
  back: () => void
}

/** The name is somebody's: either the same person on another device, or a namesake. */
export function TakenPage({ name, enter, back }: TakenPageProps): ReactElement {
  const t = useWords()
  const words = useIdentityWords()
  const [affiliation, setAffiliation] = useState('')
  const [missing, setMissing] = useState(false)
  const field = useRef<HTMLInputElement>(null)
  const part = (title: string, text: string, children: ReactNode) => (
    <section className={styles.either}>
      <h2>{title}</h2>
      <p>{text}</p>
      {children}
    </section>
  )
  return (
    <Page title={words('taken.title')}>
      <p role="alert">{words('taken.lead', { name })}</p>
      {part(words('taken.me'), words('taken.meText'), <CodeForm focused />)}
      {part(
        words('taken.other'),
        words('taken.otherText'),
        <form
          className={styles.form}
          noValidate
          onSubmit={(event) => {
            event.preventDefault()
            const entered = tidyName(affiliation)
            if (entered !== '' && refuseName(entered) === null) return enter(entered)
            setMissing(entered === '')
            field.current?.focus()
          }}
        >
          <NameField
            label={words('taken.affiliation')}
            hint={words('taken.example')}
            value={affiliation}
            missing={missing ? words('taken.missing') : null}
            input={field}
            change={(value) => {
              setAffiliation(value)
              setMissing(false)
            }}
            autoComplete="organization"
            focused={false}
          />
          <button type="submit" className={controls.button}>
            {t('join.enter')}
          </button>
        </form>,
      )}
      <p>
        <button type="button" className={controls.link} onClick={back}>
          {words('taken.back')}
        </button>
      </p>
    </Page>
  )
}

/** `given`: in the QR code of another device. */
export function CodePage({ given = '', back }: { given?: string; back?: () => void }): ReactElement {
  const words = useIdentityWords()
  return (
    <Page title={words('code.title')}>
      <p>{words('code.text')}</p>
      <CodeForm given={given} focused={given === ''} />
      {back && (
        <p>
          <button type="button" className={controls.link} onClick={back}>
            {words('code.back')}
          </button>
        </p>
      )}
    </Page>
  )
}

function CodeForm({ given = '', focused = false }: { given?: string; focused?: boolean }) {
  const t = useWords()
  const words = useIdentityWords()
  const { session, router } = useShell()
  const id = useId()
  const [code, setCode] = useState(given)
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)
  async function use(event: FormEvent) {
    event.preventDefault()
    if (code.trim() === '') return setProblem(words('code.missing'))
    setBusy(true)
    const answer = await session.joinByCode(code)
    setBusy(false)
    if (answer.status === 'ok') return router.replace({ type: 'outline', meeting: answer.value.meeting })
    if (answer.status === 'unreachable') return setProblem(t('join.unreachable.title'))
    setProblem(answer.code === 'no-code' ? words('code.wrong') : answer.message)
  }
  return (
    <form className={styles.form} onSubmit={use} noValidate>
      <label className={controls.field}>
        <span className={controls.label}>{words('code.label')}</span>
        <input
          className={`${controls.input} ${styles.code}`}
          value={code}
          maxLength={20}
          autoComplete="one-time-code"
          autoCapitalize="characters"
          spellCheck={false}
          // biome-ignore lint/a11y/noAutofocus: the first thing that this page asks for
          autoFocus={focused}
          aria-describedby={id}
          aria-invalid={problem !== null}
          onChange={(event) => {
            setCode(event.target.value)
            setProblem(null)
          }}
        />
      </label>
      <p
        id={id}
        role={problem === null ? undefined : 'alert'}
        className={problem === null ? controls.hint : controls.problem}
      >
        {problem ?? words('code.hint')}
      </p>
      <button type="submit" className={given === '' ? controls.button : controls.primary} disabled={busy}>
        {busy ? t('join.entering') : words('code.use')}
      </button>
    </form>
  )
}

/** `limited`: the link lets in nobody more, which the server says in full. */
export type Reason = 'unknown' | 'revoked' | 'tooMany' | 'failed' | 'limited'

/** Why the server lets nobody in. */
export function JoinRefused({ reason, message }: { reason: Reason; message: string }): ReactElement {
  const words = useIdentityWords()
  return (
    <div className={styles.failed} role="alert">
      <h2>{words(`refused.${reason === 'limited' ? 'unknown' : reason}.title`)}</h2>
      <p>{reason === 'limited' ? message : words(`refused.${reason}.text`, { message })}</p>
    </div>
  )
}
