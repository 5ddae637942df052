import type { Label, Role, VersionId } from '../../../shared/api/terms.ts'
import type { MeetingId, PersonId, Side } from '../../../shared/domain/agenda.ts'
import type { Version, Versions } from '../versions.ts'
import type { Database, Row } from './database.ts'

/** The bytes of an agenda are stored with the first version that has them. Later ones of the same hash have none. */
const shared = new Uint8Array()

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
      const columns = 'id, meeting, number, label, name, at, person, person_name, role, side, hash'
      return all(`SELECT ${columns} FROM versions WHERE meeting = ? ORDER BY number DESC`, meeting).map(versionOf)
    },
    async version(meeting, id) {
      const row = one('SELECT * FROM versions WHERE meeting = ? AND id = ?', meeting, id)
      if (row === undefined) return null
      const version = versionOf(row)
      const sql = 'SELECT agenda FROM versions WHERE meeting = ? AND hash = ? AND length(agenda) > 0'
      const { agenda } = (row.agenda as Uint8Array).length > 0 ? row : (one(sql, meeting, version.hash) ?? row)
      return { version, agenda: agenda as Uint8Array }
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
