import { afterEach, beforeEach, expect, test } from 'vitest'
import * as Y from 'yjs'
import type { Role } from '../../shared/api/terms.ts'
import { type DocumentName, documentNames, documents } from '../../shared/document/documents.ts'
import type { Side } from '../../shared/domain/agenda.ts'
import { encodeUpdate } from '../../shared/wire/frame.ts'
import { kindOf, rawClient, startServer, stockClient, type TestServer, type Visitor } from '../support/server.ts'

/* The documents of a meeting beside its agenda: the same path, each with rights of its own. */

let server: TestServer
beforeEach(async () => {
  server = await startServer({ linger: 0 })
})
afterEach(() => server.stop())

const at = (document: DocumentName, { cookie }: Visitor) => ({ ...server, cookie, document })

function written(document: DocumentName, key: string): Uint8Array {
  const doc = new Y.Doc()
  doc.getMap(documents[document].roots[0]).set(key, 'written')
  return Y.encodeStateAsUpdate(doc)
}

/** What becomes of somebody who comes to a document and writes in it: 'none' may not come, 'read' may not write. */
async function rightsOf(document: DocumentName, who: Visitor): Promise<'none' | 'read' | 'write'> {
  const client = rawClient(at(document, who))
  const come = await Promise.race([client.closed, client.frame((frame) => kindOf(frame) === '0.0')])
  if ('code' in come) {
    expect(come.code).toBe(4403)
    return 'none'
  }
  client.send(encodeUpdate(written(document, who.person.id)))
  const reader = stockClient(at(document, who))
  await reader.synced
  const told = await Promise.race([client.closed, client.frame((frame) => kindOf(frame) === '0.2')])
  const stands = reader.doc.getMap(documents[document].roots[0]).has(who.person.id)
  reader.leave()
  client.socket.terminate()
  if ('code' in told) expect([told.code, stands]).toEqual([4403, false])
  return 'code' in told ? 'read' : 'write'
}

test('P6: who reads and who writes each document of a meeting is decided by role and side', async () => {
  const people: [Role, Side | 'none'][] = [
    ['organizer', 'us'],
    ['organizer', 'cn'],
    ['organizer', 'none'],
    ['delegate', 'us'],
    ['delegate', 'cn'],
    ['delegate', 'none'],
    ['observer', 'none'],
    ['observer', 'us'],
  ]
  const rights: Record<string, string> = {}
  for (const [role, side] of people) {
    const who = await server.visit(role, side)
    const of: string[] = []
    for (const document of documentNames) of.push(await rightsOf(document, who))
    rights[`${role} ${side}`] = of.join(' ')
  }
  expect(documentNames).toEqual(['agenda', 'caucus-us', 'caucus-cn', 'ledger'])
  expect(rights).toEqual({
    'organizer us': 'write write none read',
    'organizer cn': 'write none write read',
    'organizer none': 'write none none read',
    'delegate us': 'write write none read',
    'delegate cn': 'write none write read',
    'delegate none': 'write none none read',
    'observer none': 'read none none read',
    'observer us': 'read none none read',
  })
})

test('P5: a document has the roots that are its own, and no others', async () => {
  const us = await server.visit('delegate', 'us')
  const client = rawClient(at('caucus-us', us))
  await client.frame((frame) => kindOf(frame) === '0.0')
  client.send(encodeUpdate(written('ledger', 'key')))
  expect((await client.closed).code).toBe(4400)
})

test('P1: what the server itself appends reaches those who read, stays, and is nobody’s to write', async () => {
  const us = await server.visit('delegate', 'us')
  const observer = await server.visit('observer', 'none')
  const [one, two] = [stockClient(at('ledger', us)), stockClient(at('ledger', observer))]
  await Promise.all([one.synced, two.synced])
  const entries = (doc: Y.Doc) => doc.getArray('entries').toArray()
  const append = (entry: string) =>
    server.server.append(server.meeting, 'ledger', (doc) => doc.getArray('entries').push([entry]))
  // Two at once: each builds on what is not yet committed.
  await Promise.all([append('first'), append('second')])
  for (const client of [one, two]) await client.until((doc) => entries(doc).length === 2)
  for (const client of [one, two]) client.leave()
  await append('third')

  const late = stockClient(at('ledger', us))
  await late.synced
  expect(entries(late.doc)).toEqual(['first', 'second', 'third'])
  late.leave()
  const { base, tail } = (await server.storage.load(server.meeting, 'ledger'))!
  const stored = new Y.Doc()
  for (const bytes of [base, ...tail.map((row) => row.bytes)]) Y.applyUpdate(stored, bytes)
  expect(entries(stored)).toEqual(['first', 'second', 'third'])
  await expect(server.server.append(server.meeting, 'agenda', () => {})).rejects.toThrow('agenda')
  expect(await append('fourth')).toBeUndefined()
})
