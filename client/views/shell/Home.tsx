import { type ReactElement, Suspense, useEffect, useState } from 'react'
import { leftHere } from '../../store/session.ts'
import controls from '../../styles/controls.module.css'
import styles from './Home.module.css'
import { InvitationBox } from './InvitationBox.tsx'
import { Link } from './Link.tsx'
import { Localized, OtherLanguage } from './Localized.tsx'
import { DeviceData, SignOutSheet } from './lazy.ts'
import { Page } from './Page.tsx'
import { SideMark } from './Side.tsx'
import { useSession, useShell, useWords } from './shell.ts'
import './homeWords.ts'

/** The meetings on this device, or how to join one. */
export function Home(): ReactElement {
  const t = useWords()
  const { session: keeper } = useShell()
  const session = useSession()
  const { status, memberships } = session
  const [leaving, setLeaving] = useState(false)
  useEffect(() => void keeper.refresh(), [keeper])

  const deviceData = leftHere(session) && (
    <Suspense fallback={null}>
      <DeviceData meeting={null} />
    </Suspense>
  )

  if (memberships.length === 0 && status === 'remembered') {
    return (
      <Page title={t('home.title')}>
        <p role="status">{t('home.loading')}</p>
      </Page>
    )
  }
  if (memberships.length === 0) {
    return (
      <Page title={t('home.none')}>
        {status === 'unreachable' && <p role="status">{t('join.unreachable.title')}</p>}
        <p>{t('home.noneText')}</p>
        <InvitationBox />
        {deviceData}
      </Page>
    )
  }
  return (
    <Page title={t('home.title')}>
      {status === 'unreachable' && <p role="status">{t('home.offline')}</p>}
      <ul className={styles.list}>
        {memberships.map(({ meeting, person, title }) => (
          <li key={meeting} className={styles.entry}>
            <Link to={{ type: 'outline', meeting }} className={styles.title}>
              <Localized value={title} empty={t('meeting.untitled')} />
            </Link>
            <OtherLanguage value={title} className={styles.too} />
            <span className={styles.as}>
              <SideMark side={person.side} />
              {t('home.joinedAs', { role: t(`role.${person.role}`), name: person.name })}
            </span>
          </li>
        ))}
      </ul>
      {session.mayCreate && (
        <p>
          <Link to={{ type: 'new' }} className={controls.button}>
            <span aria-hidden="true">+</span> {t('home.create')}
          </Link>
        </p>
      )}
      <InvitationBox />
      {deviceData}
      <p>
        <button type="button" className={controls.link} onClick={() => setLeaving(true)}>
          {t('home.leave')}
        </button>
      </p>
      {leaving && (
        <Suspense fallback={null}>
          <SignOutSheet close={() => setLeaving(false)} />
        </Suspense>
      )}
    </Page>
  )
}
