import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { Agent, type ClientRequest, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { createMeeting } from '../../server/meeting/meetings.ts'
import { openSqlite } from '../../server/storage/sqlite/storage.ts'
import { writeFrames } from '../../shared/wire/batch.ts'
import { encodeStep1 } from '../../shared/wire/frame.ts'
import {
  blankAgenda,
  enter,
  type RawClient,
  rawClient,
  type ServerProcess,
  startProcess,
  stockClient,
  textOf,
} from '../support/server.ts'

/*
 * What waits in the server's memory for somebody who does not read, or does not send the rest, by one name or many,
 * links, sockets and requests. Measured as all memory of a server process.
 */

const MB = 2 ** 20
/** What may wait for one meeting, and what is garbage for a while, MB. */
const mostMore = 4 * 128
const writer = 7
let data: string
let server: ServerProcess
let meeting: string
let tokens: Record<string, string>
/** Memory before anybody has asked for much, MB. */
let usual: number
let honest: Awaited<ReturnType<typeof enter>>

beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'parley-'))
  const storage = openSqlite(data)
  const made = await createMeeting(storage, blankAgenda(), 1)
  meeting = made.meeting
  tokens = Object.fromEntries(made.invitations.map(({ role, side, token }) => [`${role} ${side}`, token]))
  const stored = (await storage.load(made.meeting, 'agenda'))!
  const doc = new Y.Doc()
  Y.applyUpdate(doc, stored.base)
  doc.clientID = writer
  textOf(doc).insert(0, 'x'.repeat(11 * MB))
  await storage.fold(stored.key, Y.encodeStateAsUpdate(doc), [])
  await storage.close()
  server = await startProcess(data)
  honest = await enter(server.origin, tokens['delegate us']!, 'Honest')
  usual = resident()
})
afterAll(async () => {
  server.child.kill('SIGKILL')
  await server.exited
  await rm(data, { recursive: true, force: true })
})

/** All memory of the server, MB. */
function resident(): number {
  const status = readFileSync(`/proc/${server.child.pid}/status`, 'latin1')
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1024
}

/** The most memory that the server has while `work` is done and for so long after, ms. */
async function most(work: () => Promise<unknown>, after: number): Promise<number> {
  let highest = resident()
  const watch = setInterval(() => {
    highest = Math.max(highest, resident())
  }, 20)
  await work()
  await new Promise((resolve) => setTimeout(resolve, after))
  clearInterval(watch)
  return highest
}

/** Waits until the server holds nothing of what has gone. */
const forgotten = (kind = 'waiting') => {
  const line = new RegExp(`^parley_budget_used_percent\\{kind="${kind}",owner="server"\\} 0$`, 'm')
  return expect.poll(metrics).toMatch(line)
}
const metrics = async () => (await fetch(`${server.origin}/metrics`)).text()

/** Somebody else types, and it is saved, within a second. */
async function typesOn(document = 'caucus-us'): Promise<void> {
  const client = stockClient({ origin: server.origin, meeting, cookie: honest.cookie, document })
  await client.synced
  const began = performance.now()
  textOf(client.doc).insert(0, 'typed ')
  await client.acknowledged()
  expect(performance.now() - began).toBeLessThan(1500)
  client.leave()
}

/** By link and number; they come in once. */
const known = new Map<string, string>()
const people = async (links: readonly string[], each: number) => {
  const cookies: string[] = []
  for (const link of links)
    for (let i = 0; i < each; i += 1) {
      const name = `name ${Object.keys(tokens).indexOf(link)}-${i}`
      const cookie = known.get(name) ?? (await enter(server.origin, tokens[link]!, name)).cookie
      known.set(name, cookie)
      cookies.push(cookie)
    }
  return cookies
}

describe.runIf(process.platform === 'linux')('memory for those who do not keep up', () => {
  const links = ['observer none', 'delegate us', 'delegate cn', 'organizer us', 'organizer cn']
  const crowds: [string, readonly string[], number, number][] = [
    ['24 sockets of one observer', ['observer none'], 1, 24],
    ['six sockets each of twelve observers of one link', ['observer none'], 12, 6],
    ['six sockets each of people of all links of both sides', links, 5, 4],
  ]

  test.each(crowds)('P5: whole documents that nobody reads: %s', async (_what, by, each, sockets) => {
    const cookies = await people(by, each)
    const clients: RawClient[] = []
    const highest = await most(async () => {
      for (let n = 0; n < sockets; n += 1) {
        for (const cookie of cookies) {
          const client = rawClient({ origin: server.origin, meeting, cookie })
          clients.push(client)
          await client.opened
          client.socket.pause()
          // Each question has another answer, so that none is kept from before.
          for (let i = 0; i < 4; i += 1) client.send(encodeStep1(new Map([[writer, clients.length * 4 + i]])))
        }
      }
    }, 5000)
    console.log(`${_what}: ${clients.length} sockets, RSS ${Math.round(usual)} -> ${Math.round(highest)} MB`)
    expect(highest - usual).toBeLessThan(mostMore)
    await typesOn()
    for (const { socket } of clients) socket.terminate()
    await forgotten()
  })

  test('P5: whole documents on event streams that nobody reads', async () => {
    const cookies = await people(['observer none'], 4)
    const asked: ClientRequest[] = []
    const highest = await most(async () => {
      for (let n = 0; n < 10; n += 1) {
        for (const cookie of cookies) {
          const base = `${server.origin}/sync/${meeting}/agenda/lines`
          const opened = await fetch(`${base}?epoch=1`, { method: 'POST', headers: { cookie } })
          if (opened.status !== 201) continue
          const { line } = (await opened.json()) as { line: string }
          const events = request(`${base}/${line}/events?after=0`, { headers: { cookie }, agent: new Agent() })
          events.on('error', () => {})
          events.end()
          asked.push(events)
          const { body } = writeFrames([encodeStep1(new Map([[writer, asked.length]]))], MB)
          await fetch(`${base}/${line}?number=1&after=0`, {
            method: 'POST',
            headers: { cookie },
            body: Uint8Array.from(body),
          })
        }
      }
    }, 2500)
    console.log(`${asked.length} streams: RSS ${Math.round(usual)} -> ${Math.round(highest)} MB`)
    expect(asked.length).toBeGreaterThan(20)
    expect(highest - usual).toBeLessThan(mostMore)
    await typesOn()
    for (const one of asked) one.destroy()
  })

  const uploads: [string, readonly string[], number][] = [
    ['one delegate', ['delegate us'], 1],
    ['ten names of a link', ['delegate us'], 10],
    ['names of both sides', ['delegate us', 'delegate cn', 'organizer us', 'organizer cn'], 6],
  ]
  test.each(uploads)('P5: files of which the end never comes: %s', async (_what, by, each) => {
    const cookies = await people(by, each)
    const size = 20 * MB
    const sending: ClientRequest[] = []
    const statuses: number[] = []
    let closed = 0
    const highest = await most(async () => {
      for (const cookie of cookies) {
        for (let k = 0; k < (each === 1 ? 4 : 3); k += 1) {
          const headers = { cookie, 'content-type': 'application/octet-stream', 'content-length': size }
          const one = request(`${server.origin}/api/meetings/${meeting}/read?name=a.docx`, {
            ...{ method: 'POST', headers, agent: new Agent() },
          })
          one.on('error', () => {})
          one.on('close', () => {
            closed += 1
          })
          one.on('response', (response) => {
            statuses.push(response.statusCode!)
            response.resume()
          })
          one.write(Buffer.alloc(size - 10, 65))
          sending.push(one)
        }
        await new Promise((resolve) => setTimeout(resolve, 60))
      }
    }, 1500)
    console.log(
      `${_what}: ${sending.length} uploads, ${statuses.length} refused, RSS ${Math.round(usual)} -> ${Math.round(highest)} MB`,
    )
    expect(highest - usual).toBeLessThan(mostMore)
    expect(statuses.length).toBeGreaterThan(0)
    // For more than three at once, or more bytes than the link or the meeting has.
    for (const status of statuses) expect([503, 429]).toContain(status)
    await typesOn()
    // What stands still is given up: nobody holds the place of another for long.
    if (by.length === 1) for (const one of sending) one.destroy()
    await expect.poll(() => closed, { timeout: 30_000 }).toBe(sending.length)
    await forgotten('uploads')
  })

  test('P5: frames of which the end never comes, by many names and sockets', async () => {
    const cookies = await people(['observer none', 'delegate cn'], 5)
    const clients: RawClient[] = []
    const highest = await most(async () => {
      for (const cookie of cookies) {
        for (let n = 0; n < 8; n += 1) {
          const client = rawClient({ origin: server.origin, meeting, cookie, document: 'ledger' })
          clients.push(client)
          await client.opened
          // The beginning of a message, and never its end.
          client.socket.send(new Uint8Array(3.9 * MB), { fin: false })
        }
      }
    }, 2000)
    console.log(`${clients.length} sockets with half a frame: RSS ${Math.round(usual)} -> ${Math.round(highest)} MB`)
    expect(highest - usual).toBeLessThan(mostMore)
    await typesOn()
    for (const { socket } of clients) socket.terminate()
    await forgotten()
  })
})
