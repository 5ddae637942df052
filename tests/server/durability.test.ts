import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import * as Y from 'yjs'
import { createMeeting } from '../../server/meeting/meetings.ts'
import { openSqlite } from '../../server/storage/sqlite/storage.ts'
import type { Storage } from '../../server/storage/storage.ts'
import { encodeAcknowledge, encodeUpdate } from '../../shared/wire/frame.ts'
import { kills } from '../soak/kills.ts'
import { playSample } from '../support/sample.ts'
import {
  blankAgenda,
  enter,
  kindOf,
  rawClient,
  startProcess,
  startServer,
  stockClient,
  textOf,
  until,
} from '../support/server.ts'

const cleanups: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function folder(): Promise<string> {
  const data = await mkdtemp(join(tmpdir(), 'parley-'))
  cleanups.push(() => rm(data, { recursive: true, force: true }))
  return data
}

test('P1, P2: of kills under typing, no acknowledged edit and none that another had seen is lost', () =>
  playSample(kills))

test('P3: while the disk fails nobody is told “saved”, and when it is well again nothing is missing', async () => {
  let failing = false
  let attempts = 0
  let failedTwice = () => {}
  const twice = new Promise<void>((resolve) => {
    failedTwice = resolve
  })
  const server = await startServer({
    linger: 0,
    wrap: (storage): Storage => ({
      ...storage,
      async append(edits) {
        if (!failing) return storage.append(edits)
        attempts += 1
        if (attempts === 2) failedTwice()
        throw new Error('disk full')
      },
    }),
  })
  cleanups.push(() => server.stop())
  const { cookie } = await server.visit('delegate', 'us')
  const place = { origin: server.origin, meeting: server.meeting, cookie }
  const client = stockClient(place)
  await client.synced
  const peer = rawClient({ ...place, cookie: (await server.visit('delegate', 'cn')).cookie })
  cleanups.push(() => peer.socket.terminate())
  await peer.frame((frame) => kindOf(frame) === '0.0')

  failing = true
  textOf(client.doc).insert(0, 'kept through a full disk')
  let saved = false
  client.acknowledged().then(() => {
    saved = true
  })
  await twice
  expect(saved).toBe(false)
  expect(peer.frames.map(kindOf)).not.toContain('0.2')
  const ready = await fetch(`${server.origin}/readyz`)
  expect([ready.status, ((await ready.json()) as { status: string }).status]).toEqual([503, 'failing'])
  expect((await fetch(`${server.origin}/healthz`)).status).toBe(200)
  const metrics = await (await fetch(`${server.origin}/metrics`)).text()
  expect(metrics).toMatch(/^parley_commit_failing 1$/m)
  expect(Number(/^parley_commit_failures_total (\d+)$/m.exec(metrics)?.[1])).toBeGreaterThanOrEqual(2)

  // The author leaves; the room stays, for it holds what is not committed.
  client.leave()
  peer.socket.close()
  await peer.closed
  expect(server.server.rooms().rooms).toBe(1)

  failing = false
  const late = stockClient(place)
  cleanups.push(() => late.leave())
  await until(late.doc, (doc) => textOf(doc).toString() === 'kept through a full disk')
  expect((await fetch(`${server.origin}/readyz`)).status).toBe(200)
  expect(saved).toBe(false)
})

test('P3: a room that cannot be loaded is not an empty room: the client is asked to come again', async () => {
  let failing = true
  const server = await startServer({
    wrap: (storage): Storage => ({
      ...storage,
      async load(meeting, name) {
        if (failing && name === 'agenda') throw new Error('unreadable')
        return storage.load(meeting, name)
      },
    }),
  })
  cleanups.push(() => server.stop())
  failing = false
  const { cookie } = await server.visit('delegate', 'us')
  failing = true
  const place = { origin: server.origin, meeting: server.meeting, cookie }
  const refused = rawClient(place)
  expect((await refused.closed).code).toBe(1011)
  expect(refused.frames).toEqual([])
  failing = false
  const client = stockClient(place)
  cleanups.push(() => client.leave())
  await client.synced
  expect(client.doc.getMap('meta').get('epoch')).toBe(1)
})

test('a stop commits what was heard, says goodbye, and is over in under five seconds', async () => {
  const data = await folder()
  const storage = openSqlite(data)
  const { meeting, invitations } = await createMeeting(storage, blankAgenda(), Date.now())
  await storage.close()
  const server = await startProcess(data)
  const { cookie } = await enter(server.origin, invitations[2]!.token, 'Dana')
  const place = { origin: server.origin, meeting, cookie }
  const raw = rawClient(place)
  await raw.frame((frame) => kindOf(frame) === '0.0')
  const doc = new Y.Doc()
  textOf(doc).insert(0, 'the last word')
  // The answer to the second frame shows that the first was heard; its commit is not waited for.
  raw.send(encodeUpdate(Y.encodeStateAsUpdate(doc)))
  raw.send(Uint8Array.of(0, 0, 1, 0))
  await raw.frame((frame) => kindOf(frame) === '0.1')
  raw.send(encodeAcknowledge(Uint8Array.of(5)))
  const began = performance.now()
  server.child.kill('SIGTERM')
  expect((await raw.closed).code).toBe(1001)
  expect(await server.exited).toEqual({ code: 0, signal: null })
  expect(performance.now() - began).toBeLessThan(5000)

  const again = await startProcess(data)
  const client = stockClient({ ...place, origin: again.origin })
  await client.synced
  expect(textOf(client.doc).toString()).toBe('the last word')
  client.leave()
  again.child.kill('SIGINT')
  expect((await again.exited).code).toBe(0)
})

test('two servers never serve the same folder', async () => {
  const data = await folder()
  const first = await startProcess(data)
  await expect(startProcess(data)).rejects.toThrow('"code":2')
  first.child.kill('SIGKILL')
  await first.exited
  // Not even a kill leaves the lock behind.
  const second = await startProcess(data)
  second.child.kill('SIGTERM')
  await second.exited
})
