import { type ReactElement, useEffect, useId, useState } from 'react'
import { momentText } from '../../i18n/moment.ts'
import type { MeetingPerson } from '../../store/api.ts'
import controls from '../../styles/controls.module.css'
import { useMinute } from '../shell/now.ts'
import { Sheet } from '../shell/Sheet.tsx'
import { SideMark } from '../shell/Side.tsx'
import { useLanguage, useMeeting, usePreferences, useShell, useWords } from '../shell/shell.ts'
import { Ask } from './Ask.tsx'
import { useIdentityWords } from './identity.ts'
import styles from './JoinedSheet.module.css'
import { markJoined } from './joined.ts'
import { usePeople } from './people.ts'
import { SessionList } from './SessionList.tsx'
import { ShownCode } from './ShownCode.tsx'

/** For organizers: who has joined, by which link and on which devices; newest first. */
export function JoinedSheet({ close }: { close: () => void }): ReactElement {
  const words = useIdentityWords()
  const { api, preferences } = useShell()
  const membership = useMeeting((state) => state.membership)
  const { meeting, person: me } = membership
  // What was new when this was opened stays marked until it is closed.
  const seenUntil = usePreferences((one) => one.joined[meeting])
  const [before] = useState(seenUntil)
  const { people, problem, made, used, makeCode, endSession, remove } = usePeople()
  const [links, setLinks] = useState<ReadonlyMap<string, number>>(new Map())
  useEffect(() => {
    void api.call('meeting', { meeting }).then((answer) => {
      if (answer.status === 'ok') setLinks(new Map(answer.value.invitations?.map((one) => [one.id, one.createdAt])))
    })
  }, [api, meeting])
  useEffect(() => {
    if (people !== null) markJoined(preferences, meeting, people)
  }, [preferences, meeting, people])
  return (
    <Sheet title={words('joined.title')} close={close} wide>
      <p>{words(me.side === null ? 'joined.leadAll' : 'joined.lead')}</p>
      {problem !== null && (
        <p role="alert" className={controls.problem}>
          {problem}
        </p>
      )}
      {people === null && problem === null && <p className={controls.hint}>{words('devices.loading')}</p>}
      <ul className={styles.list}>
        {people?.toReversed().map((one) => (
          <Person
            key={one.id}
            person={one}
            linkOf={links.get(one.invitation)}
            own={one.id === me.id}
            isNew={before !== undefined && one.joinedAt > before && one.id !== me.id}
            end={endSession}
            remove={() => remove(one.id)}
            makeCode={() => makeCode(one.id)}
          >
            {made?.person === one.id && <ShownCode key={made.code.code} made={made.code} name={one.name} used={used} />}
          </Person>
        ))}
      </ul>
    </Sheet>
  )
}

interface PersonProps {
  person: MeetingPerson
  /** When the link by which they have come was made. */
  linkOf: number | undefined
  own: boolean
  isNew: boolean
  end: (id: string) => void
  remove: () => void
  makeCode: () => void
  children: ReactElement | false | undefined
}

function Person({ person, linkOf, own, isNew, end, remove, makeCode, children }: PersonProps) {
  const { name, side, role, joinedAt, removedAt, sessions } = person
  const t = useWords()
  const words = useIdentityWords()
  const language = useLanguage()
  const now = useMinute()
  const id = useId()
  const when = (at: number) => momentText(at, now, language)
  return (
    <li className={styles.person} data-removed={removedAt !== null || undefined}>
      <p id={id} className={styles.name}>
        {side && <SideMark side={side} />} <span>{own ? words('joined.you', { name }) : name}</span>{' '}
        <span className={controls.hint}>{t(`role.${role}`)}</span>
        {isNew && <strong className={styles.new}>{words('joined.new')}</strong>}
      </p>
      <p className={controls.hint}>
        {removedAt === null
          ? words('joined.when', { when: when(joinedAt) })
          : words('joined.removed', { when: when(removedAt) })}
        {linkOf !== undefined && ` · ${words('joined.byLink', { when: when(linkOf) })}`}
      </p>
      {removedAt === null && sessions.length > 0 && (
        <details>
          <summary aria-describedby={id}>{words('joined.devices', { count: sessions.length })}</summary>
          <SessionList sessions={sessions} end={end} />
        </details>
      )}
      {!own && (
        <div className={styles.acts}>
          <button type="button" className={controls.link} aria-describedby={id} onClick={makeCode}>
            {words(removedAt === null ? 'joined.code' : 'joined.back')}
          </button>
          {removedAt === null && (
            <Ask
              word={words('joined.remove')}
              ask={words('joined.removeAsk', { name })}
              yes={words('joined.removeYes')}
              no={words('joined.removeNo')}
              act={remove}
              of={id}
            />
          )}
        </div>
      )}
      {children}
    </li>
  )
}
