import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import * as Y from 'yjs'
import { agendaOf, createMeeting } from '../../../server/meeting/meetings.ts'
import { nobody } from '../../../server/storage/documents.ts'
import type { SecretHash } from '../../../server/storage/members.ts'
import { openDatabase } from '../../../server/storage/sqlite/database.ts'
import { storageIn } from '../../../server/storage/sqlite/storage.ts'
import type { Storage } from '../../../server/storage/storage.ts'
import { readAgenda } from '../../../shared/document/read.ts'
import { write } from '../../../shared/document/write.ts'
import type { MeetingId } from '../../../shared/domain/agenda.ts'
import { merge } from '../../../shared/wire/merge.ts'
import { sample } from '../../support/agenda.ts'

/* How often a document is loaded for those who ask for its agenda. */

let storage: Storage
let meeting: MeetingId
let loads: () => number
let doc: Y.Doc

beforeEach(async () => {
  storage = storageIn(openDatabase(':memory:'))
  meeting = (await createMeeting(storage, sample(), 0)).meeting
  doc = new Y.Doc()
  Y.applyUpdate(doc, (await storage.load(meeting, 'agenda'))!.base)
  const load = vi.spyOn(storage, 'load')
  loads = () => load.mock.calls.length
})
afterEach(() => storage.close())

/** Commits what `change` does to the document. */
async function commit(change: () => void): Promise<void> {
  const before = Y.encodeStateVector(doc)
  change()
  const { key } = (await storage.load(meeting, 'agenda'))!
  const bytes = Y.encodeStateAsUpdate(doc, before)
  await storage.append([{ document: key, bytes, person: nobody, session: '' as SecretHash, at: 0 }])
  vi.mocked(storage.load).mockClear()
}
const named = (en: string) => commit(() => write(doc, { type: 'set-meeting', settings: { title: { en, zh: '' } } }))
const fill = (text: string) => commit(() => doc.getText('junk').insert(0, text))
const entries = (many: number, from = 0) =>
  commit(() =>
    doc.transact(() => {
      for (let n = from; n < from + many; n += 1) doc.getMap('meta').set(`entry ${n}`, n)
    }),
  )
const busy = () => Promise.reject(new Error('busy'))

test('an agenda that has not changed is not loaded again', async () => {
  await named('one')
  const agendas = []
  for (let n = 0; n < 5; n += 1) agendas.push(await agendaOf(storage, meeting, busy))
  expect(loads()).toBe(1)
  expect(new Set(agendas).size).toBe(1)
  await named('two')
  expect((await agendaOf(storage, meeting, busy))!.title.en).toBe('two')
  expect(loads()).toBe(1)
})

test.each([
  ['bytes', () => fill('x'.repeat(3 * 2 ** 20))],
  ['entries', () => entries(31_000)],
])('an agenda too heavy by its %s is not loaded for those who find no place', async (_, weigh) => {
  await named('heavy')
  expect((await agendaOf(storage, meeting, busy))!.title.en).toBe('heavy')
  await weigh()
  await expect(agendaOf(storage, meeting, busy)).rejects.toThrow('busy')
  expect(loads()).toBe(1)
  for (let n = 0; n < 5; n += 1) {
    await named(`changed ${n}`)
    await expect(agendaOf(storage, meeting, busy)).rejects.toThrow('busy')
    expect(loads()).toBe(0)
  }
  // It is loaded when its turn comes, as it is then.
  const read = agendaOf(storage, meeting, async (load) => {
    await named('at last')
    const opened = new Y.Doc()
    Y.applyUpdate(opened, merge(await load()))
    return readAgenda(opened)
  })
  expect((await read)!.title.en).toBe('at last')
  expect(loads()).toBe(1)
})

test('an agenda that is light again is read here again', async () => {
  await fill('x'.repeat(3 * 2 ** 20))
  await expect(agendaOf(storage, meeting, busy)).rejects.toThrow('busy')
  await commit(() => doc.getText('junk').delete(0, 3 * 2 ** 20))
  const { key, tail } = (await storage.load(meeting, 'agenda'))!
  await storage.fold(
    key,
    Y.encodeStateAsUpdate(doc),
    tail.map(({ row }) => row),
  )
  const open = vi.fn(async (load: () => Promise<readonly Uint8Array[]>) => {
    await load()
    return null
  })
  await agendaOf(storage, meeting, open)
  expect(await agendaOf(storage, meeting, open)).toEqual(readAgenda(doc))
  expect(open).toHaveBeenCalledTimes(1)
})

test('small edits that add up are weighed together', async () => {
  await entries(20_000)
  expect(await agendaOf(storage, meeting, busy)).not.toBeNull()
  await entries(11_000, 20_000)
  await expect(agendaOf(storage, meeting, busy)).rejects.toThrow('busy')
})
