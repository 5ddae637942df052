import { type ReactElement, useEffect, useState } from 'react'
import type { Answer, Invitation, InvitationSide, NewInvitation, Role } from '../store/api.ts'
import controls from '../styles/controls.module.css'
import { Choice } from './Choice.tsx'
import styles from './InviteDialog.module.css'
import { LinkOnce } from './LinkOnce.tsx'
import { Revoke } from './Revoke.tsx'
import sheet from './Sheet.module.css'
import { Sheet } from './Sheet.tsx'
import { SideMark } from './Side.tsx'
import { useLead, useMeeting, useShell, useWords } from './shell.ts'

const roles = ['delegate', 'organizer', 'observer'] as const

type Known = { readonly status: 'loading' } | { readonly status: 'known'; readonly list: readonly Invitation[] }

/** Links that let people in: made, copied once, and taken back. */
export function InviteDialog({ close }: { close: () => void }): ReactElement {
  const t = useWords()
  const lead = useLead()
  const { api } = useShell()
  const meeting = useMeeting((state) => state.membership.meeting)
  const [known, setKnown] = useState<Known>({ status: 'loading' })
  const [role, setRole] = useState<Role>('delegate')
  const [side, setSide] = useState<InvitationSide>(lead)
  const [made, setMade] = useState<NewInvitation | null>(null)
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)

  function tellProblem(answer: Exclude<Answer<unknown>, { status: 'ok' }>) {
    setProblem(
      answer.status === 'unreachable' ? t('invite.unreachable') : t('invite.failed', { message: answer.message }),
    )
  }
  // biome-ignore lint/correctness/useExhaustiveDependencies: asked once when the dialog opens
  useEffect(() => {
    let gone = false
    void api.meeting(meeting).then((answer) => {
      if (gone) return
      if (answer.status === 'ok') setKnown({ status: 'known', list: answer.value.invitations ?? [] })
      else tellProblem(answer)
    })
    return () => {
      gone = true
    }
  }, [api, meeting])

  async function make() {
    if (busy) return
    setBusy(true)
    setProblem(null)
    const answer = await api.invite(meeting, role, side)
    setBusy(false)
    if (answer.status !== 'ok') return tellProblem(answer)
    setMade(answer.value)
    setKnown((before) => ({ status: 'known', list: [answer.value, ...(before.status === 'known' ? before.list : [])] }))
  }
  async function revoke(id: string) {
    setProblem(null)
    const answer = await api.revoke(meeting, id)
    if (answer.status !== 'ok') return tellProblem(answer)
    if (made?.id === id) setMade(null)
    setKnown((before) =>
      before.status === 'known'
        ? { status: 'known', list: before.list.map((one) => (one.id === id ? { ...one, revoked: true } : one)) }
        : before,
    )
  }

  return (
    <Sheet title={t('invite.title')} close={close} wide>
      <p>{t('invite.lead')}</p>
      <div className={styles.make}>
        <Choice
          look="boxed"
          label={t('invite.role')}
          value={role}
          options={roles}
          name={(one) => t(`role.${one}`)}
          choose={setRole}
        />
        <Choice
          look="boxed"
          label={t('invite.side')}
          value={side}
          options={lead === 'us' ? (['us', 'cn', 'none'] as const) : (['cn', 'us', 'none'] as const)}
          name={(one) => t(`side.${one}Long`)}
          choose={setSide}
        />
        <button type="button" className={controls.primary} aria-disabled={busy} onClick={make}>
          {busy ? t('invite.creating') : t('invite.create')}
        </button>
        <p className={controls.hint}>{t(`invite.roleHint.${role}`)}</p>
      </div>
      {made && <LinkOnce key={made.id} label={t('invite.link')} link={made.link} hint={t('invite.once')} />}
      <p role="alert" className={controls.problem}>
        {problem}
      </p>
      <section className={sheet.part}>
        <h3>{t('invite.existing')}</h3>
        {known.status === 'loading' && problem === null && <p className={controls.hint}>{t('invite.loading')}</p>}
        {known.status === 'known' && known.list.length === 0 && <p className={controls.hint}>{t('invite.none')}</p>}
        {known.status === 'known' && (
          <ul className={styles.list}>
            {known.list.map((one) => (
              <Given key={one.id} invitation={one} revoke={() => revoke(one.id)} />
            ))}
          </ul>
        )}
      </section>
    </Sheet>
  )
}

function Given({ invitation, revoke }: { invitation: Invitation; revoke: () => Promise<void> }) {
  const t = useWords()
  return (
    <li className={styles.given}>
      <span className={styles.side}>
        {invitation.side === 'none' ? t('side.noneLong') : <SideMark side={invitation.side} />}
      </span>
      <span className={styles.role}>{t(`role.${invitation.role}`)}</span>
      {invitation.revoked ? (
        <span className={controls.hint}>{t('invite.revoked')}</span>
      ) : (
        <Revoke ask={t('invite.revokeAsk')} revoke={revoke} />
      )}
    </li>
  )
}
