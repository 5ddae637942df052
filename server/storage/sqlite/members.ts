import type { InvitationId, Role } from '../../../shared/api/terms.ts'
import type { MeetingId, PersonId, Side } from '../../../shared/domain/agenda.ts'
import type { Member, Members } from '../members.ts'
import type { Database, Row } from './database.ts'

const memberOf = `
  SELECT people.meeting, people.id AS person, people.name, people.invitation, invitations.role, invitations.side
  FROM people JOIN invitations ON invitations.id = people.invitation`

export function members({ run, one, all, transaction, lapsed, stamp }: Database): Members {
  return {
    async enter({ session, invitation, name, nameKey, person, at }) {
      return transaction(() => {
        run(
          `INSERT INTO people SELECT ?, meeting, id, ?, ?, ? FROM invitations WHERE id = ?
           ON CONFLICT (invitation, name_key) DO NOTHING`,
          ...[person, name, nameKey, at, invitation],
        )
        const row = one(`${memberOf} WHERE people.invitation = ? AND people.name_key = ?`, invitation, nameKey)
        if (row === undefined) throw new Error(`no invitation ${invitation}`)
        const member = memberOfRow(row)
        // It may have been in the meeting with other rights.
        lapsed()
        run(
          'INSERT INTO memberships VALUES (?, ?, ?, ?) ON CONFLICT (session, meeting) DO UPDATE SET person = excluded.person',
          ...[session, member.meeting, member.person, at],
        )
        return member
      })
    },
    async memberships(session) {
      const rows = all(
        `${memberOf} JOIN memberships ON memberships.person = people.id
         WHERE memberships.session = ? AND invitations.revoked_at IS NULL ORDER BY memberships.at, people.meeting`,
        session,
      )
      return rows.map(memberOfRow)
    },
    async withdrawn(session) {
      const rows = all(
        `SELECT memberships.meeting FROM memberships JOIN people ON people.id = memberships.person
         JOIN invitations ON invitations.id = people.invitation
         WHERE memberships.session = ? AND invitations.revoked_at IS NOT NULL`,
        session,
      )
      return rows.map(({ meeting }) => meeting as MeetingId)
    },
    async endSession(session) {
      lapsed()
      run('DELETE FROM memberships WHERE session = ?', session)
    },
    async members(meeting, people) {
      return people.flatMap((person) => {
        const row = one(`${memberOf} WHERE people.id = ? AND people.meeting = ?`, person, meeting)
        return row === undefined ? [] : [memberOfRow(row)]
      })
    },
    async lapsed(pairs) {
      return pairs.filter(({ session, person }) => {
        const held = one(
          `SELECT 1 FROM people JOIN memberships ON memberships.meeting = people.meeting
           JOIN invitations ON invitations.id = people.invitation
           JOIN people AS present ON present.id = memberships.person
           JOIN invitations AS present_by ON present_by.id = present.invitation
           WHERE memberships.session = ? AND people.id = ? AND invitations.revoked_at IS NULL
             AND present_by.role = invitations.role AND present_by.side IS invitations.side`,
          ...[session, person],
        )
        return held === undefined
      })
    },
    async stamp() {
      return stamp()
    },
  }
}

function memberOfRow(row: Row): Member {
  return {
    meeting: row.meeting as MeetingId,
    person: row.person as PersonId,
    name: row.name as string,
    role: row.role as Role,
    side: row.side as Side | null,
    invitation: row.invitation as InvitationId,
  }
}
