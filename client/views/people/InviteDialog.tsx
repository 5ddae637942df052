import { type ReactElement, useId, useState } from 'react'
import { refuseName, tidyName } from '../../../shared/domain/name.ts'
import { momentText } from '../../i18n/moment.ts'
import type { Invitation, Role } from '../../store/api.ts'
import controls from '../../styles/controls.module.css'
import { useDialogWords } from '../outline/dialogs.ts'
import { Choice } from '../shell/Choice.tsx'
import { useIssued } from '../shell/issued.ts'
import { useJoiningWords } from '../shell/joining.ts'
import { useMinute } from '../shell/now.ts'
import sheet from '../shell/Sheet.module.css'
import { Sheet } from '../shell/Sheet.tsx'
import { SideMark } from '../shell/Side.tsx'
import { useLanguage, useLead, useMeeting, useShell, useWords } from '../shell/shell.ts'
import styles from './InviteDialog.module.css'
import { useIdentityWords } from './identity.ts'
import { ExpiryChoice, isEntered, LimitsForm, type LinkLimits, limitsOf, noLimits, PeopleLimit } from './Limits.tsx'
import { LinkOnce } from './LinkOnce.tsx'
import { Revoke } from './Revoke.tsx'

const roles = ['delegate', 'organizer', 'observer'] as const
/** The most names on a line; the question before revoking has all of them. */
const mostNames = 5

/** Invitation links: created, copied once, and revoked. */
export function InviteDialog({ close }: { close: () => void }): ReactElement {
  const t = useWords()
  const words = useDialogWords()
  const own = useIdentityWords()
  const joining = useJoiningWords()
  const hint = useId()
  const lead = useLead()
  const { api } = useShell()
  const meeting = useMeeting((state) => state.membership.meeting)
  const [role, setRole] = useState<Role>('delegate')
  const mine = useMeeting((state) => state.membership.person.side)
  const [side, setSide] = useState<Invitation['side']>(mine ?? lead)
  const parties = lead === 'us' ? (['us', 'cn'] as const) : (['cn', 'us'] as const)
  // Without a side, an organizer would manage both.
  const open: Invitation['side'][] =
    mine === null ? [...parties, 'none'] : role === 'organizer' ? [mine] : [mine, 'none']
  const bound = open.includes(side) ? side : open[0]!
  const [forOne, setForOne] = useState(false)
  const [name, setName] = useState('')
  const [limits, setLimits] = useState(noLimits)
  const nameProblem = forOne ? refuseName(tidyName(name)) : null
  const [asked, setAsked] = useState(false)
  const wrongName = nameProblem !== null && (asked || name !== '')
  const { list, made, busy, problem, make, revoke, look } = useIssued({
    async list() {
      const answer = await api.call('meeting', { meeting })
      return answer.status === 'ok' ? { status: 'ok', value: answer.value.invitations?.toReversed() ?? [] } : answer
    },
    make: () => {
      const personName = forOne ? tidyName(name) : null
      return api.call(
        'invite',
        { meeting },
        { role, side: bound, personName, ...limitsOf(forOne ? { ...limits, most: '' } : limits) },
      )
    },
    revoke: (id) => api.call('revokeInvitation', { meeting, invitation: id }),
    explain: (answer) =>
      answer.status === 'unreachable'
        ? words('invite.unreachable')
        : words('invite.failed', { message: answer.message }),
  })

  return (
    <Sheet title={words('invite.title')} close={close} wide>
      <p>{words('invite.lead')}</p>
      {mine !== null && <p className={controls.hint}>{words('invite.ownSide')}</p>}
      <div className={styles.make}>
        <Choice
          look="boxed"
          label={words('invite.role')}
          value={role}
          options={roles}
          name={(one) => t(`role.${one}`)}
          choose={setRole}
        />
        <Choice
          look="boxed"
          label={words('invite.side')}
          value={bound}
          options={open}
          name={(one) => t(`side.${one}Long`)}
          choose={setSide}
        />
        <Choice
          look="boxed"
          label={own('limits.who')}
          value={forOne ? 'one' : 'several'}
          options={['several', 'one'] as const}
          name={(one) => own(`limits.${one}`)}
          choose={(one) => setForOne(one === 'one')}
        />
        {forOne ? (
          <label className={controls.field}>
            <span className={controls.label}>{own('limits.name')}</span>
            <input
              className={controls.input}
              value={name}
              maxLength={80}
              autoComplete="off"
              aria-invalid={wrongName}
              aria-describedby={hint}
              onChange={(event) => setName(event.target.value)}
            />
          </label>
        ) : (
          <PeopleLimit limits={limits} change={setLimits} />
        )}
        <ExpiryChoice limits={limits} change={setLimits} />
        <button
          type="button"
          className={controls.primary}
          aria-disabled={busy}
          onClick={() => {
            setAsked(forOne)
            if (nameProblem === null && (forOne || isEntered(limits))) void make()
          }}
        >
          {busy ? words('invite.creating') : words('invite.create')}
        </button>
        {forOne && (
          <p id={hint} className={wrongName ? controls.problem : controls.hint}>
            {wrongName && nameProblem !== null ? joining(`name.${nameProblem}`) : own('limits.nameHint')}
          </p>
        )}
        <p className={controls.hint}>{words(`invite.roleHint.${role}`)}</p>
      </div>
      {made && <LinkOnce key={made.id} label={words('invite.link')} link={made.link} hint={words('invite.once')} />}
      <p role="alert" className={controls.problem}>
        {problem}
      </p>
      <section className={sheet.part}>
        <h3>{words('invite.existing')}</h3>
        {list === null && problem === null && <p className={controls.hint}>{words('invite.loading')}</p>}
        {list?.length === 0 && <p className={controls.hint}>{words('invite.none')}</p>}
        {list !== null && (
          <ul className={styles.list}>
            {list.map((one) => (
              <IssuedLink
                key={one.id}
                invitation={one}
                revoked={one.revoked === true || one.revokedAt !== null}
                limit={async (limits) => {
                  const answer = await api.call('limitInvitation', { meeting, invitation: one.id }, limits)
                  if (answer.status === 'ok') await look()
                  return answer.status === 'ok'
                }}
                look={look}
                revoke={() => revoke(one.id)}
              />
            ))}
          </ul>
        )}
      </section>
    </Sheet>
  )
}

interface IssuedLinkProps {
  invitation: Invitation
  revoked: boolean
  look: () => Promise<void>
  revoke: () => Promise<void>
  /** False when it did not work. */
  limit: (limits: LinkLimits) => Promise<boolean>
}

function IssuedLink({ invitation, revoked, look, revoke, limit }: IssuedLinkProps) {
  const { side, role, createdAt, people, personName, expiresAt, mostPeople } = invitation
  const own = useIdentityWords()
  const [limiting, setLimiting] = useState(false)
  const t = useWords()
  const words = useDialogWords()
  const language = useLanguage()
  const me = useMeeting((state) => state.membership.person.id)
  const line = useId()
  const about = `${line}-side ${line}-role ${line}-told`
  const now = useMinute()
  const names = people.map(({ id, name }) => (id === me ? words('invite.you', { name }) : name))
  return (
    <li className={styles.given}>
      <span id={`${line}-side`}>{side === 'none' ? t('side.noneLong') : <SideMark side={side} />}</span>
      <span id={`${line}-role`}>{t(`role.${role}`)}</span>
      <span className={`${controls.hint} ${styles.told}`}>
        <span id={`${line}-told`}>
          {words('invite.made', { when: momentText(createdAt, Date.now(), language) })}
          {personName !== null && ` · ${own('limits.for', { name: personName })}`}
          {mostPeople !== null && ` · ${own('limits.most', { count: mostPeople })}`}
          {expiresAt !== null &&
            ` · ${own(expiresAt > now ? 'limits.until' : 'limits.expired', { when: momentText(expiresAt, now, language) })}`}
          {' · '}
          <Users names={names} revoked={revoked} />
        </span>
        {!revoked && (
          <>
            {' '}
            <button
              type="button"
              className={controls.link}
              aria-expanded={limiting}
              aria-describedby={about}
              onClick={() => setLimiting(!limiting)}
            >
              {own('limits.change')}
            </button>
          </>
        )}
      </span>
      {revoked ? (
        <span className={controls.hint}>{words('invite.revoked')}</span>
      ) : (
        <Revoke
          ask={
            people.some(({ id }) => id === me)
              ? words('invite.revokeOwn')
              : names.length === 0
                ? words('invite.revokeUnused')
                : words('invite.revokeAsk', { names: names.join(t('common.list')) })
          }
          of={about}
          asked={look}
          revoke={revoke}
        />
      )}
      {limiting && !revoked && (
        <LimitsForm
          limits={{ expiresAt, mostPeople }}
          personal={personName !== null}
          save={limit}
          close={() => setLimiting(false)}
        />
      )}
    </li>
  )
}

function Users({ names, revoked }: { names: readonly string[]; revoked: boolean }) {
  const t = useWords()
  const words = useDialogWords()
  if (names.length === 0) return words(revoked ? 'invite.neverUsed' : 'invite.unused')
  const shown = names.slice(0, mostNames).join(t('common.list'))
  const count = names.length - mostNames
  return count > 0 ? words('invite.byMore', { names: shown, count }) : words('invite.by', { names: shown })
}
