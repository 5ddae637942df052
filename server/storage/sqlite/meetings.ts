import type { MeetingId } from '../../../shared/domain/agenda.ts'
import type { Meetings } from '../meetings.ts'
import type { Database } from './database.ts'
import { nextDocument } from './endings.ts'
import { insertInvitation } from './invitations.ts'

export function meetings({ run, one, all, transaction }: Database): Meetings {
  return {
    async createMeeting({ id, createdAt, documents, invitations }) {
      transaction(() => {
        run('INSERT INTO meetings VALUES (?, ?)', id, createdAt)
        for (const { name, epoch, base } of documents) {
          run(
            `INSERT INTO documents (key, meeting, name, epoch, base) VALUES (${nextDocument}, ?, ?, ?, ?)`,
            ...[id, name, epoch, base],
          )
        }
        run("INSERT INTO annals SELECT key, 0, base FROM documents WHERE meeting = ? AND name = 'agenda'", id)
        for (const { token, ...invitation } of invitations) insertInvitation(run, invitation, token)
      })
    },
    async meetings() {
      return all('SELECT id, created_at FROM meetings ORDER BY created_at, id').map((row) => ({
        id: row.id as MeetingId,
        createdAt: Number(row.created_at),
      }))
    },
    async hasMeeting(meeting) {
      return one('SELECT 1 FROM meetings WHERE id = ?', meeting) !== undefined
    },
  }
}
