import { createEncoder, toUint8Array, writeUint8, writeVarUint } from 'lib0/encoding'
import { afterEach, beforeEach, expect, test } from 'vitest'
import * as Y from 'yjs'
import { decode, encodeAcknowledge, encodeAwareness, encodeStep2, encodeUpdate } from '../../shared/wire/frame.ts'
import { soon } from '../support/patience.ts'
import {
  type Client,
  enter,
  kindOf,
  type RawClient,
  rawClient,
  startServer,
  stockClient,
  type TestServer,
  textOf,
  type Visitor,
} from '../support/server.ts'

let server: TestServer
let us: Visitor
let cn: Visitor
const leaving: (Client | RawClient)[] = []

beforeEach(async () => {
  server = await startServer()
  us = await server.visit('delegate', 'us', 'Dana of Boston')
  cn = await server.visit('delegate', 'cn', '陈晨')
})
afterEach(async () => {
  for (const one of leaving.splice(0)) 'leave' in one ? one.leave() : one.socket.terminate()
  await server.stop()
})

async function stock(visitor: Visitor, doc?: Y.Doc): Promise<Client> {
  const client = stockClient({ origin: server.origin, meeting: server.meeting, cookie: visitor.cookie }, doc)
  leaving.push(client)
  await client.synced
  return client
}

async function raw(visitor: Visitor): Promise<RawClient> {
  const client = rawClient({ origin: server.origin, meeting: server.meeting, cookie: visitor.cookie })
  leaving.push(client)
  await client.frame((frame) => kindOf(frame) === '0.0')
  return client
}

/** Settles when `to` sees a state of that Yjs client for which it holds; null stands for gone. */
function seen(to: Client, client: number, holds: (state: Record<string, unknown> | null) => boolean): Promise<unknown> {
  const state = () => to.provider.awareness.getStates().get(client) ?? null
  const become = new Promise((resolve) => {
    const look = () => {
      if (!holds(state())) return
      to.provider.awareness.off('update', look)
      resolve(state())
    }
    to.provider.awareness.on('update', look)
    look()
  })
  return soon(() => `the presence, in which: ${holds}; it is ${JSON.stringify(state())}`, become)
}

/** An update of one struct without content. */
function collected(client: number, clock: number, length: number): Uint8Array {
  const encoder = createEncoder()
  for (const n of [1, 1, client, clock]) writeVarUint(encoder, n)
  writeUint8(encoder, 0)
  for (const n of [length, 0]) writeVarUint(encoder, n)
  return toUint8Array(encoder)
}

function deletion(client: number, clock: number, length: number): Uint8Array {
  const encoder = createEncoder()
  for (const n of [0, 1, client, 1, clock, length]) writeVarUint(encoder, n)
  return toUint8Array(encoder)
}

test('P7: who somebody is, is what the server knows, whatever their client claims', async () => {
  const [mine, theirs] = await Promise.all([stock(us), stock(cn)])
  const at = { type: null, tname: null, item: { client: 3, clock: 4 }, assoc: -1 }
  mine.provider.awareness.setLocalState({
    user: { name: 'Somebody else', side: 'cn' },
    cursor: { anchor: at, head: at },
    item: 'i1',
    more: 1,
  })
  const state = await seen(theirs, mine.doc.clientID, (one) => one?.item === 'i1')
  expect(state).toEqual({
    user: { id: us.person.id, name: 'Dana of Boston', side: 'us', role: 'delegate' },
    cursor: { anchor: at, head: at },
    item: 'i1',
  })
  // The own state is never sent back under another clock.
  expect(mine.provider.awareness.getLocalState()).toMatchObject({ more: 1 })
})

test('P7: nobody can speak for another, even with a clock that is never reached', async () => {
  const [mine, theirs] = await Promise.all([stock(us), stock(cn)])
  mine.provider.awareness.setLocalStateField('item', 'mine')
  await seen(theirs, mine.doc.clientID, (one) => one?.item === 'mine')
  const hostile = await raw(await server.visit('delegate', 'us', 'Another'))
  const forgery = { client: mine.doc.clientID, clock: 2 ** 40, state: '{"item":"forged"}' }
  hostile.send(encodeAwareness([{ client: 77, clock: 1, state: '{"item":"own"}' }]))
  hostile.send(encodeAwareness([forgery]))
  hostile.send(
    encodeAwareness([
      { ...forgery, state: 'null' },
      { client: 77, clock: 2, state: '{"item":"after"}' },
    ]),
  )
  await seen(theirs, 77, (one) => one?.item === 'after')
  expect(theirs.provider.awareness.getStates().get(mine.doc.clientID)).toMatchObject({ item: 'mine' })
  mine.provider.awareness.setLocalStateField('item', 'still mine')
  await seen(theirs, mine.doc.clientID, (one) => one?.item === 'still mine')
})

test('P7: nobody can use the client id of somebody who is here: 4403', async () => {
  const mine = await stock(us)
  textOf(mine.doc).insert(0, 'mine')
  await mine.acknowledged()
  const hostile = await raw(cn)
  // A struct without content, just where the next letter will be: peers would ignore all that is typed from then on.
  hostile.send(encodeUpdate(collected(mine.doc.clientID, 4, 1000)))
  expect((await hostile.closed).code).toBe(4403)

  const other = await stock(cn)
  textOf(mine.doc).insert(4, ' and still mine')
  await other.until((doc) => textOf(doc).toString() === 'mine and still mine')
})

test('P7: nor by way of a step 2, nor by deleting what is yet to come', async () => {
  const mine = await stock(us)
  textOf(mine.doc).insert(0, 'mine')
  await mine.acknowledged()
  const hostile = await raw(cn)
  const own = new Y.Doc()
  textOf(own).insert(0, 'theirs ')
  hostile.send(encodeStep2(Y.mergeUpdates([collected(mine.doc.clientID, 4, 1000), Y.encodeStateAsUpdate(own)])))
  hostile.send(encodeStep2(deletion(mine.doc.clientID, 4, 1000)))
  hostile.send(encodeAcknowledge(new Uint8Array()))
  await hostile.frame((frame) => kindOf(frame) === '103')
  hostile.send(encodeUpdate(deletion(mine.doc.clientID, 4, 1000)))
  // Not final: an honest client may be ahead of a server that was restored.
  expect((await hostile.closed).code).toBe(1013)

  const other = await stock(cn)
  textOf(mine.doc).insert(textOf(mine.doc).length, ' and still mine')
  await mine.acknowledged()
  await other.until((doc) => /mine and still mine|mine.*and still mine/.test(textOf(doc).toString()))
  // What was the sender's own to send has come in.
  expect(textOf(other.doc).toString()).toContain('theirs')
  expect(textOf(other.doc).toString()).toBe(textOf(mine.doc).toString())
})

test('P7: an id stays its owner’s while they are in a tunnel', async () => {
  const watcher = await stock(cn)
  const mine = await stock(us)
  textOf(mine.doc).insert(0, 'mine')
  await mine.acknowledged()
  mine.provider.disconnect()
  textOf(mine.doc).insert(4, ', typed in a tunnel')
  await seen(watcher, mine.doc.clientID, (one) => one === null)
  const hostile = await raw(await server.visit('delegate', 'cn', 'Another'))
  hostile.send(encodeUpdate(collected(mine.doc.clientID, 4, 1000)))
  expect((await hostile.closed).code).toBe(4403)
  mine.provider.connect()
  await watcher.until((doc) => textOf(doc).toString() === 'mine, typed in a tunnel')
})

/** A server whose rooms forget who was there as soon as they are empty. */
async function forgetful() {
  const other = await startServer({ linger: 0 })
  const at = ({ cookie }: Visitor) => ({ origin: other.origin, meeting: other.meeting, cookie })
  const mine = stockClient(at(await other.visit('delegate', 'us')))
  leaving.push(mine)
  await mine.synced
  mine.provider.awareness.setLocalStateField('item', 'here')
  textOf(mine.doc).insert(0, 'mine')
  await mine.acknowledged()
  mine.provider.disconnect()
  await expect.poll(() => other.server.rooms().rooms).toBe(0)
  textOf(mine.doc).insert(4, ', typed on a flight')
  const role = async (role: 'observer' | 'delegate') => {
    const client = rawClient(at(await other.visit(role, role === 'observer' ? 'none' : 'cn')))
    leaving.push(client)
    await client.frame((frame) => kindOf(frame) === '0.0')
    client.send(encodeAwareness([{ client: mine.doc.clientID, clock: 1, state: '{"item":"taken"}' }]))
    client.send(encodeAcknowledge(new Uint8Array()))
    await client.frame((frame) => kindOf(frame) === '102')
    return client
  }
  /** What somebody finds who comes then. */
  const found = async () => {
    const late = stockClient(at(await other.visit('delegate', 'cn', 'late')))
    leaving.push(late)
    await late.synced
    return textOf(late.doc).toString()
  }
  return { mine, role, found, stop: other.stop }
}

test('P7: an observer cannot take the client id of a colleague who is away, and what they bring comes in', async () => {
  const { mine, role, found, stop } = await forgetful()
  await role('observer')
  const synced = new Promise((resolve) => mine.provider.once('sync', resolve))
  mine.provider.connect()
  await soon('the sync', synced)
  await mine.acknowledged()
  expect(mine.closes).toEqual([])
  expect(await found()).toBe('mine, typed on a flight')
  await stop()
})

test('P7: nor can a delegate', async () => {
  const { mine, role, found, stop } = await forgetful()
  await role('delegate')
  const synced = new Promise((resolve) => mine.provider.once('sync', resolve))
  mine.provider.connect()
  await soon('the sync', synced)
  await mine.acknowledged()
  expect(mine.closes).toEqual([])
  expect(await found()).toBe('mine, typed on a flight')
  await stop()
})

test('P7: the same person comes back under the same client id, before the old connection has ended', async () => {
  const watcher = await stock(cn)
  const token = server.invitations.find((one) => one.role === 'delegate' && one.side === 'us')!.token
  const phone = await enter(server.origin, token, us.person.name)
  expect(phone.person.id).toBe(us.person.id)
  const [old, again] = await Promise.all([raw(us), raw(phone)])
  const says = (item: string) => encodeAwareness([{ client: 500, clock: 1, state: `{"item":"${item}"}` }])
  old.send(says('first'))
  await seen(watcher, 500, (one) => one?.item === 'first')
  again.send(says('second'))
  await seen(watcher, 500, (one) => one?.item === 'second')
  const doc = new Y.Doc()
  doc.clientID = 500
  textOf(doc).insert(0, 'back again')
  again.send(encodeUpdate(Y.encodeStateAsUpdate(doc)))
  await watcher.until((one) => textOf(one).toString() === 'back again')
  // The old line dies at last, which takes nothing away.
  const states: unknown[] = []
  watcher.provider.awareness.on('update', () => states.push(watcher.provider.awareness.getStates().get(500)))
  old.socket.terminate()
  await old.closed
  again.send(says('third'))
  await seen(watcher, 500, (one) => one?.item === 'third')
  expect(states).not.toContain(undefined)
})

test('P7: every logged update is stamped with the person and the session that sent it', async () => {
  const mine = await stock(us)
  textOf(mine.doc).insert(0, 'stamped')
  await mine.acknowledged()
  const { DatabaseSync } = await import('node:sqlite')
  const { sqliteFile } = await import('../../server/storage/sqlite/folder.ts')
  const db = new DatabaseSync(sqliteFile(server.data), { readOnly: true })
  const rows = db.prepare('SELECT person, session, at FROM updates').all()
  db.close()
  expect(rows).toHaveLength(1)
  expect(rows[0]!.person).toBe(us.person.id)
  expect(String(rows[0]!.session)).not.toContain(us.cookie.split('=')[1]!)
  expect(Math.abs(Date.now() - Number(rows[0]!.at))).toBeLessThan(60_000)
})

test('somebody who leaves is gone for the others, and is there again when they come back', async () => {
  const watcher = await stock(cn)
  const mine = await stock(us)
  mine.provider.awareness.setLocalStateField('item', 'here')
  await seen(watcher, mine.doc.clientID, (one) => one?.item === 'here')
  mine.provider.disconnect()
  await seen(watcher, mine.doc.clientID, (one) => one === null)
  mine.provider.connect()
  mine.provider.awareness.setLocalStateField('item', 'back')
  const back = await seen(watcher, mine.doc.clientID, (one) => one?.item === 'back')
  expect(back).toMatchObject({ user: { name: us.person.name }, item: 'back' })
})

test('whoever comes late hears who is there, and asking again answers again', async () => {
  const mine = await stock(us)
  mine.provider.awareness.setLocalStateField('item', 'here')
  const late = await stock(cn)
  await seen(late, mine.doc.clientID, (one) => one?.item === 'here')
  const asking = await raw(cn)
  await asking.frame((frame) => kindOf(frame) === '1')
  const before = asking.frames.length
  asking.send(Uint8Array.of(3))
  const more = new Promise<void>((resolve) =>
    asking.socket.on('message', () => asking.frames.length > before && resolve()),
  )
  await soon('an answer', more)
  const answer = decode(asking.frames.at(-1)!)
  expect(answer).toMatchObject({ type: 'awareness' })
})
