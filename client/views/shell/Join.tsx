import { type FormEvent, type ReactElement, Suspense, useEffect, useRef, useState } from 'react'
import { type NameRefusal, nameRefusals, refuseName, tidyName } from '../../../shared/domain/name.ts'
import { speak } from '../../i18n/format.ts'
import type { Answer, Link } from '../../store/api.ts'
import controls from '../../styles/controls.module.css'
import styles from './Join.module.css'
import type { Reason } from './JoinAgain.tsx'
import { useJoiningWords } from './joining.ts'
import { CodePage, InvitationBox, JoinRefused, KeptUntil, TakenPage } from './lazy.ts'
import { NameField } from './NameField.tsx'
import { Page } from './Page.tsx'
import { useLanguage, usePreferences, useShell, useWords } from './shell.ts'

type Failure = Exclude<Answer<unknown>, { status: 'ok' }>

type Attempt =
  | { readonly status: 'asking' }
  | { readonly status: 'nameless' }
  | { readonly status: 'entering' }
  | { readonly status: 'taken'; readonly name: string }
  | { readonly status: 'failed'; readonly failure: Failure }

const asking: Attempt = { status: 'asking' }

/** From an invitation link, or a code of another device, into the meeting. Nothing is consumed before a press. */
export function Join({ token }: { token: string | null }): ReactElement {
  const t = useWords()
  const code = /^code-(.+)$/.exec(token ?? '')?.[1]
  if (token === null) {
    return (
      <Page title={t('join.title')}>
        <p>{t('join.noToken')}</p>
        <InvitationBox />
      </Page>
    )
  }
  return code === undefined ? <ByLink token={token} /> : <CodePage given={code} />
}

function ByLink({ token }: { token: string }) {
  const t = useWords()
  const words = useJoiningWords()
  const { api, session, preferences, router } = useShell()
  const remembered = usePreferences((one) => one.name)
  /** Null until the server has said what the link is; `unknown` when it cannot be asked. */
  const [link, setLink] = useState<Link | 'unknown' | null>(null)
  const [somebodyElse, setSomebodyElse] = useState(false)
  const [byCode, setByCode] = useState(false)
  const [name, setName] = useState(remembered)
  const [attempt, setAttempt] = useState<Attempt>(asking)
  const input = useRef<HTMLInputElement>(null)

  useEffect(() => {
    let gone = false
    void api.call('look', {}, { token }).then((answer) => {
      if (gone) return
      if (answer.status === 'ok') return setLink(answer.value)
      setLink('unknown')
      if (isForGood(answer)) setAttempt({ status: 'failed', failure: answer })
    })
    return () => {
      gone = true
    }
  }, [api, token])
  useEffect(() => {
    if (attempt.status === 'nameless') input.current?.focus()
  }, [attempt])

  async function enter(as: string, affiliation = '') {
    setAttempt({ status: 'entering' })
    const answer = await session.join(token, as, affiliation)
    if (answer.status === 'ok') return router.replace({ type: 'outline', meeting: answer.value.meeting })
    const taken = answer.status === 'refused' && answer.code === 'name-taken'
    setAttempt(taken ? { status: 'taken', name: as } : { status: 'failed', failure: answer })
  }
  function submit(event: FormEvent) {
    event.preventDefault()
    const entered = tidyName(name)
    if (entered === '') return setAttempt({ status: 'nameless' })
    if (refuseName(entered) !== null) return input.current?.focus()
    preferences.setState({ name: entered })
    void enter(entered)
  }

  const failure = attempt.status === 'failed' ? attempt.failure : null
  // The same link would fail again, whatever the name; only another link helps, or a code.
  if (failure !== null && isForGood(failure)) {
    return (
      <Page title={t('join.title')}>
        <Failed failure={failure} />
        <InvitationBox />
      </Page>
    )
  }
  if (link === null) {
    return (
      <Page title={t('join.title')}>
        <p role="status">{words('link.looking')}</p>
      </Page>
    )
  }
  if (attempt.status === 'taken') {
    return (
      <TakenPage
        name={attempt.name}
        enter={(affiliation) => enter(attempt.name, affiliation)}
        back={() => setAttempt(asking)}
      />
    )
  }
  const busy = attempt.status === 'entering'
  const known = link === 'unknown' ? null : link
  const meant = known?.personName ?? (known?.you?.same && !somebodyElse ? known.you.name : null)
  const open = busy ? t('join.entering') : failed(failure) ? t('join.again') : t('join.enter')
  if (byCode) return <CodePage back={() => setByCode(false)} />
  return (
    <Page title={t('join.title')}>
      {known !== null && <Invited link={known} />}
      {known?.retainUntil && (
        <Suspense>
          <KeptUntil date={known.retainUntil} />
        </Suspense>
      )}
      {meant === null ? (
        <>
          <p>{known?.you && !known.you.same ? words('link.changes', { name: known.you.name }) : t('join.lead')}</p>
          <form className={styles.form} onSubmit={submit} noValidate>
            <NameField
              input={input}
              label={t('join.name')}
              hint={t('join.nameHint')}
              missing={attempt.status === 'nameless' ? t('join.nameMissing') : null}
              refused={refusedName(failure)}
              value={name}
              change={(value) => {
                setName(value)
                if (!busy) setAttempt(asking)
              }}
              autoComplete="name"
            />
            <button type="submit" className={controls.primary} disabled={busy}>
              {open}
            </button>
          </form>
          <p>
            <button type="button" className={controls.link} onClick={() => setByCode(true)}>
              {words('link.haveCode')}
            </button>
          </p>
        </>
      ) : (
        <>
          <p>{words(known?.personName ? 'link.for' : 'link.you', { name: meant })}</p>
          <div className={controls.row}>
            <button type="button" className={controls.primary} disabled={busy} onClick={() => enter(meant)}>
              {known?.personName ? open : words('link.continue', { name: meant })}
            </button>
            {!known?.personName && (
              <button type="button" className={controls.button} onClick={() => setSomebodyElse(true)}>
                {words('link.else')}
              </button>
            )}
          </div>
        </>
      )}
      <div role="alert">{failed(failure) && failure && <Failed failure={failure} />}</div>
    </Page>
  )
}

/** What the link is an invitation to. */
function Invited({ link: { title, role, side } }: { link: Link }) {
  const t = useWords()
  const words = useJoiningWords()
  const language = useLanguage()
  const name = speak(title, language)?.text
  const as = language === 'zh' ? t(`role.${role}`) : t(`role.${role}`).toLowerCase()
  return (
    <div className={styles.invited}>
      {name && <p className={styles.meeting}>{name}</p>}
      <p className={controls.hint}>
        {side === null ? words('link.as', { role: as }) : words('link.asOf', { role: as, side: t(`side.${side}Long`) })}
      </p>
    </div>
  )
}

function Failed({ failure }: { failure: Failure }) {
  const t = useWords()
  if (failure.status === 'refused') return <JoinRefused reason={reasonOf(failure)} message={failure.message} />
  return (
    <div className={styles.failed}>
      <h2>{t('join.unreachable.title')}</h2>
      <p>{t('join.unreachable.text')}</p>
    </div>
  )
}

/** Why the server refuses the name, which the page would not have. */
function refusedName(failure: Failure | null): NameRefusal | null {
  return failure?.status === 'refused' ? (nameRefusals.find((one) => one === failure.code) ?? null) : null
}

/** Whether something has failed that is not about the name. */
function failed(failure: Failure | null): boolean {
  return failure !== null && refusedName(failure) === null
}

function isForGood(failure: Failure): boolean {
  return failure.status === 'refused' && ['unknown', 'revoked', 'limited'].includes(reasonOf(failure))
}

function reasonOf({ http, code }: Extract<Failure, { status: 'refused' }>): Reason {
  if (http === 429 && code === 'too-much') return 'tooMany'
  if (code === 'link-expired' || code === 'link-used-up' || code === 'removed') return 'limited'
  if (http === 410 || /revoked/i.test(code)) return 'revoked'
  if (http === 401 || http === 403 || http === 404) return 'unknown'
  return 'failed'
}
