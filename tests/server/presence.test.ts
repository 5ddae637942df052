import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { encodeAcknowledge, encodeAwareness } from '../../shared/wire/frame.ts'
import { brokenCarets, strangeCarets } from '../support/carets.ts'
import {
  type Client,
  kindOf,
  type RawClient,
  rawClient,
  startServer,
  stockClient,
  type TestServer,
  type Visitor,
} from '../support/server.ts'

let server: TestServer
let us: Visitor
let cn: Visitor
let watcher: Client
const leaving: (Client | RawClient)[] = []

beforeAll(async () => {
  server = await startServer({ presenceWindow: 1 })
  us = await server.visit('delegate', 'us')
  cn = await server.visit('delegate', 'cn')
  watcher = stockClient({ origin: server.origin, meeting: server.meeting, cookie: cn.cookie })
  await watcher.synced
})
afterEach(() => {
  for (const one of leaving.splice(0)) 'leave' in one ? one.leave() : one.socket.terminate()
})
afterAll(async () => {
  watcher?.leave()
  await server?.stop()
})

let clients = 1000

/** Somebody at a bare socket who says where they are, in whatever words. */
async function speaker(visitor: Visitor) {
  const client = rawClient({ origin: server.origin, meeting: server.meeting, cookie: visitor.cookie })
  leaving.push(client)
  await client.frame((frame) => kindOf(frame) === '0.0')
  clients += 1
  const id = clients
  let clock = 0
  const { id: person, name, side, role } = visitor.person
  return {
    client,
    user: { id: person, name, side, role },
    /** Settles with what the others see of it. */
    async say(json: string): Promise<unknown> {
      clock += 1
      const heard = changed(id)
      client.send(encodeAwareness([{ client: id, clock, state: json }]))
      return heard
    },
    /** Settles once everything said before has been borne. */
    async borne(): Promise<void> {
      client.frames.length = 0
      client.send(encodeAcknowledge(Uint8Array.of(1)))
      await client.frame((frame) => kindOf(frame) === '102')
    },
  }
}

/** Settles with the next state of that Yjs client, the same as before or not, for which it holds. */
function changed(client: number, holds: (state: object) => boolean = () => true): Promise<unknown> {
  const { awareness } = watcher.provider
  return new Promise((resolve) => {
    const look = ({ added, updated }: { added: number[]; updated: number[] }) => {
      const state = awareness.getStates().get(client) ?? {}
      if (![...added, ...updated].includes(client) || !holds(state)) return
      awareness.off('update', look)
      resolve(state)
    }
    awareness.on('update', look)
  })
}

describe.each(['delegate', 'observer'] as const)('P5: what a %s says of where they are', (role) => {
  const enter = async () => speaker(role === 'delegate' ? us : await server.visit('observer', 'none'))

  test('is shown without a cursor when that is none, and with all the rest', async () => {
    const { say, borne, user } = await enter()
    for (const [index, cursor] of brokenCarets.entries()) {
      const item = `i${index}`
      expect(await say(`{"cursor":${cursor},"item":"${item}","more":{}}`), cursor).toEqual({ user, item })
    }
    await borne()
  })

  test('is shown with a cursor of anywhere, for only who has the text can tell', async () => {
    const { say, user } = await enter()
    for (const cursor of strangeCarets) {
      expect(await say(`{"cursor":${cursor}}`), cursor).toMatchObject({ user, cursor: JSON.parse(cursor) })
    }
  })

  test('is shown without an item that cannot be one', async () => {
    const { say, user } = await enter()
    for (const item of ['5', 'null', '{}', '["i1"]', `"${'i'.repeat(65)}"`]) {
      expect(await say(`{"item":${item}}`), item).toEqual({ user })
    }
    const longest = 'i'.repeat(64)
    expect(await say(`{"item":"${longest}"}`)).toEqual({ user, item: longest })
  })

  test('is their presence alone when it is no state, or too long to be one', async () => {
    const { say, borne, user } = await enter()
    const long = `{"item":"i1","avatar":"${'x'.repeat(5_000)}"}`
    for (const state of ['5', '"here"', '[]', 'true', '{}', '{"__proto__":{"item":"i1"}}', long]) {
      expect(await say(state), state.slice(0, 40)).toEqual({ user })
    }
    expect(await say('{"item":"i1"}')).toEqual({ user, item: 'i1' })
    await borne()
  })

  test('never changes who they are', async () => {
    const { say, user } = await enter()
    const claimed =
      '"user":{"id":"x","name":{"toString":null},"side":"cn","role":"organizer","color":{"toString":null}}'
    for (const state of [`{${claimed}}`, '{"user":5}', '{"user":null}', `{${claimed},${claimed}}`]) {
      expect(await say(state), state).toEqual({ user })
    }
  })

  test('ends their connection when it is no JSON: 4400', async () => {
    const { client, say } = await enter()
    await say('{}')
    client.send(encodeAwareness([{ client: clients, clock: 9, state: '{"item":' }]))
    expect((await client.closed).code).toBe(4400)
  })
})

test('a stock editor’s caret comes to the others as it was sent, and so does its going', async () => {
  const mine = stockClient({ origin: server.origin, meeting: server.meeting, cookie: us.cookie })
  leaving.push(mine)
  await mine.synced
  const words = mine.doc.getText('glossary')
  words.insert(0, 'words')
  const cursor = {
    anchor: Y.createRelativePositionFromTypeIndex(words, 2, -1),
    head: Y.createRelativePositionFromTypeIndex(words, 5, -1),
  }
  const heard = changed(mine.doc.clientID, (state) => 'cursor' in state)
  // As the collaboration caret of Tiptap and the cursor of y-prosemirror put it there.
  mine.provider.awareness.setLocalState({ user: { name: 'Somebody', color: '#ffcc00' }, cursor })
  expect(await heard).toEqual({
    user: { id: us.person.id, name: us.person.name, side: 'us', role: 'delegate' },
    cursor: JSON.parse(JSON.stringify(cursor)),
  })
  const gone = changed(mine.doc.clientID, (state) => !('cursor' in state))
  mine.provider.awareness.setLocalStateField('cursor', null)
  await gone
  expect(mine.closes).toEqual([])
})
