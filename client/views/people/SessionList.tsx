import { type ReactElement, useId } from 'react'
import { momentOf, momentText } from '../../i18n/moment.ts'
import type { MeetingSession } from '../../store/api.ts'
import controls from '../../styles/controls.module.css'
import { useMinute } from '../shell/now.ts'
import { useLanguage } from '../shell/shell.ts'
import { Ask } from './Ask.tsx'
import { useIdentityWords } from './identity.ts'
import styles from './SessionList.module.css'

/** Where somebody is signed in to the meeting. Each can be ended, but the one that this page is. */
export function SessionList({
  sessions,
  end,
}: {
  sessions: readonly MeetingSession[]
  end: (id: string) => void
}): ReactElement {
  return (
    <ul className={styles.list}>
      {sessions.map((one) => (
        <Line key={one.id} session={one} end={() => end(one.id)} />
      ))}
    </ul>
  )
}

function Line({ session: { way, at, usedOn, present }, end }: { session: MeetingSession; end: () => void }) {
  const words = useIdentityWords()
  const language = useLanguage()
  const now = useMinute()
  const id = useId()
  // The server says the day by its own clock, at midnight UTC; noon is that day in most places.
  const last = momentOf(usedOn + 12 * 3600_000, now, language)
  const day = last.whole.replace(/[,，]? \d\d:\d\d$/, '')
  const used = now - usedOn < 24 * 3600_000 ? words('devices.usedToday') : words('devices.used', { day })
  return (
    <li className={styles.line}>
      <span id={id}>
        {present && <strong>{words('devices.present')} · </strong>}
        {words(`devices.${way}`, { when: momentText(at, now, language) })}
        <span className={controls.hint}> · {used}</span>
      </span>
      {!present && (
        <Ask
          word={words('devices.end')}
          ask={words('devices.endAsk')}
          yes={words('devices.endYes')}
          no={words('devices.endNo')}
          act={end}
          of={id}
        />
      )}
    </li>
  )
}
