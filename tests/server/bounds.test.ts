import { createEncoder, type Encoder, toUint8Array, writeUint8, writeVarString, writeVarUint } from 'lib0/encoding'
import { afterEach, beforeEach, expect, test } from 'vitest'
import * as Y from 'yjs'
import { encodeStep1, encodeStep2, encodeUpdate } from '../../shared/wire/frame.ts'
import {
  type Client,
  kindOf,
  type RawClient,
  rawClient,
  startServer,
  stockClient,
  type TestServer,
  textOf,
  type Visitor,
} from '../support/server.ts'

/* What a stranger sends must not come back as the fault of those who bring what they were sent. */

const stranger = 777
let server: TestServer
let us: Visitor
let cn: Visitor
const clients: Client[] = []
beforeEach(async () => {
  server = await startServer()
  us = await server.visit('delegate', 'us')
  cn = await server.visit('delegate', 'cn')
})
afterEach(async () => {
  for (const client of clients.splice(0)) client.leave()
  await server.stop()
})

const at = ({ cookie }: Visitor) => ({ origin: server.origin, meeting: server.meeting, cookie })
async function come(who: Visitor): Promise<Client> {
  const client = stockClient(at(who))
  clients.push(client)
  await client.synced
  return client
}
async function hostile(): Promise<RawClient> {
  const raw = rawClient(at(cn))
  await raw.frame((frame) => kindOf(frame) === '0.0')
  return raw
}

/** Letters in the root `meta` under one key, from `clock` on. */
function letters(clock: number, count: number): Uint8Array {
  return written(count, clock, (encoder) => {
    writeUint8(encoder, 4 | 32)
    writeVarUint(encoder, 1)
    writeVarString(encoder, 'meta')
    writeVarString(encoder, 'k')
    writeVarString(encoder, 'q')
  })
}
function written(count: number, clock: number, write: (encoder: Encoder) => void): Uint8Array {
  const encoder = createEncoder()
  for (const n of [1, count, stranger, clock]) writeVarUint(encoder, n)
  for (let at = 0; at < count; at += 1) write(encoder)
  writeVarUint(encoder, 0)
  return toUint8Array(encoder)
}

/** Drops, and comes again with all that it has. */
async function comesAgain({ provider, closes, acknowledged }: Client): Promise<void> {
  const synced = new Promise<void>((resolve) => provider.on('sync', (is: boolean) => is && resolve()))
  provider.disconnect()
  provider.connect()
  await synced
  await acknowledged()
  expect(closes.filter((code) => code !== 1000 && code !== 1005 && code !== 1006)).toEqual([])
}

test('P1: what waits for letters that never come is bounded, so that whoever has a copy of it can come back', async () => {
  const mine = await come(us)
  const raw = await hostile()
  for (let turn = 0; turn < 100; turn += 1) raw.send(encodeUpdate(letters(1 + turn * 40, 40)))
  expect((await raw.closed).code).toBe(1013)
  textOf(mine.doc).insert(0, 'mine')
  await comesAgain(mine)
  const late = await come(us)
  expect(textOf(late.doc).toString()).toBe('mine')
  await comesAgain(late)
})

test('P1: what is given as right neighbour or parent and is nowhere waits as well', async () => {
  const raw = await hostile()
  const nowhere = (clock: number) =>
    written(200, clock, (encoder) => {
      writeUint8(encoder, 4 | 128)
      for (const n of [999_999, 3]) writeVarUint(encoder, n)
      writeVarString(encoder, 'q')
    })
  for (let turn = 0; turn < 10; turn += 1) raw.send(encodeUpdate(nowhere(turn * 200)))
  expect((await raw.closed).code).toBe(1013)
})

test('P1: gaps in what a stranger wrote are no fault of somebody who brings them back with words of their own', async () => {
  const mine = await come(us)
  const raw = await hostile()
  const gaps = Y.mergeUpdates(Array.from({ length: 200 }, (_, n) => letters(1 + n * 2, 1)))
  raw.send(encodeUpdate(gaps))
  expect((await raw.closed).code).toBe(4429)
  const few = await hostile()
  few.send(encodeUpdate(Y.mergeUpdates(Array.from({ length: 60 }, (_, n) => letters(1 + n * 2, 1)))))
  await expect.poll(() => mine.doc.store.pendingStructs).not.toBeNull()
  mine.provider.disconnect()
  textOf(mine.doc).insert(0, 'on a flight')
  await comesAgain(mine)
  const late = await come(cn)
  expect(textOf(late.doc).toString()).toBe('on a flight')
  few.socket.terminate()
})

test('P9: a connection that sends what is not its own is not remembered without end', async () => {
  const encoder = createEncoder()
  for (const n of [0, 5000]) writeVarUint(encoder, n)
  for (let client = 5000; client > 0; client -= 1) for (const n of [2 ** 41 + client, 1, 0, 1]) writeVarUint(encoder, n)
  const raw = await hostile()
  raw.send(encodeStep2(toUint8Array(encoder)))
  expect((await raw.closed).code).toBe(1013)
})

test('P5: a question longer than any document can be asked is malformed', async () => {
  const raw = await hostile()
  raw.send(encodeStep1(new Map(Array.from({ length: 20_001 }, (_, client) => [client + 1, 1] as const))))
  expect((await raw.closed).code).toBe(4400)
})
