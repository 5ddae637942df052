import type { ReactElement } from 'react'
import type { MeetingId } from '../../../shared/domain/agenda.ts'
import type { Workspace } from '../../store/workspace.ts'
import { DeviceData } from '../device/DeviceData.tsx'
import { useDeviceWords } from '../device/words.ts'
import { InvitationBox } from './InvitationBox.tsx'
import { Page } from './Page.tsx'
import { useSession } from './shell.ts'

interface EndedPageProps {
  meeting: MeetingId
  /** Still open: edits that only this tab has must not be lost with the page. */
  workspace: Workspace | null
}

/** Replaces a meeting that the person may no longer open. */
export function EndedPage({ meeting, workspace }: EndedPageProps): ReactElement {
  const t = useDeviceWords()
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
      <DeviceData meeting={meeting} workspace={workspace} hint={revoked ? null : t('ended.again')} />
      <InvitationBox />
    </Page>
  )
}
