import type { Label, Role, VersionId } from '../../../shared/api/terms.ts'
import type { MeetingId, PersonId, Side } from '../../../shared/domain/agenda.ts'
import type { Version, Versions } from '../versions.ts'
import type { Database, Row } from './database.ts'

/** The bytes of an agenda are stored with the first version that has them. Later ones of the same hash have none. */
const shared = new Uint8Array()
/** The bytes of a version, own or shared. Null when they are lost. */
export const agendaOfVersion = `CASE WHEN length(agenda) > 0 THEN agenda ELSE (
  SELECT agenda FROM versions AS first
  WHERE first.meeting = versions.meeting AND first.hash = versions.hash AND length(first.agenda) > 0
) END`

const columns = 'id, meeting, number, label, name, at, person, person_name, role, side, hash'

export function versions({ run, one, all, transaction }: Database): Versions {
  const isStored = (meeting: MeetingId, hash: string) =>
    one('SELECT 1 FROM versions WHERE meeting = ? AND hash = ?', meeting, hash) !== undefined
  return {
    async addVersion(version, agenda) {
      return transaction(() => {
        const { id, meeting, label, name, at, person, personName, role, side, hash } = version
        const last = one('SELECT max(number) AS number FROM versions WHERE meeting = ?', meeting)
        const number = Number(last?.number ?? 0) + 1
        const bytes = isStored(meeting, hash) ? shared : agenda
        run(
          'INSERT INTO versions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
          ...[id, meeting, number, label, name, at, person, personName, role, side, hash, bytes],
        )
        return { ...version, number }
      })
    },
    async hasVersion(meeting, hash) {
      return isStored(meeting, hash)
    },
    async versions(meeting) {
      return all(`SELECT ${columns} FROM versions WHERE meeting = ? ORDER BY number DESC`, meeting).map(versionOf)
    },
    async version(meeting, id) {
      const sql = `SELECT ${columns}, ${agendaOfVersion} AS bytes FROM versions WHERE meeting = ? AND id = ?`
      const row = one(sql, meeting, id)
      return row === undefined ? null : { version: versionOf(row), agenda: row.bytes as Uint8Array }
    },
  }
}

function versionOf(row: Row): Version {
  return {
    id: row.id as VersionId,
    meeting: row.meeting as MeetingId,
    number: Number(row.number),
    label: row.label as Label,
    name: row.name as string,
    at: Number(row.at),
    person: row.person as PersonId,
    personName: row.person_name as string,
    role: row.role as Role,
    side: row.side as Side | null,
    hash: row.hash as string,
  }
}
