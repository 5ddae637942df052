import { spawn } from 'node:child_process'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import type { SecretHash } from '../../server/storage/members.ts'
import { largestFrame } from '../../server/sync/connection.ts'
import type { PersonId } from '../../shared/domain/agenda.ts'
import { encodeAcknowledge, encodeStep1, encodeStep2, encodeUpdate } from '../../shared/wire/frame.ts'
import { soon } from '../support/patience.ts'
import {
  enter,
  kindOf,
  type RawClient,
  rawClient,
  root,
  startServer,
  stockClient,
  type TestServer,
  textOf,
  type Visitor,
} from '../support/server.ts'

let server: TestServer
let us: Visitor
let cn: Visitor
let observer: Visitor

beforeEach(async () => {
  server = await startServer()
  us = await server.visit('delegate', 'us')
  cn = await server.visit('delegate', 'cn')
  observer = await server.visit('observer', 'none')
})
afterEach(() => server.stop())

function raw(visitor: Visitor | null, document = 'agenda', query = ''): RawClient {
  const place = { origin: server.origin, meeting: server.meeting, document }
  return rawClient(visitor === null ? place : { ...place, cookie: visitor.cookie }, {}, query)
}

function someUpdate(text = 'x'): Uint8Array {
  const doc = new Y.Doc()
  textOf(doc).insert(0, text)
  return Y.encodeStateAsUpdate(doc)
}

/** Waits until the connection is in the room. */
async function inside(client: RawClient): Promise<RawClient> {
  await client.frame((frame) => kindOf(frame) === '0.0')
  return client
}

describe('P6: who may come in', () => {
  test('nobody without a session: 4401', async () => {
    expect((await raw(null).closed).code).toBe(4401)
    const place = { origin: server.origin, meeting: server.meeting, cookie: 'parley_session=made-up' }
    expect((await rawClient(place).closed).code).toBe(4401)
  })

  test('a document that does not exist: 4404', async () => {
    expect((await raw(us, 'minutes').closed).code).toBe(4404)
    expect((await raw(us, '../agenda').closed).code).toBe(4404)
  })

  test('another meeting: 4403, whether it exists or not', async () => {
    const { meeting } = await server.meet()
    for (const other of [meeting, 'nosuchmeeting']) {
      const place = { origin: server.origin, meeting: other, cookie: us.cookie }
      expect((await rawClient(place).closed).code).toBe(4403)
    }
  })

  test('the other side’s caucus: 4403; one’s own is open, to organizers of that side too', async () => {
    expect((await raw(us, 'caucus-cn').closed).code).toBe(4403)
    expect((await raw(cn, 'caucus-us').closed).code).toBe(4403)
    expect((await raw(observer, 'caucus-us').closed).code).toBe(4403)
    expect((await raw(await server.visit('organizer', 'us'), 'caucus-cn').closed).code).toBe(4403)
    for (const visitor of [us, await server.visit('organizer', 'us')]) {
      const client = await inside(raw(visitor, 'caucus-us'))
      client.send(encodeUpdate(someUpdate()))
      client.send(encodeAcknowledge(new Uint8Array()))
      await client.frame((frame) => kindOf(frame) === '102')
      client.socket.close()
    }
  })

  test('a page of another origin, whatever its cookie: 4403', async () => {
    const place = { origin: server.origin, meeting: server.meeting, cookie: us.cookie }
    expect((await rawClient(place, { origin: 'https://elsewhere.example' }).closed).code).toBe(4403)
    const own = rawClient(place, { origin: server.origin })
    await inside(own)
    own.socket.close()
  })

  test('P8: a client of an older schema: 4409, before anything is sent to it', async () => {
    const old = raw(us, 'agenda', '?epoch=0')
    expect((await old.closed).code).toBe(4409)
    expect(old.frames).toEqual([])
    const current = await inside(raw(us, 'agenda', '?epoch=1'))
    current.socket.close()
  })
})

describe('P6: who may write', () => {
  test('an observer’s write ends that connection with 4403, and changes nothing', async () => {
    const client = stockClient({ origin: server.origin, meeting: server.meeting, cookie: observer.cookie })
    await client.synced
    client.doc.getText('glossary').insert(0, 'from an observer')
    await soon('the refusal', new Promise((resolve) => client.provider.once('closed', resolve)))
    expect(client.closes).toEqual([4403])
    client.leave()
    expect((await server.storage.load(server.meeting, 'agenda'))!.tail).toEqual([])
  })

  test('an observer may read for as long as they like, through everything that stock clients send', async () => {
    const writer = stockClient({ origin: server.origin, meeting: server.meeting, cookie: us.cookie })
    const other = stockClient({ origin: server.origin, meeting: server.meeting, cookie: cn.cookie })
    const place = { origin: server.origin, meeting: server.meeting, cookie: observer.cookie }
    const reader = stockClient(place)
    await Promise.all([writer.synced, other.synced, reader.synced])
    const text = (client: typeof writer) => textOf(client.doc)
    for (const client of [writer, other, reader]) text(client)
    text(writer).insert(0, 'safety benchmarks')
    await other.until(() => text(other).length === 17)
    // Concurrent writes to one key, which every replica resolves by deletions that nobody sends.
    writer.doc.getMap('people').set('key', 1)
    other.doc.getMap('people').set('key', 2)
    // Concurrent formatting, which every replica tidies up by deletions that it does send.
    text(writer).format(0, 6, { bold: true })
    text(other).format(0, 6, { bold: true })
    text(writer).delete(10, 2)
    await Promise.all([writer.acknowledged(), other.acknowledged()])
    text(writer).insert(0, 'end ')
    await reader.until(() => text(reader).toString().startsWith('end '))
    await reader.acknowledged()
    reader.provider.disconnect()
    reader.provider.connect()
    await soon('the sync', new Promise((resolve) => reader.provider.once('sync', resolve)))
    await reader.acknowledged()
    const late = stockClient(place)
    await late.synced
    await late.acknowledged()
    expect([...reader.closes, ...late.closes]).toEqual([])
    for (const client of [writer, other, reader, late]) client.leave()
  })

  test('nobody writes the ledger over a socket: 4403', async () => {
    for (const visitor of [us, await server.visit('organizer', 'cn')]) {
      const client = await inside(raw(visitor, 'ledger'))
      client.send(encodeUpdate(someUpdate()))
      expect((await client.closed).code).toBe(4403)
    }
  })
})

describe('P5: what ends a connection', () => {
  test.each([
    ['bytes that are no message', Uint8Array.of(9, 9, 9)],
    ['an update that is none', encodeUpdate(Uint8Array.of(1, 1, 1))],
    ['an empty frame', new Uint8Array()],
  ])('%s: 4400', async (_name, frame) => {
    const client = await inside(raw(us))
    client.send(frame)
    expect((await client.closed).code).toBe(4400)
  })

  test('an edit of a root that no agenda has, or of one beside another: 4400, and nothing of it stays', async () => {
    const before = (await server.storage.load(server.meeting, 'agenda'))!.tail.length
    const changes: ((doc: Y.Doc) => void)[] = [
      (doc) => doc.getMap('elsewhere').set('k', 1),
      (doc) => doc.getText('words').insert(0, 'x'),
      (doc) => doc.getXmlFragment('').push([new Y.XmlText('x')]),
      (doc) => {
        doc.getMap('meta').set('place.en', 'Geneva')
        doc.getMap('Meta').set('place.en', 'Geneva')
      },
    ]
    for (const change of changes) {
      const doc = new Y.Doc()
      doc.transact(() => change(doc))
      for (const encode of [encodeUpdate, encodeStep2]) {
        const client = await inside(raw(us))
        client.send(encode(Y.encodeStateAsUpdate(doc)))
        expect((await client.closed).code).toBe(4400)
      }
    }
    expect((await server.storage.load(server.meeting, 'agenda'))!.tail).toHaveLength(before)
  })

  test('a text frame: 4400', async () => {
    const client = await inside(raw(us))
    client.socket.send('hello')
    expect((await client.closed).code).toBe(4400)
  })

  test('a frame over the limit, by little or by much: 4413', async () => {
    for (const size of [largestFrame + 1, largestFrame * 4]) {
      const client = await inside(raw(us))
      client.send(new Uint8Array(size))
      expect((await client.closed).code).toBe(4413)
    }
  })

  test('an edit to a document that is full: 4413', async () => {
    const { key } = (await server.storage.load(server.meeting, 'agenda'))!
    const edit = { document: key, person: us.person.id as PersonId, session: 's' as SecretHash, at: 1 }
    await server.storage.append([{ ...edit, bytes: someUpdate('x'.repeat(15 * 2 ** 20)) }])
    // How much of it is history is found out first, and what people type comes in meanwhile.
    const client = await inside(raw(us))
    let code = 0
    for (let turn = 0; code === 0; turn += 1) {
      const ask = encodeAcknowledge(Uint8Array.of(turn & 255, turn >> 8))
      client.send(encodeUpdate(someUpdate(`typed ${turn}`)))
      client.send(ask)
      const answer = await Promise.race([client.closed, client.frame((frame) => frame.join() === ask.join())])
      if ('code' in answer) code = answer.code
    }
    expect(code).toBe(4413)
  })

  test('more frames than anybody types: 4429', async () => {
    const client = await inside(raw(us))
    const ask = encodeAcknowledge(Uint8Array.of(1))
    for (let i = 0; i < 12_000; i += 1) client.send(ask)
    expect((await client.closed).code).toBe(4429)
  })

  test('the allowance is one for all connections of a person, and not one for a delegation', async () => {
    const [one, two, colleague] = await Promise.all([inside(raw(us)), inside(raw(us)), inside(raw(cn))])
    const ask = encodeAcknowledge(Uint8Array.of(1))
    for (let i = 0; i < 3500; i += 1) for (const client of [one, two]) client.send(ask)
    expect((await Promise.race([one.closed, two.closed])).code).toBe(4429)
    colleague.send(ask)
    await colleague.frame((frame) => kindOf(frame) === '102')
    for (const client of [one, two, colleague]) client.socket.terminate()
  })

  test('questions for the whole document, one after the other: 4429', async () => {
    // Time stands still, so that no allowance comes back meanwhile, however slow the machine.
    const still = await startServer({ steady: () => 1000 })
    const at = async (role: 'delegate' | 'observer', side: 'us' | 'cn' | 'none') => {
      const { cookie } = await still.visit(role, side)
      return () => rawClient({ origin: still.origin, meeting: still.meeting, cookie })
    }
    const [delegate, colleague] = [await at('delegate', 'us'), await at('delegate', 'cn')]
    const client = await inside(delegate())
    for (let i = 0; i < 400; i += 1) client.send(encodeStep1(new Map()))
    expect((await client.closed).code).toBe(4429)
    const other = await inside(colleague())
    for (let i = 0; i < 400; i += 1) other.send(Uint8Array.of(3))
    expect((await other.closed).code).toBe(4429)
    // Whoever comes again does not begin anew.
    expect(await colleague().closed).toEqual({ code: 1013, reason: 'too often' })
    await inside((await at('observer', 'none'))())
    await still.stop()
  })

  test('more connections than a person has tabs: 1013, and as many as they have go on', async () => {
    const clients = Array.from({ length: 65 }, () => raw(us))
    expect(await Promise.race(clients.map((client) => client.closed))).toEqual({
      code: 1013,
      reason: 'too many connections',
    })
    await expect.poll(() => server.server.connections()).toBe(64)
    for (const { socket } of clients) socket.terminate()
  })

  test('a document that somebody fills while the disk is slow is full for nobody else', async () => {
    const gate = { shut: true, open: () => {} }
    const opening = new Promise<void>((resolve) => {
      gate.open = resolve
    })
    const slow = await startServer({
      wrap: (storage) => ({
        ...storage,
        async append(edits) {
          await opening
          return storage.append(edits)
        },
      }),
    })
    const place = async (meeting: string, token: string) => {
      const { cookie } = await enter(slow.origin, token, 'somebody')
      return inside(rawClient({ origin: slow.origin, meeting, cookie }))
    }
    const [first, second] = [await slow.meet(), await slow.meet()]
    const vandal = await place(first.meeting, first.invitations[1]!.token)
    const honest = await place(second.meeting, second.invitations[1]!.token)
    for (let i = 0; i < 5; i += 1) vandal.send(encodeUpdate(someUpdate('x'.repeat(3.5 * 2 ** 20))))
    expect((await vandal.closed).code).toBe(4413)
    honest.send(encodeUpdate(someUpdate('y')))
    honest.send(encodeAcknowledge(Uint8Array.of(1)))
    honest.send(encodeStep1(new Map()))
    await honest.frame((frame) => kindOf(frame) === '0.1')
    gate.open()
    await honest.frame((frame) => kindOf(frame) === '102')
    honest.socket.terminate()
    await slow.stop()
  })
})

describe('P6: revocation', () => {
  test('closes the connections of that invitation within a second, and no others', async () => {
    const [mine, theirs] = await Promise.all([inside(raw(us)), inside(raw(cn))])
    const organizer = await server.visit('organizer', 'us')
    const invitation = server.invitations.find((one) => one.role === 'delegate' && one.side === 'us')!
    const began = performance.now()
    const response = await fetch(`${server.origin}/api/meetings/${server.meeting}/invitations/${invitation.id}`, {
      method: 'DELETE',
      headers: { cookie: organizer.cookie },
    })
    expect(response.status).toBe(204)
    expect(await mine.closed).toEqual({ code: 4403, reason: 'revoked' })
    expect(performance.now() - began).toBeLessThan(1000)
    expect(await raw(us).closed).toEqual({ code: 4403, reason: 'revoked' })
    await expect(enter(server.origin, invitation.token, 'again')).rejects.toThrow(/403.*revoked/)
    theirs.send(encodeStep1(new Map()))
    await theirs.frame((frame) => kindOf(frame) === '0.1')
    theirs.socket.close()
  })

  test('a browser that comes in by another invitation has its rights at once, and those of the first no more', async () => {
    const [mine, other] = await Promise.all([inside(raw(us, 'caucus-us')), inside(raw(cn))])
    const second = server.invitations.find((one) => one.role === 'observer')!
    const oscar = await enter(server.origin, second.token, 'Oscar', us.cookie)
    expect(oscar.person.role).toBe('observer')
    // It comes again as who it is now.
    expect(await mine.closed).toEqual({ code: 1013, reason: 'another session' })
    expect((await raw(us, 'caucus-us').closed).code).toBe(4401)
    expect((await raw(oscar, 'caucus-us').closed).code).toBe(4403)
    const reading = await inside(raw(oscar))
    for (const one of [reading, other]) one.socket.close()
  })

  test('from the command line in another process does the same', async () => {
    const mine = await inside(raw(us))
    const invitation = server.invitations.find((one) => one.role === 'delegate' && one.side === 'us')!
    const cli = spawn(process.execPath, ['server/cli/cli.ts', 'invitation', 'revoke', invitation.id], {
      cwd: root,
      env: { ...process.env, PARLEY_DATA: server.data },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await soon('what the command line says', new Promise((resolve) => cli.stdout.once('data', resolve)))
    const began = performance.now()
    expect((await mine.closed).code).toBe(4403)
    expect(performance.now() - began).toBeLessThan(1000)
  })

  test('signing out closes the connections of that session', async () => {
    const mine = await inside(raw(us))
    const response = await fetch(`${server.origin}/api/session`, { method: 'DELETE', headers: { cookie: us.cookie } })
    expect(response.status).toBe(204)
    expect((await mine.closed).code).toBe(4401)
  })
})
