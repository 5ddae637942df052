import type { InvitationId } from '../../../shared/api/terms.ts'
import type { MeetingId } from '../../../shared/domain/agenda.ts'
import type { Attendance, Usage } from '../usage.ts'
import type { Database, Row } from './database.ts'
import { stands } from './members.ts'

export function usage({ one, all }: Database): Usage {
  const of = `count(*) AS server, sum(people.meeting = ?) AS meeting, sum(people.invitation = ?) AS link
    FROM people JOIN invitations ON invitations.id = people.invitation`
  return {
    async logBytes() {
      const rows = all(
        `SELECT documents.meeting, people.invitation, sum(length(bytes)) AS bytes FROM updates
         JOIN documents ON documents.key = updates.document LEFT JOIN people ON people.id = updates.person
         GROUP BY documents.meeting, people.invitation`,
      )
      return rows.map(({ meeting, invitation, bytes }) => ({
        meeting: meeting as MeetingId,
        link: invitation as InvitationId | null,
        bytes: Number(bytes),
      }))
    },
    async versionBytes() {
      const rows = all('SELECT meeting, count(*) AS count, sum(length(agenda)) AS bytes FROM versions GROUP BY meeting')
      return rows.map(({ meeting, count, bytes }) => ({
        meeting: meeting as MeetingId,
        count: Number(count),
        bytes: Number(bytes),
      }))
    },
    async attendance(invitation, meeting) {
      return {
        people: attendanceOf(one(`SELECT ${of} WHERE ${stands}`, meeting, invitation)),
        sessions: attendanceOf(
          one(`SELECT ${of} JOIN memberships ON memberships.person = people.id WHERE ${stands}`, meeting, invitation),
        ),
      }
    },
  }
}

function attendanceOf(row: Row | undefined): Attendance {
  return { link: Number(row?.link ?? 0), meeting: Number(row?.meeting ?? 0), server: Number(row?.server ?? 0) }
}
