import type { Language, PersonId } from '../../../shared/domain/agenda.ts'
import type { Attribution, Mark, MarkKind, Unattributed } from '../attribution.ts'
import type { RowKey } from '../documents.ts'
import type { Database, Row } from './database.ts'

export function attribution({ run, one, all, prepare, transaction, snapshot }: Database): Attribution {
  return {
    async unattributed(meeting, most) {
      const progress = one(
        `SELECT document, turn, length(state) AS size FROM annals JOIN documents ON documents.key = annals.document
         WHERE meeting = ?`,
        meeting,
      )
      if (progress === undefined) return null
      const rows: Unattributed[] = []
      let bytes = 0
      const found = prepare(
        'SELECT row, person, at, bytes FROM updates WHERE document = ? AND told = 0 ORDER BY row LIMIT ?',
      ).iterate(progress.document as number, Number(progress.size) > most.size ? 0 : most.rows)
      for (const { row, person, at, bytes: update } of found) {
        rows.push({
          row: Number(row) as RowKey,
          person: person as PersonId,
          at: Number(at),
          bytes: update as Uint8Array,
        })
        bytes += (update as Uint8Array).length
        if (bytes >= most.bytes) break
      }
      return { turn: Number(progress.turn), size: Number(progress.size), rows }
    },
    async attributed(meeting) {
      // Without it, an `attribute` by another process between the two reads would show rows twice or not at all.
      return snapshot(() => {
        const row = one(
          'SELECT document, state FROM annals JOIN documents ON documents.key = annals.document WHERE meeting = ?',
          meeting,
        )
        if (row === undefined) return null
        const sql = 'SELECT bytes FROM updates WHERE document = ? AND told = 2 ORDER BY row'
        const since = all(sql, row.document as number).map(({ bytes }) => bytes as Uint8Array)
        return { state: row.state as Uint8Array, since }
      })
    },
    async attribute(meeting, turn, { state, rows, marks, most }) {
      return transaction(() => {
        const found = one(`SELECT key FROM documents WHERE meeting = ? AND name = 'agenda'`, meeting)
        // The meeting has been deleted.
        if (found === undefined) return false
        const document = found.key as number
        const moved = run(
          'UPDATE annals SET turn = turn + 1, state = coalesce(?, state) WHERE document = ? AND turn = ?',
          ...[state, document, turn],
        )
        if (moved.changes === 0) return false
        const done = state === null ? 2 : 1
        for (const row of rows) run('UPDATE updates SET told = ? WHERE row = ? AND document = ?', done, row, document)
        if (state !== null) run('UPDATE updates SET told = 1 WHERE document = ? AND told = 2', document)
        for (const { at, by, kind, id, field, language } of marks) {
          run(
            `INSERT INTO marks VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
             at = excluded.at, turn = excluded.turn`,
            ...[document, by, kind, id ?? '', field, language ?? '', at, turn + 1],
          )
        }
        for (const person of new Set(marks.map(({ by }) => by))) {
          const beyond = one(
            'SELECT turn FROM marks WHERE document = ? AND person = ? ORDER BY turn DESC LIMIT 1 OFFSET ?',
            ...[document, person, most],
          )
          if (beyond === undefined) continue
          const last = beyond.turn as number
          run('DELETE FROM marks WHERE document = ? AND person = ? AND turn <= ?', document, person, last)
        }
        return true
      })
    },
    async marks(meeting, turn, most) {
      const rows = all(
        `SELECT marks.* FROM marks JOIN documents ON documents.key = marks.document
         WHERE documents.meeting = ? AND turn > ? ORDER BY turn DESC, at DESC LIMIT ?`,
        ...[meeting, turn, most],
      )
      return rows.map(markOf)
    },
  }
}

function markOf(row: Row): Mark {
  return {
    at: Number(row.at),
    by: row.person as PersonId,
    kind: row.kind as MarkKind,
    id: row.id === '' ? null : (row.id as string),
    field: row.field as string,
    language: row.language === '' ? null : (row.language as Language),
  }
}
