import { isDeepStrictEqual } from 'node:util'
import * as Y from 'yjs'
import { openReader, readAgenda } from '../../shared/document/read.ts'
import { itemFragment } from '../../shared/document/schema.ts'
import { seed } from '../../shared/document/seed.ts'
import { write } from '../../shared/document/write.ts'
import {
  type Agenda,
  allItems,
  type Item,
  type ItemId,
  type ItemText,
  itemTexts,
  languages,
} from '../../shared/domain/agenda.ts'
import type { Command } from '../../shared/domain/command.ts'
import { large, seeded } from '../support/agenda.ts'
import { median, quantile } from './figures.ts'
import type { Report } from './report.ts'

const size = 500
const keystrokes = 2000
const moves = 200
/** A full reading is timed after each so many keystrokes, so that both see the same document and the same machine. */
const peerEvery = 20

/** What one keystroke, and one move, costs a client that shows a large agenda. */
export async function reading(): Promise<Report> {
  const doc = new Y.Doc()
  Y.applyUpdate(doc, seed(large(size)))
  const reader = openReader(doc)
  const random = seeded(1)
  const pick = <T>(row: readonly T[]): T => row[Math.floor(random() * row.length)]!
  const wrong: string[] = []

  let before = reader.snapshot().agenda
  const ids = allItems(before).map(({ id }) => id)
  const typed: number[] = []
  const read: number[] = []
  const full: number[] = []
  const changed: number[] = []
  for (let count = 1; count <= keystrokes; count += 1) {
    const id = pick(ids)
    const text = textOf(doc, id, pick(itemTexts), pick(languages))
    const place = Math.floor(random() * (text.length + 1))
    const start = performance.now()
    doc.transact(() => text.insert(place, pick(letters)), 'typing')
    const middle = performance.now()
    const after = reader.snapshot().agenda
    const end = performance.now()
    typed.push(middle - start)
    read.push(end - middle)
    const others = changes(before, after)
    changed.push(others.length)
    if (others.length !== 1 || others[0] !== id)
      wrong.push(`a keystroke in ${id} changed ${others.join(', ') || 'nothing'}`)
    before = after
    if (count % peerEvery === 0) {
      const begun = performance.now()
      const fresh = readAgenda(doc)
      full.push(performance.now() - begun)
      if (!isDeepStrictEqual(fresh, after))
        wrong.push(`after ${count} keystrokes the snapshot is not what the document holds`)
    }
  }

  const moved: number[] = []
  const rearranged: number[] = []
  for (let count = 1; count <= moves; count += 1) {
    const day = pick(before.days)
    const id = pick(ids)
    const after = pick([null, ...day.items.map((item) => item.id).filter((other) => other !== id)])
    const command: Command = { type: 'move-items', ids: [id], place: { day: day.id, after } }
    const start = performance.now()
    write(doc, command, random)
    const middle = performance.now()
    const next = reader.snapshot().agenda
    moved.push(performance.now() - start)
    rearranged.push(performance.now() - middle)
    if (changes(before, next).length > 1) wrong.push(`moving ${id} changed other items`)
    before = next
  }
  if (!isDeepStrictEqual(readAgenda(doc), before))
    wrong.push('after the moves the snapshot is not what the document holds')

  const row = (name: string, values: readonly number[], more: string) => [
    name,
    median(values).toFixed(3),
    quantile(values, 0.99).toFixed(3),
    String(values.length),
    more,
  ]
  return {
    tables: [
      {
        title: `Reading an agenda of ${size} items`,
        columns: ['', 'median ms', 'p99 ms', 'times', 'items changed'],
        rows: [
          row('snapshot() after a keystroke', read, `${Math.min(...changed)}-${Math.max(...changed)}`),
          row('the keystroke itself', typed, ''),
          row('readAgenda() from the start', full, 'all'),
          row('a move: write() and snapshot()', moved, ''),
          row('  of this snapshot()', rearranged, ''),
        ],
      },
    ],
    notes: [
      `snapshot() after a keystroke: aim 1 ms or less at the median; ${(median(full) / median(read)).toFixed(0)} times as fast as reading everything.`,
    ],
    wrong: wrong.slice(0, 10),
  }
}

const letters = [...'abcdefghijklmnopqrstuvwxyz 议程安全测试']

function textOf(doc: Y.Doc, id: ItemId, text: ItemText, language: 'en' | 'zh'): Y.XmlText {
  const paragraph = itemFragment(doc, id, text, language)?.get(0)
  if (!(paragraph instanceof Y.XmlElement)) throw new Error(`${id} has no ${text} in ${language}`)
  for (const child of paragraph.toArray()) if (child instanceof Y.XmlText) return child
  const fresh = new Y.XmlText()
  paragraph.insert(0, [fresh])
  return fresh
}

/** The ids of the items that are not the same object as before. */
function changes(before: Agenda, after: Agenda): ItemId[] {
  const known = new Set<Item>(allItems(before))
  return allItems(after)
    .filter((item) => !known.has(item))
    .map(({ id }) => id)
}
