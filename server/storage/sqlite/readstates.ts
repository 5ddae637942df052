import type { ReadStates } from '../readstates.ts'
import type { Database } from './database.ts'

export function readStates({ run, one, all, transaction }: Database): ReadStates {
  return {
    async seen(meeting, person) {
      const row = one(
        'SELECT at, turn, digest, agenda FROM seen NATURAL JOIN baselines WHERE meeting = ? AND person = ?',
        ...[meeting, person],
      )
      if (row === undefined) return null
      return {
        at: Number(row.at),
        turn: Number(row.turn),
        digest: row.digest as string,
        agenda: row.agenda as Uint8Array,
      }
    },
    async setSeen(meeting, person, { at, turn, digest, agenda }, first = false) {
      transaction(() => {
        const conflict = first
          ? 'DO NOTHING'
          : 'DO UPDATE SET at = excluded.at, turn = excluded.turn, digest = excluded.digest'
        const { changes } = run(
          `INSERT INTO seen VALUES (?, ?, ?, ?, ?) ON CONFLICT ${conflict}`,
          ...[meeting, person, at, turn, digest],
        )
        if (changes === 0) return
        run('INSERT INTO baselines VALUES (?, ?, ?) ON CONFLICT DO NOTHING', meeting, digest, agenda)
        run(
          'DELETE FROM baselines WHERE meeting = ?1 AND digest NOT IN (SELECT digest FROM seen WHERE meeting = ?1)',
          meeting,
        )
        run('DELETE FROM items_read WHERE meeting = ? AND person = ?', meeting, person)
      })
    },
    async itemsRead(meeting, person) {
      const rows = all(
        'SELECT item, digest FROM items_read WHERE meeting = ? AND person = ? ORDER BY key',
        meeting,
        person,
      )
      return new Map(rows.map(({ item, digest }) => [item as string, digest as string]))
    },
    async addItemsRead(meeting, person, items, most) {
      transaction(() => {
        for (const [item, digest] of items) {
          run(
            'INSERT OR REPLACE INTO items_read (meeting, person, item, digest) VALUES (?, ?, ?, ?)',
            ...[meeting, person, item, digest],
          )
        }
        run(
          `DELETE FROM items_read WHERE meeting = ?1 AND person = ?2 AND key <= (
             SELECT key FROM items_read WHERE meeting = ?1 AND person = ?2 ORDER BY key DESC LIMIT 1 OFFSET ?3)`,
          ...[meeting, person, most],
        )
      })
    },
  }
}
