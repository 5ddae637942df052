import type { CalendarId } from '../../../shared/api/terms.ts'
import type { MeetingId, PersonId, Side } from '../../../shared/domain/agenda.ts'
import type { Calendar, Calendars } from '../calendars.ts'
import type { Database, Row } from './database.ts'

export function calendars({ run, one, all }: Database): Calendars {
  return {
    async addCalendar({ id, meeting, person, language, lead, people, createdAt }, token) {
      run(
        'INSERT INTO calendars VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL)',
        ...[id, meeting, person, token, language, lead, Number(people), createdAt],
      )
    },
    async calendars(meeting, person) {
      const where = 'meeting = ? AND person = ? AND revoked_at IS NULL'
      return all(`SELECT * FROM calendars WHERE ${where} ORDER BY created_at, rowid`, meeting, person).map(calendarOf)
    },
    async calendarByToken(token) {
      const row = one(
        `SELECT calendars.*, coalesce(invitations.revoked_at, people.removed_at) AS maker_out_at FROM calendars
         JOIN people ON people.id = calendars.person JOIN invitations ON invitations.id = people.invitation
         WHERE calendars.token = ?`,
        token,
      )
      if (row === undefined) return null
      return { calendar: calendarOf(row), revoked: row.revoked_at !== null || row.maker_out_at !== null }
    },
    async revokeCalendar(meeting, person, id, at) {
      const sql = `UPDATE calendars SET revoked_at = ?
        WHERE id = ? AND meeting = ? AND person = ? AND revoked_at IS NULL`
      return run(sql, at, id, meeting, person).changes > 0
    },
    async revisions(meeting) {
      return (one('SELECT events FROM revisions WHERE meeting = ?', meeting)?.events as string | undefined) ?? null
    },
    async setRevisions(meeting, before, after) {
      const sql =
        before === null
          ? 'INSERT INTO revisions (events, meeting) VALUES (?, ?) ON CONFLICT DO NOTHING'
          : 'UPDATE revisions SET events = ? WHERE meeting = ? AND events = ?'
      return run(sql, after, meeting, ...(before === null ? [] : [before])).changes > 0
    },
  }
}

function calendarOf(row: Row): Calendar {
  return {
    id: row.id as CalendarId,
    meeting: row.meeting as MeetingId,
    person: row.person as PersonId,
    language: row.language as Calendar['language'],
    lead: row.lead as Side,
    people: row.people === 1,
    createdAt: Number(row.created_at),
  }
}
