import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { type BackupContent, readBackup, writeBackup } from '../../client/sync/backup.ts'
import { seeded } from '../support/agenda.ts'

const [meeting, document, epoch] = ['meeting-1', 'agenda', 3]
const here = { meeting, document, epoch }

function docWith(...texts: readonly (readonly [client: number, text: string])[]): Y.Doc {
  const doc = new Y.Doc()
  for (const [clientID, text] of texts) {
    const one = Object.assign(new Y.Doc(), { clientID })
    Y.applyUpdate(one, Y.encodeStateAsUpdate(doc))
    one.getText('text').insert(one.getText('text').length, text)
    Y.applyUpdate(doc, Y.encodeStateAsUpdate(one))
  }
  return doc
}

function content(changed: Partial<BackupContent> = {}): BackupContent {
  return {
    ...here,
    person: { id: 'person-1', name: '中方代表' },
    at: Date.UTC(2026, 2, 12, 9, 5),
    edits: 3,
    base: null,
    state: Y.encodeStateAsUpdate(docWith([1, 'there '], [2, 'here'])),
    ...changed,
  }
}

/** The file with some fields changed; `undefined` leaves one out. */
function fileWith(changed: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ ...JSON.parse(writeBackup(content()).text), ...changed })
}

test('a backup says whose it is, of what and when, and reads back as what was written', () => {
  const backup = writeBackup(content())
  expect(backup).toMatchObject({ fileName: 'parley-unsynced-meeting-1-20260312-0905.json', edits: 3 })
  expect(JSON.parse(backup.text)).toMatchObject({ format: 'parley.unsynced/1', meeting: 'meeting-1', edits: 3 })
  expect(readBackup(backup.text, here)).toEqual(content())
  const bytes = new TextEncoder().encode(`\uFEFF${backup.text}`)
  expect(readBackup(bytes, here)).toEqual(content())
})

test('a backup of an earlier epoch of its document reads back', () => {
  const earlier = content({ epoch: epoch - 1 })
  expect(readBackup(writeBackup(earlier).text, here)).toEqual(earlier)
})

test('what both had before the edits comes back with them, and is checked like them', () => {
  const base = { state: Y.encodeStateAsUpdate(docWith([1, 'there '])), since: 5 }
  const { text } = writeBackup(content({ base }))
  expect(readBackup(text, here)).toEqual(content({ base }))
  for (const damaged of [7, 'no base64!', 'BwcH']) {
    expect(readBackup(JSON.stringify({ ...JSON.parse(text), base: damaged }), here)).toEqual({
      status: 'refused',
      code: 'damaged',
      field: 'base',
    })
  }
  expect(readBackup(JSON.stringify({ ...JSON.parse(text), since: 'long ago' }), here)).toMatchObject({ field: 'since' })
})

test('where a file has no room for what both had, it has the edits', () => {
  const base = { state: new Uint8Array(18 * 2 ** 20), since: 5 }
  expect(readBackup(writeBackup(content({ base })).text, here)).toEqual(content())
})

test('a backup of a large document reads back', () => {
  const large = content({ state: Y.encodeStateAsUpdate(docWith([1, '议'.repeat(2_000_000)])) })
  const read = readBackup(writeBackup(large).text, here) as BackupContent
  expect(Buffer.compare(read.state, large.state)).toBe(0)
})

const flipped = Uint8Array.from(content().state, (byte, index) => (index === 6 ? byte ^ 255 : byte))
const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64')

for (const [about, file, code, field] of [
  ['nothing', '', 'not-a-backup', 'file'],
  ['no JSON', 'Dear colleagues', 'not-a-backup', 'file'],
  ['a list', '[]', 'not-a-backup', 'file'],
  ['null', 'null', 'not-a-backup', 'file'],
  ['no UTF-8', Uint8Array.of(0x7b, 0xff, 0x7d), 'not-a-backup', 'file'],
  ['a picture', Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10), 'not-a-backup', 'file'],
  ['more than a document can be', ' '.repeat(25 * 2 ** 20), 'not-a-backup', 'file'],
  ['other JSON', '{"name":"x"}', 'not-a-backup', 'format'],
  ['a format that is a number', fileWith({ format: 1 }), 'not-a-backup', 'format'],
  ['another program’s format', fileWith({ format: 'parley.version/1' }), 'not-a-backup', 'format'],
  ['a later format', fileWith({ format: 'parley.unsynced/2' }), 'newer', 'format'],
  ['a later epoch of its document', fileWith({ epoch: epoch + 1 }), 'newer', 'epoch'],
  ['another meeting', fileWith({ meeting: 'meeting-2' }), 'other-meeting', 'meeting'],
  ['another document', fileWith({ document: 'notes' }), 'other-meeting', 'document'],
  ['no meeting', fileWith({ meeting: undefined }), 'damaged', 'meeting'],
  ['a document that is a number', fileWith({ document: 7 }), 'damaged', 'document'],
  ['an epoch below zero', fileWith({ epoch: -1 }), 'damaged', 'epoch'],
  ['a time in words', fileWith({ at: 'yesterday' }), 'damaged', 'at'],
  ['half an edit', fileWith({ edits: 0.5 }), 'damaged', 'edits'],
  ['no person', fileWith({ person: undefined }), 'damaged', 'person.id'],
  ['null for a person', fileWith({ person: null }), 'damaged', 'person.id'],
  ['a person without a name', fileWith({ person: { id: 'person-1' } }), 'damaged', 'person.name'],
  ['no state', fileWith({ state: undefined }), 'damaged', 'state'],
  ['a state that is no base64', fileWith({ state: '议程' }), 'damaged', 'state'],
  ['an empty state', fileWith({ state: '' }), 'damaged', 'state'],
  ['a state with a bit turned', fileWith({ state: base64(flipped) }), 'damaged', 'state'],
  ['half a state', fileWith({ state: base64(content().state.subarray(0, 20)) }), 'damaged', 'state'],
  ['a state and more', fileWith({ state: base64(Uint8Array.from([...content().state, 0])) }), 'damaged', 'state'],
] as const) {
  test(`a file with ${about} is refused as ${code}, at ${field}`, () => {
    expect(readBackup(file, here)).toEqual({ status: 'refused', code, field })
  })
}

test('a file of anybody else reads as theirs', () => {
  const theirs = content({ person: { id: 'person-2', name: 'U.S. delegate' } })
  expect(readBackup(writeBackup(theirs).text, here)).toEqual(theirs)
})

test('whatever bytes it has, a file is read or refused, and what is read can be merged', () => {
  const random = seeded(12)
  const below = (limit: number) => Math.floor(random() * limit)
  const state = content().state
  const text = new TextEncoder().encode(writeBackup(content()).text)
  let read = 0
  for (let i = 0; i < 4000; i += 1) {
    const hostile = Uint8Array.from(i % 2 === 0 ? state : text)
    for (let times = 1 + below(4); times > 0; times -= 1) hostile[below(hostile.length)] = below(256)
    const cutTo = random() < 0.3 ? below(hostile.length) : hostile.length
    const bytes = hostile.subarray(0, cutTo)
    const found = readBackup(i % 2 === 0 ? fileWith({ state: base64(bytes) }) : bytes, here)
    if ('status' in found) continue
    read += 1
    const doc = docWith([1, 'there '])
    Y.applyUpdate(doc, found.state)
  }
  // Some turn a letter into another.
  expect(read).toBeGreaterThan(100)
})
