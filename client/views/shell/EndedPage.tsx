import { type ReactElement, useEffect, useState } from 'react'
import type { MeetingId } from '../../../shared/domain/agenda.ts'
import { forgetMeeting } from '../../store/devicedata.ts'
import { reasonOf } from '../../store/saving.ts'
import type { Workspace } from '../../store/workspace.ts'
import { DeviceData } from '../device/DeviceData.tsx'
import { useDeviceWords } from '../device/words.ts'
import { InvitationBox } from './InvitationBox.tsx'
import { Page } from './Page.tsx'
import { useSession, useShell, useWords } from './shell.ts'

interface EndedPageProps {
  meeting: MeetingId
  /** Still open: edits that only this tab has must not be lost with the page. */
  workspace: Workspace | null
}

/** Replaces a meeting that the person may no longer open. */
export function EndedPage({ meeting, workspace }: EndedPageProps): ReactElement {
  const t = useDeviceWords()
  const common = useWords()
  const { status, withdrawn } = useSession()
  const deleted = useDeleted(meeting, workspace)
  const revoked = withdrawn.includes(meeting)
  if (status === 'left') {
    return (
      <Page title={t('ended.signedOut')} interrupts>
        <p>{t('ended.leftText')}</p>
        <InvitationBox />
      </Page>
    )
  }
  if (deleted === null) return <p role="status">{common('meeting.loading')}</p>
  if (deleted) {
    return (
      <Page title={t('ended.deleted')} interrupts>
        <p>{t('ended.deletedText')}</p>
        <DeviceData meeting={meeting} workspace={workspace} deleted />
      </Page>
    )
  }
  return (
    <Page title={t(revoked ? 'ended.revoked' : 'ended.signedOut')} interrupts>
      <p>{t(revoked ? 'ended.revokedText' : 'ended.signedOutText')}</p>
      <DeviceData meeting={meeting} workspace={workspace} hint={revoked ? null : t('ended.again')} />
      <InvitationBox />
    </Page>
  )
}

/** Whether the meeting has been deleted. Null until the server has said so: nothing on this device is touched before. */
function useDeleted(meeting: MeetingId, workspace: Workspace | null): boolean | null {
  const { api } = useShell()
  const [deleted, setDeleted] = useState<boolean | null>(() => {
    const connection = workspace?.store.getState().connection
    return connection?.status === 'refused' && reasonOf(connection.code) === 'gone' ? true : null
  })
  useEffect(() => {
    let gone = false
    if (deleted === null) {
      void api.call('ending', { meeting }).then((answer) => {
        if (!gone) setDeleted(answer.status === 'refused' && answer.code === 'deleted')
      })
    }
    return () => {
      gone = true
    }
  }, [api, meeting, deleted])
  useEffect(() => {
    if (deleted) forgetMeeting(meeting)
  }, [meeting, deleted])
  return deleted
}
