import { type ReactElement, useState } from 'react'
import type { Invitation, InvitationSide, Role } from '../store/api.ts'
import controls from '../styles/controls.module.css'
import { Choice } from './Choice.tsx'
import { useGiven } from './given.ts'
import styles from './InviteDialog.module.css'
import { LinkOnce } from './LinkOnce.tsx'
import { Revoke } from './Revoke.tsx'
import sheet from './Sheet.module.css'
import { Sheet } from './Sheet.tsx'
import { SideMark } from './Side.tsx'
import { useLead, useMeeting, useShell, useWords } from './shell.ts'

const roles = ['delegate', 'organizer', 'observer'] as const

/** Links that let people in: made, copied once, and taken back. */
export function InviteDialog({ close }: { close: () => void }): ReactElement {
  const t = useWords()
  const lead = useLead()
  const { api } = useShell()
  const meeting = useMeeting((state) => state.membership.meeting)
  const [role, setRole] = useState<Role>('delegate')
  const [side, setSide] = useState<InvitationSide>(lead)
  const { list, made, busy, problem, make, revoke } = useGiven({
    async list() {
      const answer = await api.meeting(meeting)
      return answer.status === 'ok' ? { status: 'ok', value: answer.value.invitations ?? [] } : answer
    },
    make: () => api.invite(meeting, role, side),
    revoke: (id) => api.revoke(meeting, id),
    explain: (answer) =>
      answer.status === 'unreachable' ? t('invite.unreachable') : t('invite.failed', { message: answer.message }),
  })

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
        {list === null && problem === null && <p className={controls.hint}>{t('invite.loading')}</p>}
        {list?.length === 0 && <p className={controls.hint}>{t('invite.none')}</p>}
        {list !== null && (
          <ul className={styles.list}>
            {list.map((one) => (
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
