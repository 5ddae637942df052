import type { InvitationId, Role } from '../../../shared/api/terms.ts'
import type { MeetingId, Side } from '../../../shared/domain/agenda.ts'
import type { Invitation, Invitations, UsedInvitation } from '../invitations.ts'
import type { SecretHash } from '../members.ts'
import type { Database, Row } from './database.ts'

export function invitations({ run, one, all, lapsed }: Database): Invitations {
  return {
    async addInvitation(invitation, token) {
      insertInvitation(run, invitation, token)
    },
    async invitation(id) {
      return invitationOf(one('SELECT * FROM invitations WHERE id = ?', id))
    },
    async invitationByToken(token) {
      return invitationOf(one('SELECT * FROM invitations WHERE token = ?', token))
    },
    async invitations(meeting) {
      const rows = all(
        `SELECT *, (
           SELECT json_group_array(json_object('person', id, 'name', name) ORDER BY created_at, rowid) FROM people
           WHERE invitation = invitations.id AND removed_at IS NULL
         ) AS people FROM invitations WHERE meeting = ? ORDER BY created_at, rowid`,
        meeting,
      )
      return rows.map((row) => ({
        ...(invitationOf(row) as Invitation),
        people: JSON.parse(row.people as string) as UsedInvitation['people'],
      }))
    },
    async limitInvitation(id, { expiresAt, mostPeople }) {
      const sql = 'UPDATE invitations SET expires_at = ?, most_people = ? WHERE id = ?'
      return run(sql, expiresAt, mostPeople, id).changes > 0
    },
    async revokeInvitation(id, at) {
      lapsed()
      return run('UPDATE invitations SET revoked_at = coalesce(revoked_at, ?) WHERE id = ?', at, id).changes > 0
    },
  }
}

export function insertInvitation(run: Database['run'], invitation: Invitation, token: SecretHash): void {
  const { id, meeting, role, side, createdAt, revokedAt, personName, expiresAt, mostPeople } = invitation
  run(
    'INSERT INTO invitations VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
    ...[id, meeting, role, side, token, createdAt, revokedAt, personName, expiresAt, mostPeople],
  )
}

function invitationOf(row: Row | undefined): Invitation | null {
  if (row === undefined) return null
  return {
    id: row.id as InvitationId,
    meeting: row.meeting as MeetingId,
    role: row.role as Role,
    side: row.side as Side | null,
    createdAt: Number(row.created_at),
    revokedAt: numberOf(row.revoked_at),
    personName: row.person_name as string | null,
    expiresAt: numberOf(row.expires_at),
    mostPeople: numberOf(row.most_people),
  }
}

function numberOf(value: Row[string]): number | null {
  return value === null ? null : Number(value)
}
