import type { PersonId } from '../../../shared/domain/agenda.ts'
import { clockOf } from '../../../shared/wire/extent.ts'
import { inspect, storedLimits } from '../../../shared/wire/inspect.ts'
import { emptyUpdate, merge } from '../../../shared/wire/merge.ts'
import { type DocumentKey, type Documents, nobody, type RowKey } from '../documents.ts'
import type { Database } from './database.ts'

export function documents({ run, one, all, prepare, transaction, snapshot }: Database): Documents {
  return {
    async load(meeting, name) {
      // Without it, a fold by another process between the two reads would show an update twice or not at all.
      return snapshot(() => {
        const row = one('SELECT * FROM documents WHERE meeting = ? AND name = ?', meeting, name)
        if (row === undefined) return null
        const tail = all(
          'SELECT row, bytes FROM updates WHERE document = ? AND folded = 0 ORDER BY row',
          row.key as number,
        )
        return {
          key: Number(row.key) as DocumentKey,
          epoch: Number(row.epoch),
          lineage: Number(row.lineage),
          former: row.former as Uint8Array,
          base: row.base as Uint8Array,
          tail: tail.map((update) => ({ row: Number(update.row) as RowKey, bytes: update.bytes as Uint8Array })),
        }
      })
    },
    async recover(meeting, name) {
      return transaction(() => {
        const row = one('SELECT key, base FROM documents WHERE meeting = ? AND name = ?', meeting, name)
        if (row === undefined) return 'sound'
        const key = row.key as number
        const state = one('SELECT state FROM annals WHERE document = ?', key)?.state as Uint8Array | undefined
        const log = all('SELECT folded, told, bytes FROM updates WHERE document = ? ORDER BY row', key).map(
          (update) => ({
            bytes: update.bytes as Uint8Array,
            inBase: update.folded === 1,
            inState: update.told === 1 && state !== undefined,
            isSound: isSound(update.bytes as Uint8Array),
          }),
        )
        if (isSound(row.base as Uint8Array) && log.every((update) => update.inBase || update.isSound)) return 'sound'
        // An agenda begins with what its state had first; any other document begins empty.
        const began = state ?? (name === 'agenda' ? null : emptyUpdate)
        if (began === null || !isSound(began)) return 'lost'
        if (!log.every((update) => update.isSound || update.inState)) return 'lost'
        const base = merge([began, ...log.flatMap((update) => (update.isSound ? [update.bytes] : []))])
        if (!isWhole(base)) return 'lost'
        run('UPDATE documents SET base = ? WHERE key = ?', base, key)
        run('UPDATE updates SET folded = 1 WHERE document = ?', key)
        return 'rebuilt'
      })
    },
    async state(meeting, name) {
      const found = one(
        'SELECT key, row FROM documents LEFT JOIN latest ON document = key WHERE meeting = ? AND name = ?',
        ...[meeting, name],
      )
      return found === undefined ? null : `${found.key} ${found.row ?? 0}`
    },
    async begin(meeting, name, epoch) {
      run(
        `INSERT INTO documents (meeting, name, epoch, base)
         SELECT id, ?, ?, ? FROM meetings WHERE id = ? ON CONFLICT DO NOTHING`,
        ...[name, epoch, emptyUpdate, meeting],
      )
    },
    async owners(document) {
      const rows = all('SELECT client, person FROM owners WHERE document = ?', document)
      return new Map(rows.map(({ client, person }) => [Number(client), person as PersonId]))
    },
    async append(edits) {
      const insert = prepare(
        'INSERT INTO updates (document, person, session, at, bytes, told) VALUES (?, ?, ?, ?, ?, 0)',
      )
      const own = prepare('INSERT INTO owners VALUES (?, ?, ?) ON CONFLICT DO NOTHING')
      return transaction(() =>
        edits.map(({ document, person, session, at, bytes, claims }) => {
          for (const client of claims ?? []) own.run(document, client, person)
          return Number(insert.run(document, person, session, at, bytes).lastInsertRowid) as RowKey
        }),
      )
    },
    async fold(document, base, rows) {
      transaction(() => {
        run('UPDATE documents SET base = ? WHERE key = ?', base, document)
        for (const row of rows) run('UPDATE updates SET folded = 1 WHERE row = ? AND document = ?', row, document)
      })
    },

    async raise(document, from, to, update) {
      return transaction(() => {
        const raised = run('UPDATE documents SET epoch = ? WHERE key = ? AND epoch = ?', to, document, from)
        if (raised.changes === 0) return false
        if (update !== null) {
          run(
            `INSERT INTO updates (document, person, session, at, bytes, told) VALUES (?, ?, '', ?, ?, 0)`,
            ...[document, nobody, update.at, update.bytes],
          )
        }
        return true
      })
    },

    async rebuild(document, rows, { epoch, base, former }) {
      return transaction(() => {
        const found = one(`SELECT meeting, lineage FROM documents WHERE key = ? AND name = 'agenda'`, document)
        const known = new Set<number>(rows)
        const tail = all('SELECT row FROM updates WHERE document = ? AND folded = 0', document)
        if (found === undefined || !tail.every(({ row }) => known.has(Number(row)))) return false
        const lineage = Number(found.lineage)
        run('UPDATE documents SET name = ? WHERE key = ?', `agenda of lineage ${lineage}`, document)
        const made = run(
          `INSERT INTO documents (meeting, name, epoch, base, lineage, former) VALUES (?, 'agenda', ?, ?, ?, ?)`,
          ...[found.meeting as string, epoch, base, lineage + 1, former],
        )
        const next = Number(made.lastInsertRowid)
        run('UPDATE annals SET document = ?, turn = turn + 1, state = ? WHERE document = ?', next, base, document)
        run('UPDATE updates SET told = 1 WHERE document = ?', document)
        run('UPDATE marks SET document = ? WHERE document = ?', next, document)
        return true
      })
    },
  }
}

function isSound(update: Uint8Array): boolean {
  return inspect(update, storedLimits) !== null
}

/** Whether everything that is referred to is there: no update in between is missing. */
export function isWhole(update: Uint8Array): boolean {
  const seen = inspect(update, storedLimits)
  if (seen === null) return false
  for (const ranges of seen.structs.values()) if (ranges.length !== 2 || ranges[0] !== 0) return false
  for (let at = 0; at < seen.references.length; at += 2) {
    const [client, clock] = [seen.references[at] as number, seen.references[at + 1] as number]
    if (clock >= clockOf(seen.structs, client)) return false
  }
  return true
}
