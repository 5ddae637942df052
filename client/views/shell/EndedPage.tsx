import type { ReactElement } from 'react'
import type { MeetingId } from '../../../shared/domain/agenda.ts'
import type { Desk } from '../../store/desk.ts'
import { useKeepingWords } from '../device/keeping.ts'
import { Remains } from '../device/Remains.tsx'
import { InvitationBox } from './Home.tsx'
import { Page } from './Page.tsx'
import { useSession } from './shell.ts'

interface EndedPageProps {
  meeting: MeetingId
  /** Still open: edits that only this tab has must not be lost with the page. */
  desk: Desk | null
}

/** Replaces a meeting that the person may no longer open. */
export function EndedPage({ meeting, desk }: EndedPageProps): ReactElement {
  const t = useKeepingWords()
  const { status, withdrawn } = useSession()
  const revoked = withdrawn.includes(meeting)
  if (status === 'left') {
    return (
      <Page title={t('ended.signedOut')}>
        <p>{t('ended.leftText')}</p>
        <InvitationBox />
      </Page>
    )
  }
  return (
    <Page title={t(revoked ? 'ended.revoked' : 'ended.signedOut')}>
      <p>{t(revoked ? 'ended.revokedText' : 'ended.signedOutText')}</p>
      <Remains meeting={meeting} desk={desk} hint={revoked ? null : t('ended.again')} />
      <InvitationBox />
    </Page>
  )
}
