import type { ReactElement } from 'react'
import { InvitationBox } from './Home.tsx'
import { useKeepingWords } from './keeping.ts'
import { Page } from './Page.tsx'
import { Remains } from './Remains.tsx'
import { useDesk, useMeeting } from './shell.ts'

/** In place of a meeting that one may not open any more. The desk stays: what is in this tab alone must not go with the page. */
export function EndedPage(): ReactElement {
  const t = useKeepingWords()
  const desk = useDesk()
  const { meeting } = useMeeting((state) => state.membership)
  // A session that has lost its last meeting and one that has ended look alike to whoever comes back later.
  const revoked = useMeeting((state) => state.connection.status === 'refused' && state.connection.code === 4403)
  return (
    <Page title={t(revoked ? 'ended.revoked' : 'ended.signedOut')}>
      <p>{t(revoked ? 'ended.revokedText' : 'ended.signedOutText')}</p>
      <Remains meeting={meeting} desk={desk} hint={revoked ? null : t('ended.again')} />
      <InvitationBox />
    </Page>
  )
}
