import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebsocketProvider } from 'y-websocket'
import * as Y from 'yjs'
import { shareTransport } from '../../client/sync/share.ts'
import { openTransport } from '../../client/sync/transport.ts'
import { createInvitation } from '../../server/meeting/meetings.ts'
import type { DocumentName } from '../../shared/document/documents.ts'
import { channelOf, decodeControl, encodeControl, everyDocument, onChannel } from '../../shared/wire/channel.ts'
import { encodeAcknowledge, encodeUpdate } from '../../shared/wire/frame.ts'
import { soon } from '../support/patience.ts'
import {
  enter,
  kindOf,
  type RawClient,
  rawClient,
  socketWith,
  startServer,
  stockClient,
  type TestServer,
  textOf,
  until,
  type Visitor,
} from '../support/server.ts'

/** Several documents of a meeting over one connection, on a real server. */

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.stop())

const at = (visitor: Visitor, document: string = everyDocument) => ({
  origin: server.origin,
  meeting: server.meeting,
  cookie: visitor.cookie,
  document,
})

/** `CHANNEL KIND` or, of what has ended, `ended CHANNEL CODE`. */
function said(bytes: Uint8Array): string {
  const frame = bytes.subarray(0, -1)
  if (channelOf(bytes) !== 0) return `${channelOf(bytes)} ${kindOf(frame)}`
  const control = decodeControl(frame)
  return control?.type === 'ended' ? `ended ${control.channel} ${control.code}` : 'unknown'
}
const hears = (client: RawClient, what: string) => client.frame((bytes) => said(bytes) === what)

const [agenda, us, cn] = [1, 2, 3]

/** Stock providers of these documents, below which one transport of ours is shared. */
function open(visitor: Visitor, documents: readonly DocumentName[]) {
  const sockets: string[] = []
  const Socket = socketWith(visitor.cookie)
  class Counted extends Socket {
    constructor(url: string) {
      super(url)
      sockets.push(url)
    }
  }
  const root = `${server.origin.replace(/^http/, 'ws')}/sync/${server.meeting}`
  const opened = documents.map((document) => {
    const doc = new Y.Doc()
    const transport = shareTransport(`${root} ${visitor.person.id}`, () =>
      openTransport({ storage: null, WebSocket: Counted as unknown as typeof WebSocket }),
    )
    const closes: number[] = []
    const provider = new WebsocketProvider(root, document, doc, {
      WebSocketPolyfill: transport.Socket,
      disableBc: true,
      params: { epoch: '1' },
    })
    provider.on('connection-close', (event) => void (event && closes.push(event.code)))
    const synced = new Promise<void>((resolve) => provider.once('sync', () => resolve()))
    return {
      doc,
      provider,
      closes,
      synced: soon(`the first sync of ${document}`, synced),
      leave() {
        provider.destroy()
        transport.close()
      },
    }
  })
  return { opened, sockets }
}

test('two documents that a page holds open share one connection, and each says its own', async () => {
  const [one, other] = await Promise.all([server.visit('delegate', 'us'), server.visit('delegate', 'us')])
  const { opened, sockets } = open(one!, ['agenda', 'caucus-us'])
  await Promise.all(opened.map(({ synced }) => synced))
  expect(sockets).toEqual([expect.stringMatching(/\/every\?open=1\.1&open=2\.1$/)])

  const stock = [stockClient(at(other!, 'agenda')), stockClient(at(other!, 'caucus-us'))]
  await Promise.all(stock.map(({ synced }) => synced))
  textOf(opened[0]!.doc).insert(0, 'to all')
  textOf(opened[1]!.doc).insert(0, 'to us')
  await stock[0]!.until((doc) => textOf(doc).toString() === 'to all')
  await stock[1]!.until((doc) => textOf(doc).toString() === 'to us')
  textOf(stock[1]!.doc).insert(0, 'back ')
  await until(opened[1]!.doc, (doc) => textOf(doc).toString() === 'back to us')
  expect(textOf(opened[0]!.doc).toString()).toBe('to all')

  // One is closed; the other goes on.
  opened[1]!.leave()
  textOf(stock[0]!.doc).insert(0, 'still ')
  await until(opened[0]!.doc, (doc) => textOf(doc).toString() === 'still to all')
  opened[0]!.leave()
  for (const client of stock) client.leave()
  expect(sockets.length).toBe(1)
})

test('a document that is opened later joins the connection that there is', async () => {
  const visitor = await server.visit('delegate', 'cn')
  const first = open(visitor, ['agenda'])
  await first.opened[0]!.synced
  const second = open(visitor, ['caucus-cn'])
  await second.opened[0]!.synced
  expect([first.sockets.length, second.sockets.length]).toEqual([1, 0])
  first.opened[0]!.leave()
  textOf(second.opened[0]!.doc).insert(0, 'alone')
  const check = stockClient(at(visitor, 'caucus-cn'))
  await check.until((doc) => textOf(doc).toString() === 'alone')
  check.leave()
  second.opened[0]!.leave()
})

test('P6: each document is let in by itself: of another side, or unknown, it is refused, and the others go on', async () => {
  const visitor = await server.visit('delegate', 'us')
  const client = rawClient(at(visitor), {}, '?open=1.1&open=2.1&open=99.1')
  await Promise.all(['1 0.0', '2 0.0', 'ended 99 4404'].map((what) => hears(client, what)))
  client.frames.length = 0
  client.send(encodeControl({ type: 'open', channel: cn!, epoch: 1, vector: new Uint8Array() }))
  await hears(client, 'ended 3 4403')
  const doc = new Y.Doc()
  textOf(doc).insert(0, 'x')
  client.send(onChannel(encodeUpdate(Y.encodeStateAsUpdate(doc)), us!))
  client.send(onChannel(encodeAcknowledge(Uint8Array.of(5)), us!))
  await hears(client, '2 102')
  expect(client.frames.map(said).filter((what) => what.startsWith('3'))).toEqual([])
  client.socket.close()
})

test('P6: an observer reads on a shared connection, and writes nothing; whoever has no session is not let in', async () => {
  const observer = await server.visit('observer', 'none')
  const client = rawClient(at(observer), {}, '?open=1.1&open=2.1')
  await Promise.all([hears(client, '1 0.0'), hears(client, 'ended 2 4403')])
  const doc = new Y.Doc()
  textOf(doc).insert(0, 'not mine')
  client.send(onChannel(encodeUpdate(Y.encodeStateAsUpdate(doc)), agenda!))
  await hears(client, 'ended 1 4403')
  // It was the last.
  expect((await client.closed).code).toBe(4403)
  const nobody = rawClient({ ...at(observer), cookie: 'parley_session=none' }, {}, '?open=1.1')
  expect((await nobody.closed).code).toBe(4401)
})

test('P6: a revoked invitation ends all documents of a shared connection', async () => {
  const invitation = (await createInvitation(server.storage, server.meeting, 'delegate', 'us', Date.now()))!
  const visitor = await enter(server.origin, invitation.token, 'a guest')
  const client = rawClient(at(visitor), {}, '?open=1.1&open=2.1')
  await Promise.all([hears(client, '1 0.0'), hears(client, '2 0.0')])
  await server.storage.revokeInvitation(invitation.id, Date.now())
  await Promise.all([hears(client, 'ended 1 4403'), hears(client, 'ended 2 4403')])
  expect((await client.closed).code).toBe(4403)
})

test('P5: a connection for which no document is asked, and one that speaks without end of none, are ended', async () => {
  const visitor = await server.visit('delegate', 'us')
  for (const query of ['', '?open=', '?open=1', '?open=x.1', '?open=1.1.%00']) {
    const client = rawClient(at(visitor), {}, query)
    expect([query, (await client.closed).code]).toEqual([query, 4404])
  }
  const malformed = [
    new Uint8Array(),
    Uint8Array.of(0),
    Uint8Array.of(104, 9, 0),
    encodeControl({ type: 'ended', channel: 1, code: 4400, reason: '' }),
    encodeControl({ type: 'open', channel: 1, epoch: 1, vector: new Uint8Array() }),
    encodeControl({ type: 'open', channel: 4, epoch: 1, vector: Uint8Array.of(9) }),
  ]
  for (const bytes of malformed) {
    const client = rawClient(at(visitor), {}, '?open=1.1')
    await hears(client, '1 0.0')
    client.send(bytes)
    expect([bytes, (await client.closed).code]).toEqual([bytes, 4400])
  }
  const stray = rawClient(at(visitor), {}, '?open=1.1')
  await hears(stray, '1 0.0')
  for (let i = 0; i < 5000; i += 1) stray.send(Uint8Array.of(1, 9))
  expect((await stray.closed).code).toBe(4429)
})

test('P5: a channel is opened once on a connection, and what is sent before it is open is never acknowledged', async () => {
  const visitor = await server.visit('delegate', 'us')
  const again = rawClient(at(visitor), {}, '?open=1.1&open=2.1')
  await Promise.all([hears(again, '1 0.0'), hears(again, '2 0.0')])
  again.send(encodeControl({ type: 'close', channel: us! }))
  // What was under way for it is not taken for the next.
  again.send(onChannel(encodeAcknowledge(Uint8Array.of(1)), us!))
  again.send(onChannel(encodeAcknowledge(Uint8Array.of(1)), agenda!))
  await hears(again, '1 102')
  expect(again.frames.map(said)).not.toContain('2 102')
  again.send(encodeControl({ type: 'open', channel: us!, epoch: 1, vector: new Uint8Array() }))
  expect((await again.closed).code).toBe(4400)

  const early = rawClient(at(visitor), {}, '?open=1.1')
  await hears(early, '1 0.0')
  early.send(encodeControl({ type: 'open', channel: us!, epoch: 1, vector: new Uint8Array() }))
  early.send(onChannel(encodeAcknowledge(Uint8Array.of(1)), us!))
  await hears(early, 'ended 2 1013')
  expect(early.frames.map(said)).not.toContain('2 102')
  early.socket.close()
})

test('P5: what is said of documents is small, and counts as what a person sends', async () => {
  const visitor = await server.visit('delegate', 'us')
  const large = rawClient(at(visitor), {}, '?open=1.1')
  await hears(large, '1 0.0')
  large.send(encodeControl({ type: 'open', channel: us!, epoch: 1, vector: new Uint8Array(5000) }))
  expect((await large.closed).code).toBe(4413)
  // 40 MB for a document that has ended, over several connections of one person.
  const codes = await Promise.all(
    Array.from({ length: 4 }, async () => {
      const stray = rawClient(at(visitor), {}, '?open=1.1')
      await hears(stray, '1 0.0')
      for (let i = 0; i < 10; i += 1) stray.send(new Uint8Array(1_000_000).fill(9))
      stray.socket.close()
      return (await stray.closed).code
    }),
  )
  expect(codes).toContain(4429)
})

test('P5: connections that are being opened count as those that are', async () => {
  const visitor = await server.visit('observer', 'none')
  const clients = Array.from({ length: 80 }, () => rawClient(at(visitor), {}, '?open=1.1'))
  const seated = await Promise.all(
    clients.map((client) => Promise.race([hears(client, '1 0.0').then(() => true), client.closed.then(() => false)])),
  )
  expect(seated.filter(Boolean).length).toBe(64)
  for (const client of clients) client.socket.close()
  await Promise.all(clients.map((client) => client.closed))
})
