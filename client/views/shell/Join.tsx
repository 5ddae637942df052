import { type FormEvent, type ReactElement, Suspense, useEffect, useId, useRef, useState } from 'react'
import type { Answer, Membership } from '../../store/api.ts'
import controls from '../../styles/controls.module.css'
import { InvitationBox } from './InvitationBox.tsx'
import styles from './Join.module.css'
import { KeptUntil } from './lazy.ts'
import { Page } from './Page.tsx'
import { usePreferences, useShell, useWords } from './shell.ts'

type Attempt =
  | { readonly status: 'asking' }
  | { readonly status: 'nameless' }
  | { readonly status: 'entering' }
  | { readonly status: 'failed'; readonly reason: Reason; readonly message: string }

type Reason = 'unknown' | 'revoked' | 'unreachable' | 'tooMany' | 'failed'

/** From an invitation link into the meeting. Nothing is consumed before the person has given a name. */
export function Join({ token }: { token: string | null }): ReactElement {
  const t = useWords()
  const { api, session, preferences, router } = useShell()
  const remembered = usePreferences((one) => one.name)
  const [name, setName] = useState(remembered)
  const [attempt, setAttempt] = useState<Attempt>({ status: 'asking' })
  const input = useRef<HTMLInputElement>(null)
  const hint = useId()
  const [until, setUntil] = useState<string | null>(null)
  useEffect(() => {
    if (token === null) return
    void api.call('endingByLink', {}, { token }).then((answer) => {
      if (answer.status === 'ok') setUntil(answer.value.retainUntil)
    })
  }, [api, token])

  useEffect(() => {
    if (attempt.status === 'nameless') input.current?.focus()
  }, [attempt])

  if (token === null) {
    return (
      <Page title={t('join.title')}>
        <p>{t('join.noToken')}</p>
        <InvitationBox />
      </Page>
    )
  }

  async function enter(event: FormEvent) {
    event.preventDefault()
    const entered = name.trim()
    if (entered === '' || token === null) return setAttempt({ status: 'nameless' })
    preferences.setState({ name: entered })
    setAttempt({ status: 'entering' })
    const answer = await session.join(token, entered)
    if (answer.status !== 'ok') return setAttempt(failureOf(answer))
    router.replace({ type: 'outline', meeting: answer.value.meeting })
  }

  const failed = attempt.status === 'failed' ? attempt : null
  const problemLine = failed && (
    <div className={styles.failed}>
      <h2>{t(`join.${failed.reason}.title`)}</h2>
      <p>{t(`join.${failed.reason}.text`, { message: failed.message })}</p>
    </div>
  )
  // The same link would fail again, whatever the name; only another link helps.
  if (failed?.reason === 'revoked' || failed?.reason === 'unknown') {
    return (
      <Page title={t('join.title')}>
        <div role="alert">{problemLine}</div>
        <InvitationBox />
      </Page>
    )
  }
  return (
    <Page title={t('join.title')}>
      <p>{t('join.lead')}</p>
      {until !== null && (
        <Suspense>
          <KeptUntil date={until} />
        </Suspense>
      )}
      <form className={styles.form} onSubmit={enter} noValidate>
        <label className={controls.field}>
          <span className={controls.label}>{t('join.name')}</span>
          <input
            ref={input}
            className={controls.input}
            value={name}
            maxLength={80}
            autoComplete="name"
            // biome-ignore lint/a11y/noAutofocus: the page exists for this one field
            autoFocus
            required
            aria-describedby={hint}
            aria-invalid={attempt.status === 'nameless'}
            onChange={(event) => setName(event.target.value)}
          />
        </label>
        <p id={hint} className={attempt.status === 'nameless' ? controls.problem : controls.hint}>
          {attempt.status === 'nameless' ? t('join.nameMissing') : t('join.nameHint')}
        </p>
        <button type="submit" className={controls.primary} disabled={attempt.status === 'entering'}>
          {attempt.status === 'entering' ? t('join.entering') : failed ? t('join.again') : t('join.enter')}
        </button>
      </form>
      <div role="alert">{problemLine}</div>
    </Page>
  )
}

function failureOf(answer: Exclude<Answer<Membership>, { status: 'ok' }>): Attempt {
  if (answer.status === 'unreachable') return { status: 'failed', reason: 'unreachable', message: '' }
  return { status: 'failed', reason: reasonOf(answer.http, answer.code), message: answer.message }
}

function reasonOf(http: number, code: string): Reason {
  if (http === 429 && code === 'too-much') return 'tooMany'
  if (http === 410 || /revoked/i.test(code)) return 'revoked'
  if (http === 401 || http === 403 || http === 404) return 'unknown'
  return 'failed'
}
