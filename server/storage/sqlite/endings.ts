import type { MeetingId, PersonId } from '../../../shared/domain/agenda.ts'
import type { Endings } from '../endings.ts'
import type { Database } from './database.ts'

/** By which column the rows of a table belong to a meeting: the first that it has. */
const owners = [
  ['meeting', '?'],
  ['document', 'SELECT key FROM documents WHERE meeting = ?'],
  ['person', 'SELECT id FROM people WHERE meeting = ?'],
] as const

export function endings({ run, one, all, transaction, lapsed }: Database): Endings {
  /** Read from the database, so that a table that a later release adds is not forgotten. */
  const deletions = () => {
    const tables = new Map<string, string>()
    for (const [column, ids] of owners) {
      const found = all(
        `SELECT tables.name FROM sqlite_schema AS tables JOIN pragma_table_info(tables.name) AS columns
         WHERE tables.type = 'table' AND columns.name = ?`,
        column,
      )
      for (const { name } of found) {
        if (name !== 'deleted' && !tables.has(name as string)) {
          tables.set(name as string, `DELETE FROM ${name} WHERE ${column} IN (${ids})`)
        }
      }
    }
    // Those by which others are found go last.
    const last = ['people', 'documents']
    const rank = ([name]: readonly [string, string]) => last.indexOf(name)
    return [...tables].sort((a, b) => rank(a) - rank(b)).map(([, sql]) => sql)
  }
  return {
    async ending(meeting) {
      const until = one('SELECT until FROM retention WHERE meeting = ?', meeting)?.until as string | undefined
      const asked = one('SELECT person, at FROM deletion_requests WHERE meeting = ?', meeting)
      return {
        retainUntil: until ?? null,
        asked: asked === undefined ? null : { person: asked.person as PersonId, at: Number(asked.at) },
      }
    },
    async retained() {
      const rows = all('SELECT meeting, until FROM retention ORDER BY until, meeting')
      return rows.map(({ meeting, until }) => ({ meeting: meeting as MeetingId, until: until as string }))
    },
    async setRetention(meeting, until) {
      return transaction(() => {
        if (one('SELECT 1 FROM meetings WHERE id = ?', meeting) === undefined) return false
        if (until === null) run('DELETE FROM retention WHERE meeting = ?', meeting)
        else run('INSERT OR REPLACE INTO retention VALUES (?, ?)', meeting, until)
        return true
      })
    },
    async askDeletion(meeting, person, at) {
      run('INSERT INTO deletion_requests VALUES (?, ?, ?) ON CONFLICT DO NOTHING', meeting, person, at)
    },
    async withdrawDeletion(meeting) {
      run('DELETE FROM deletion_requests WHERE meeting = ?', meeting)
    },
    async deleteMeeting(meeting, at) {
      return transaction(() => {
        if (one('SELECT 1 FROM meetings WHERE id = ?', meeting) === undefined) return false
        lapsed()
        const last = Number(one('SELECT max(key) AS last FROM documents')?.last ?? 0)
        run('INSERT INTO deleted VALUES (?, ?, ?, 0)', meeting, at, last)
        for (const sql of deletions()) run(sql, meeting)
        run('DELETE FROM meetings WHERE id = ?', meeting)
        return true
      })
    },
    async wasDeleted(meeting) {
      return one('SELECT 1 FROM deleted WHERE meeting = ?', meeting) !== undefined
    },
    async wipe() {
      const due = all('SELECT meeting FROM deleted WHERE wiped = 0')
      if (due.length === 0) return
      run('VACUUM')
      // The write-ahead log still has what was written before.
      if (one('PRAGMA wal_checkpoint(TRUNCATE)')?.busy !== 0) throw new Error('another process is reading the data')
      for (const { meeting } of due) run('UPDATE deleted SET wiped = 1 WHERE meeting = ?', meeting as string)
    },
  }
}

/** The next key of a document. That of a deleted one is never another's: a server may still have edits for it. */
export const nextDocument =
  '(SELECT 1 + max((SELECT coalesce(max(key), 0) FROM documents), (SELECT coalesce(max(last_document), 0) FROM deleted)))'
