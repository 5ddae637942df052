import { createDecoder, readVarUint, readVarUint8Array } from 'lib0/decoding'
import { createEncoder, toUint8Array, writeUint8, writeVarUint } from 'lib0/encoding'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import type { Carrier } from '../../client/sync/device/log.ts'
import {
  decode,
  encodeAcknowledge,
  encodeAwareness,
  encodeStep2,
  encodeUpdate,
  lackingType,
} from '../../shared/wire/frame.ts'
import { carriedBy, carriers } from '../support/carriers.ts'
import { soon } from '../support/patience.ts'
import { enter, startServer, type TestServer, type Visitor } from '../support/server.ts'

/** Work that was done at client id 7, before and after its author was last connected. */
const author = 7

let server: TestServer
let us: Visitor
let cn: Visitor
let reader: Visitor
const cleanups: (() => void)[] = []

beforeEach(() => open())
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) cleanup()
  await server.stop()
})

async function open(options: { linger?: number } = {}): Promise<void> {
  server = await startServer(options)
  us = await server.visit('delegate', 'us')
  cn = await server.visit('delegate', 'cn')
  reader = await server.visit('observer', 'none')
}

/** Somebody at a line, with a document that has what the server has. */
interface Present {
  readonly doc: Y.Doc
  send(frame: Uint8Array): void
  /** What the server says to a request for an echo: that it has everything, of which ids it lacks something, or how it ends. */
  saved(): Promise<'everything' | readonly number[] | { readonly code: number }>
  leave(): Promise<void>
}

async function come(visitor: Visitor, carrier: Carrier = 'socket'): Promise<Present> {
  const Socket = carriedBy(carrier, visitor.cookie)
  const socket = new Socket(`${server.origin.replace('http', 'ws')}/sync/${server.meeting}/agenda?vector=AA`)
  socket.binaryType = 'arraybuffer'
  const doc = new Y.Doc()
  const answers: Uint8Array[] = []
  let end: { code: number } | null = null
  let wake = () => {}
  const when = async (what: string, holds: () => boolean) => {
    while (!holds()) {
      const woken = new Promise<void>((resolve) => {
        wake = resolve
      })
      await soon(what, woken)
    }
  }
  let there = false
  socket.onmessage = ({ data }) => {
    const frame = new Uint8Array(data)
    const message = decode(frame)
    if (message?.type === 'step-2' || message?.type === 'update') Y.applyUpdate(doc, message.update, 'server')
    if (message?.type === 'step-2') there = true
    if (message?.type === 'acknowledge' || message === null) answers.push(frame)
    wake()
  }
  socket.onclose = ({ code }) => {
    end ??= { code }
    wake()
  }
  cleanups.push(() => socket.close())
  await when('what the server has', () => there || end !== null)
  if (end !== null) throw new Error(`not let in: ${JSON.stringify(end)}`)
  return {
    doc,
    send: (frame) => socket.send(frame as Uint8Array<ArrayBuffer>),
    async saved() {
      answers.length = 0
      socket.send(encodeAcknowledge(Uint8Array.of(1)) as Uint8Array<ArrayBuffer>)
      await when('the answer to a request for an echo', () => answers.length > 0 || end !== null)
      const answer = answers[0]
      if (answer === undefined) return end!
      const decoder = createDecoder(answer)
      if (readVarUint(decoder) !== lackingType) return 'everything'
      const inner = createDecoder(readVarUint8Array(decoder))
      return Array.from({ length: readVarUint(inner) }, () => readVarUint(inner))
    },
    async leave() {
      socket.close()
      await when('the end of the connection', () => end !== null)
    },
  }
}

function write(doc: Y.Doc, text: string): void {
  doc.getText('glossary').insert(doc.getText('glossary').length, text)
}

/** The whole of a document, as a step 2 brings what a server lacks that knows nothing. */
function all(doc: Y.Doc): Uint8Array {
  return encodeStep2(Y.encodeStateAsUpdate(doc))
}

/** A struct without content. */
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

function claim(client: number): Uint8Array {
  return encodeAwareness([{ client, clock: 1, state: '{}' }])
}

function by(client: number, text: string, before?: Y.Doc): Y.Doc {
  const doc = new Y.Doc()
  if (before) Y.applyUpdate(doc, Y.encodeStateAsUpdate(before))
  doc.clientID = client
  write(doc, text)
  return doc
}

async function found(): Promise<string> {
  const late = await come(reader)
  return late.doc.getText('glossary').toString()
}

/** Nobody is there, and the server remembers nothing but what it has stored. */
const absences = {
  'a restart': async () => {
    const { data, meeting } = server
    await server.server.close()
    await server.storage.close()
    const again = await startServer({ data })
    server = { ...again, meeting }
  },
  'an idle room': async () => {
    await expect.poll(() => server.server.rooms().rooms).toBe(0)
  },
}

/** What one frame can take of somebody else's client id. */
const claims: Record<string, (doc: Y.Doc) => Uint8Array> = {
  presence: () => claim(author),
  'structs without content': () => encodeUpdate(collected(author, 4, 100)),
  'the same by a step 2': () => encodeStep2(collected(author, 4, 100)),
  'words where the next ones will be': (doc) => {
    const forged = by(author, ' XXXXXXXXXXXXXXXXXXXXXXX', doc)
    return encodeUpdate(Y.encodeStateAsUpdate(forged, Y.encodeStateVector(doc)))
  },
  'deletions of what is yet to come': () => encodeStep2(deletion(author, 4, 100)),
}

describe.each(Object.keys(absences) as (keyof typeof absences)[])('P1, P7: after %s', (absence) => {
  test.each(Object.keys(claims))(
    'an absent colleague’s id cannot be had by %s, and what they bring arrives',
    async (how) => {
      await server.stop()
      await open({ linger: 0 })
      const before = await come(us)
      before.doc.clientID = author
      write(before.doc, 'mine')
      before.send(all(before.doc))
      expect(await before.saved()).toBe('everything')
      await before.leave()
      write(before.doc, ', done on a flight')
      await absences[absence]()

      const hostile = await come(cn)
      hostile.send(claims[how]!(hostile.doc))
      await hostile.saved()
      // The page was loaded again: what is brought is of an earlier id.
      const back = await come(us)
      back.send(claim(back.doc.clientID))
      back.send(all(before.doc))
      expect(await back.saved()).toBe('everything')
      expect(await found()).toBe('mine, done on a flight')
    },
  )
})

describe.each(carriers)('P1: by %s', (carrier) => {
  test('work under an id that somebody else has written under is never said to be saved', async () => {
    // Their id was seen beside a caret, and nothing had been written under it.
    const work = by(author, 'done on a flight')
    const forgeries = {
      'as many other words': Y.encodeStateAsUpdate(by(author, 'XXXXXXXXXXXXXXXX')),
      'the same words elsewhere': Y.encodeStateAsUpdate(by(author, 'done on a flight', by(3, 'Here: '))),
      'more of them': Y.encodeStateAsUpdate(by(author, 'done on a flight, it was said')),
      'fewer of them': Y.encodeStateAsUpdate(by(author, 'done on')),
      'nothing at all': collected(author, 0, 1000),
    }
    for (const [how, forgery] of Object.entries(forgeries)) {
      const { meeting, invitations } = await server.meet()
      server = { ...server, meeting, invitations }
      const [mine, theirs] = await Promise.all(
        (['us', 'cn'] as const).map(async (side) => {
          const { token } = invitations.find((one) => one.role === 'delegate' && one.side === side)!
          return enter(server.origin, token, `Guest ${side}`)
        }),
      )
      const hostile = await come(theirs!)
      hostile.send(encodeUpdate(forgery))
      expect(await hostile.saved(), how).toBe('everything')
      const back = await come(mine!, carrier)
      back.send(all(work))
      // The same words are the same, wherever else the other ones went.
      expect(await back.saved(), how).toEqual(how === 'more of them' ? 'everything' : [author])
      // However often it is asked, and however it is brought.
      const again = await come(mine!, carrier)
      again.send(encodeUpdate(Y.encodeStateAsUpdate(work)))
      const said = await again.saved()
      expect(how === 'more of them' ? said === 'everything' : said !== 'everything', how).toBe(true)
      for (const one of [hostile, back, again]) await one.leave()
    }
  })

  test('what was not taken of a frame keeps the rest of the connection from being said to be saved', async () => {
    const first = await come(cn)
    first.doc.clientID = author
    write(first.doc, 'theirs')
    first.send(all(first.doc))
    expect(await first.saved()).toBe('everything')
    const mine = by(8, 'mine', by(author, ' and more', first.doc))
    const back = await come(us, carrier)
    back.send(all(mine))
    expect(await back.saved()).toEqual([author])
    write(back.doc, 'later')
    back.send(all(back.doc))
    expect(await back.saved()).toEqual([author])
    // Whoever wrote the rest brings it, and then it is all there.
    first.send(encodeUpdate(Y.encodeStateAsUpdate(mine, Y.encodeStateVector(by(8, 'mine')))))
    const again = await come(us, carrier)
    again.send(all(back.doc))
    expect(await again.saved()).toBe('everything')
  })
})

test('P1: words that somebody else has sent as well, as they are, are saved, however they are cut', async () => {
  const theirs = await come(cn)
  theirs.doc.clientID = author
  for (const letter of 'written 👍 letter by letter') write(theirs.doc, letter)
  theirs.doc.getMap('people').set('list', [1, 'two', { three: null }])
  theirs.doc.getText('glossary').format(2, 9, { bold: true })
  theirs.doc.getText('glossary').insert(5, '👌')
  theirs.send(all(theirs.doc))
  expect(await theirs.saved()).toBe('everything')
  const mine = await come(us)
  await expect.poll(() => mine.doc.getText('glossary').toString()).toBe(theirs.doc.getText('glossary').toString())
  mine.send(all(mine.doc))
  expect(await mine.saved()).toBe('everything')
  // Deleted here, it need not stand there.
  mine.doc.getText('glossary').delete(3, 4)
  mine.send(all(mine.doc))
  expect(await mine.saved()).toBe('everything')
})

test('P7: an id that somebody has announced is theirs while they are there, and whose it is the first writer decides', async () => {
  const [mine, theirs] = [await come(us), await come(cn)]
  const doc = new Y.Doc()
  doc.clientID = author
  mine.send(claim(doc.clientID))
  expect(await mine.saved()).toBe('everything')
  const forged = encodeStep2(Y.encodeStateAsUpdate(by(author, 'XXXX')))
  theirs.send(forged)
  expect(await theirs.saved()).toEqual([author])
  // Another connection of the same person takes over before this one has ended.
  const phone = await come(us)
  phone.send(claim(doc.clientID))
  expect(await phone.saved()).toBe('everything')
  await mine.leave()
  theirs.send(forged)
  expect(await theirs.saved()).toEqual([author])
  await phone.leave()
  const free = await come(await server.visit('delegate', 'cn', 'Another'))
  free.send(forged)
  expect(await free.saved()).toBe('everything')
})

test('P7: what a document began with is nobody’s to continue', async () => {
  const hostile = await come(cn)
  const [seeded] = [...Y.decodeStateVector(Y.encodeStateVector(hostile.doc))]
  hostile.send(encodeStep2(collected(seeded![0], seeded![1], 10)))
  expect(await hostile.saved()).toEqual([seeded![0]])
})
