import { statSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import * as Y from 'yjs'
import type { Kind, Limits } from '../../server/access/quota.ts'
import type { FreshInvitation } from '../../server/meeting/meetings.ts'
import type { AnswerOf } from '../../shared/api/contract.ts'
import { write } from '../../shared/document/write.ts'
import type { ItemId } from '../../shared/domain/agenda.ts'
import { canonicalText } from '../../shared/wire/digest.ts'
import { encodeAcknowledge, encodeUpdate } from '../../shared/wire/frame.ts'
import { large, sample } from '../support/agenda.ts'
import { enter, kindOf, rawClient, startServer, stockClient, type TestServer, textOf } from '../support/server.ts'

/* What somebody with a link can use up by many names, links, sockets and requests, and what nobody is kept from. */

const MB = 2 ** 20

async function serve(options: Parameters<typeof startServer>[0] = {}): Promise<TestServer> {
  const server = await startServer(options)
  onTestFinished(() => server.stop())
  return server
}

const linkOf = (invitations: readonly FreshInvitation[], role: string, side: string) =>
  invitations.find((one) => one.role === role && one.side === side)!.token

const comeIn = (server: TestServer, token: string, name: string, headers: Record<string, string> = {}) =>
  fetch(`${server.origin}/api/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ token, name }),
  })

const metric = async (server: TestServer, name: string) => {
  const text = await (await fetch(`${server.origin}/metrics`)).text()
  return Number(new RegExp(`^${name.replace(/[{}]/g, '\\$&')} (\\S+)$`, 'm').exec(text)?.[1] ?? 0)
}
const denials = async (server: TestServer) => {
  const text = await (await fetch(`${server.origin}/metrics`)).text()
  return [...text.matchAll(/^parley_budget_denials_total\{kind="(.*)",owner="(.*)"\} (\d+)$/gm)].map(
    ([, kind, owner]) => `${kind} of ${owner}`,
  )
}

test('P5: whoever writes is told of what is nearly used up before it is', async () => {
  const server = await serve({
    limits: { versions: { lasts: true, meeting: { most: 5 } }, people: { lasts: true, link: { most: 10 } } },
  })
  const delegate = await server.visit('delegate', 'us')
  const filling = async ({ cookie }: { readonly cookie: string }) => {
    const answer = await fetch(`${server.origin}/api/meetings/${server.meeting}/filling`, { headers: { cookie } })
    return ((await answer.json()) as AnswerOf<'filling'>).filling
  }
  expect(await filling(delegate)).toEqual({})
  for (let number = 1; number <= 4; number += 1)
    await fetch(`${server.origin}/api/meetings/${server.meeting}/versions`, {
      method: 'POST',
      headers: { cookie: delegate.cookie, 'content-type': 'application/json' },
      body: JSON.stringify({ label: 'draft', name: `${number}` }),
    })
  expect(await filling(delegate)).toEqual({ versions: 80 })
  const token = linkOf(server.invitations, 'delegate', 'us')
  for (let i = 1; i < 9; i += 1) await comeIn(server, token, `name ${i}`)
  expect(await filling(delegate)).toEqual({ versions: 80, people: 90 })
  // Of another link.
  expect(await filling(await server.visit('organizer', 'cn'))).toEqual({ versions: 80 })
  expect(await filling(await server.visit('observer', 'none'))).toEqual({})
})

describe('people who come in', () => {
  test('P5: a link lets in so many a minute, whatever names are given, and others of the meeting come in meanwhile', async () => {
    const server = await serve()
    const token = linkOf(server.invitations, 'delegate', 'us')
    const statuses: number[] = []
    for (let i = 0; i < 300; i += 1) statuses.push((await comeIn(server, token, `name ${i}`)).status)
    const entered = statuses.filter((status) => status === 200).length
    expect(entered).toBeGreaterThanOrEqual(80)
    expect(entered).toBeLessThan(110)
    expect(statuses.at(-1)).toBe(429)
    for (const [language, words] of [
      ['en', 'Try again in a minute'],
      ['zh', '请一分钟后再试'],
    ] as const) {
      const refused = await comeIn(server, token, 'one more', { 'accept-language': language })
      const { error, message } = await refused.json()
      expect([refused.status, error, message]).toEqual([429, 'link-busy', expect.stringContaining(words)])
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    }
    expect((await comeIn(server, linkOf(server.invitations, 'delegate', 'cn'), 'other side')).status).toBe(200)
    expect(await denials(server)).toEqual(['joins of link'])
  })

  test('P5: by many links and names together, a meeting and the server let in no more than theirs', async () => {
    const server = await serve()
    const other = await server.meet()
    const names = (tokens: readonly string[], each: number) =>
      Promise.all(
        tokens.flatMap((token, at) => Array.from({ length: each }, (_, i) => comeIn(server, token, `name ${at}-${i}`))),
      )
    const answers = await names(
      server.invitations.map(({ token }) => token),
      79,
    )
    const entered = answers.filter(({ status }) => status === 200).length
    expect(entered).toBeGreaterThanOrEqual(300)
    expect(entered).toBeLessThan(340)
    const refused = answers.find(({ status }) => status === 429)!
    expect((await refused.json()).error).toBe('meeting-busy')
    expect((await comeIn(server, linkOf(other.invitations, 'delegate', 'us'), 'another meeting')).status).toBe(200)
  })

  test('P5: one browser by many names is many people, and one person by many codes keeps nobody out', async () => {
    const server = await serve({
      limits: { people: { lasts: true, link: { most: 5 } }, sessions: { lasts: true, link: { most: 30 } }, joins: {} },
    })
    const token = linkOf(server.invitations, 'observer', 'none')
    let { cookie } = await enter(server.origin, token, 'name 0')
    const statuses: number[] = []
    for (let i = 1; i < 8; i += 1) {
      const answer = await comeIn(server, token, `name ${i}`, { cookie })
      statuses.push(answer.status)
      cookie = answer.headers.getSetCookie()[0]?.split(';')[0] ?? cookie
    }
    expect(statuses).toEqual([200, 200, 200, 200, 429, 429, 429])
    // Who one was before costs nothing.
    expect((await comeIn(server, token, 'name 2', { cookie })).status).toBe(200)

    const delegate = await server.visit('delegate', 'us')
    const at = `${server.origin}/api/meetings/${server.meeting}`
    const json = { 'content-type': 'application/json' }
    const another = async () => {
      const made = await fetch(`${at}/people/${delegate.person.id}/code`, {
        method: 'POST',
        headers: { cookie: delegate.cookie },
      })
      const { code } = (await made.json()) as { code: string }
      return fetch(`${server.origin}/api/code`, { method: 'POST', headers: json, body: JSON.stringify({ code }) })
    }
    const answers: (string | number)[] = []
    for (let i = 0; i < 22; i += 1) {
      const answer = await another()
      answers.push(answer.ok ? answer.status : ((await answer.json()) as { error: string }).error)
    }
    expect(answers).toEqual([...Array(19).fill(200), ...Array(3).fill('too-many-devices')])
    const people = await fetch(`${at}/people`, { headers: { cookie: delegate.cookie } })
    const [own] = ((await people.json()) as AnswerOf<'people'>).people
    expect(own!.sessions).toHaveLength(20)
  })

  test('P5: a revoked link takes no place in its meeting', async () => {
    const server = await serve({ limits: { people: { lasts: true, meeting: { most: 3 } } } })
    const observers = server.invitations.find(({ role }) => role === 'observer')!
    for (let i = 0; i < 3; i += 1) await comeIn(server, observers.token, `name ${i}`)
    const token = linkOf(server.invitations, 'delegate', 'us')
    expect((await comeIn(server, token, 'honest')).status).toBe(429)
    await server.storage.revokeInvitation(observers.id, Date.now())
    expect((await comeIn(server, token, 'honest')).status).toBe(200)
  })

  test('P5: a link is for so many people; who has been in by it comes in again, and the operator was told before', async () => {
    const told: object[] = []
    const logger = { level: 'silent', warn: (about: object) => told.push(about), error() {} } as never
    const limits: Partial<Limits> = { people: { lasts: true, link: { most: 10 } } }
    const server = await serve({ limits, logger })
    const token = linkOf(server.invitations, 'observer', 'none')
    const first = await comeIn(server, token, 'name 0')
    for (let i = 1; i < 7; i += 1) expect((await comeIn(server, token, `name ${i}`)).status).toBe(200)
    expect(told).toEqual([])
    for (let i = 7; i < 10; i += 1) expect((await comeIn(server, token, `name ${i}`)).status).toBe(200)
    expect(told).toMatchObject([{ kind: 'people', owner: 'link', percent: 80 }])
    expect(await metric(server, 'parley_budget_used_percent{kind="people",owner="link"}')).toBe(100)
    const refused = await comeIn(server, token, 'one more')
    expect([refused.status, (await refused.json()).error]).toEqual([429, 'link-full'])
    const cookie = first.headers.get('set-cookie')!.split(';')[0]!
    expect((await comeIn(server, token, 'Name 0', { cookie })).status).toBe(200)
  })

  test('a delegation of 40 and a class of 30 behind one address come in at once, open the agenda, paste and print', async () => {
    const server = await serve({ agenda: sample() })
    const crowd = (count: number, role: 'delegate' | 'observer', side: 'us' | 'none') =>
      Promise.all(
        Array.from({ length: count }, async (_, i) => {
          const token = linkOf(server.invitations, role, side)
          const { cookie } = await enter(server.origin, token, `Guest ${role[0]} ${i}`)
          const client = stockClient({ origin: server.origin, meeting: server.meeting, cookie })
          await client.synced
          return { cookie, client }
        }),
      )
    const all = (await Promise.all([crowd(40, 'delegate', 'us'), crowd(30, 'observer', 'none')])).flat()
    onTestFinished(() => {
      for (const { client } of all) client.leave()
    })
    const [first, second] = all
    const day = sample().days[0]!.id
    // Pasted by one while all others are there.
    first!.client.doc.transact(() => {
      for (let i = 0; i < 200; i += 1) {
        const id = `pasted${i}` as ItemId
        const title = { en: `Pasted ${i}`, zh: '' }
        write(first!.client.doc, { type: 'add-item', id, place: { day, after: null }, settings: {}, title })
      }
    })
    await first!.client.acknowledged()
    // A week's work of another, brought at once.
    const words = textOf(second!.client.doc)
    second!.client.provider.disconnect()
    for (let i = 0; i < 5000; i += 1) words.insert(i % 7 === 0 ? 0 : words.length, 'some words ')
    second!.client.provider.connect()
    await all[2]!.client.until((doc) => textOf(doc).length >= words.length)
    const at = `${server.origin}/api/meetings/${server.meeting}/export/md`
    const printed = await Promise.all(all.map(({ cookie }) => fetch(at, { headers: { cookie } })))
    expect(printed.map(({ status }) => status)).toEqual(all.map(() => 200))
    expect(all.flatMap(({ client }) => client.closes).filter((code) => code >= 1011)).toEqual([])
    expect(await denials(server)).toEqual([])
  })
})

describe('what is stored', () => {
  const sizeOf = ({ data }: TestServer) =>
    ['', '-wal'].reduce((sum, end) => {
      const size = statSync(join(data, `parley.sqlite${end}`), { throwIfNoEntry: false })?.size ?? 0
      return sum + size
    }, 0) / MB

  /** Overwrites one value again and again, so that the log grows and the document does not. */
  async function overwrite(
    server: TestServer,
    document: string,
    cookies: readonly string[],
    until: (ends: ReadonlySet<string>) => boolean,
  ) {
    const ends = new Set<string>()
    const one = async (cookie: string) => {
      while (!until(ends)) {
        const doc = new Y.Doc()
        const raw = rawClient({ origin: server.origin, meeting: server.meeting, cookie, document })
        const over = raw.closed.then(({ code, reason }) => ends.add(`${code} ${reason}`))
        await raw.opened
        while (!until(ends) && raw.socket.readyState === raw.socket.OPEN) {
          const before = Y.encodeStateVector(doc)
          doc.getMap('meta').set('place.en', String(Math.random()).repeat(50_000))
          raw.frames.length = 0
          raw.send(encodeUpdate(Y.encodeStateAsUpdate(doc, before)))
          raw.send(encodeAcknowledge(Uint8Array.of(1)))
          await Promise.race([raw.frame((frame) => kindOf(frame) === '102'), over])
        }
        raw.socket.close()
        await over
      }
    }
    await Promise.all(cookies.map(one))
    return ends
  }

  test('P5: the log of a meeting grows by so much a minute, whoever writes; who types there goes on, and so do others', async () => {
    const limits: Partial<Limits> = { 'log-growth': { meeting: { most: 8 * MB, perMinute: MB } } }
    const server = await serve({ limits })
    const honest = await server.visit('delegate', 'us', 'Honest')
    const client = stockClient({ origin: server.origin, meeting: server.meeting, cookie: honest.cookie })
    await client.synced
    const names = [0, 1, 2, 3, 4, 5].map((n) => server.visit('delegate', n % 2 === 0 ? 'us' : 'cn', `name ${n}`))
    const cookies = (await Promise.all(names)).map(({ cookie }) => cookie)
    const before = sizeOf(server)
    const end = performance.now() + 8000
    const flood = overwrite(server, 'agenda', cookies, () => performance.now() > end)
    while (performance.now() < end) {
      textOf(client.doc).insert(0, 'typed ')
      await client.acknowledged()
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    expect(await flood).toContain('1013 the log grows too fast')
    expect(client.closes.filter((code) => code >= 1011)).toEqual([])
    client.leave()
    // The write-ahead log may hold a copy of each page, and each of the six had something small of their own.
    expect(sizeOf(server) - before).toBeLessThan(2 * 8 + 12)
    expect(await denials(server)).toContain('log-growth of meeting')
    // Another meeting has its own.
    const other = await server.meet()
    const guest = await enter(server.origin, linkOf(other.invitations, 'delegate', 'us'), 'Guest')
    const away = stockClient({ origin: server.origin, meeting: other.meeting, cookie: guest.cookie })
    await away.synced
    textOf(away.doc).insert(0, 'x'.repeat(2 * MB))
    await away.acknowledged()
    away.leave()
  })

  const isFull = (ends: ReadonlySet<string>) => ends.has(full)
  const full = '4413 the log is full'

  test('P5: a link has so much of the log and no more, also after a restart', async () => {
    const limits: Partial<Limits> = { log: { lasts: true, link: { most: 4 * MB } } }
    const first = await startServer({ limits })
    const { data, meeting, invitations } = first
    const { cookie } = await enter(first.origin, linkOf(invitations, 'delegate', 'us'), 'Vandal')
    expect(await overwrite(first, 'caucus-us', [cookie], isFull)).toContain(full)
    await first.server.close()
    await first.storage.close()
    const again = await serve({ limits, data })
    const ends = await overwrite({ ...again, meeting }, 'caucus-us', [cookie], isFull)
    expect(ends).toContain(full)
    // By another link of that meeting there is room.
    const side = await enter(again.origin, linkOf(invitations, 'organizer', 'us'), 'Olga')
    const client = stockClient({ origin: again.origin, meeting, cookie: side.cookie })
    await client.synced
    textOf(client.doc).insert(0, 'x'.repeat(MB))
    await client.acknowledged()
    client.leave()
  })
  const keep = (server: TestServer, cookie: string, meeting: string = server.meeting) =>
    fetch(`${server.origin}/api/meetings/${meeting}/versions`, {
      method: 'POST',
      headers: { cookie, 'content-type': 'application/json' },
      body: JSON.stringify({ label: 'draft', name: 'v' }),
    })

  test('P5: an unchanged agenda is stored once, and a meeting keeps so many versions and bytes a minute, by any names', async () => {
    const agenda = large(250)
    const size = Buffer.byteLength(canonicalText(agenda))
    const growing: Kind = 'version-bytes-growth'
    const server = await serve({
      agenda,
      limits: { [growing]: { meeting: { most: 4.5 * size, perMinute: size / 60 } } },
    })
    const names = await Promise.all([0, 1, 2, 3].map((n) => server.visit('delegate', 'us', `name ${n}`)))
    const client = stockClient({ origin: server.origin, meeting: server.meeting, cookie: names[0]!.cookie })
    await client.synced
    const change = async (i: number) => {
      client.doc.getMap('meta').set('place.en', `Place ${i}`)
      await client.acknowledged()
    }
    await change(0)
    const unchanged = []
    for (let i = 0; i < 20; i += 1) unchanged.push((await keep(server, names[i % 4]!.cookie)).status)
    expect(new Set(unchanged)).toEqual(new Set([201]))
    const [stored] = await server.storage.versionBytes()
    expect(stored).toMatchObject({ count: 20 })
    expect(stored!.bytes).toBeLessThan(1.1 * size)
    const changed = []
    for (let i = 1; i < 7; i += 1) {
      await change(i)
      const answer = await keep(server, names[i % 4]!.cookie)
      changed.push(answer.status === 201 ? 201 : (await answer.json()).error)
    }
    expect(changed).toEqual([201, 201, 201, 'meeting-busy', 'meeting-busy', 'meeting-busy'])
    client.leave()
    const many = []
    for (let i = 0; i < 60; i += 1) many.push((await keep(server, names[i % 4]!.cookie)).status)
    expect(many.at(-1)).toBe(429)
    const other = await server.meet()
    const guest = await enter(server.origin, linkOf(other.invitations, 'delegate', 'us'), 'Guest')
    expect((await keep(server, guest.cookie, other.meeting)).status).toBe(201)
  })
})

describe('who takes many connections or sends many frames', () => {
  test('P5: a link has so many connections, and other links have theirs', async () => {
    const limits: Partial<Limits> = { connections: { link: { most: 30 } } }
    const server = await serve({ limits })
    const names = await Promise.all([0, 1, 2, 3].map((n) => server.visit('delegate', 'us', `name ${n}`)))
    const open = (cookie: string) => rawClient({ origin: server.origin, meeting: server.meeting, cookie })
    const clients = Array.from({ length: 40 }, (_, i) => open(names[i % 4]!.cookie))
    await expect.poll(() => clients.filter(({ socket }) => socket.readyState === 3).length).toBe(10)
    expect(server.server.connections()).toBe(30)
    const other = open((await server.visit('delegate', 'cn')).cookie)
    await other.frame((frame) => kindOf(frame) === '0.0')
    for (const { socket } of [...clients, other]) socket.close()
    await expect.poll(() => server.server.connections()).toBe(0)
    const again = open(names[0]!.cookie)
    await again.frame((frame) => kindOf(frame) === '0.0')
    again.socket.close()
  })

  test('P5: names that flood together are asked to come again; who types over the same link is not', async () => {
    const limits: Partial<Limits> = { frames: { link: { most: 2000, perMinute: 60 } } }
    const server = await serve({ limits })
    const place = { origin: server.origin, meeting: server.meeting }
    const names = await Promise.all([0, 1, 2].map((n) => server.visit('delegate', 'us', `name ${n}`)))
    const honest = stockClient({ ...place, cookie: (await server.visit('delegate', 'us', 'Honest')).cookie })
    await honest.synced
    const floods = names.map(({ cookie }) => rawClient({ ...place, cookie }))
    await Promise.all(floods.map(({ opened }) => opened))
    for (let i = 0; i < 3000; i += 1) for (const flood of floods) flood.send(encodeAcknowledge(Uint8Array.of(1)))
    const codes = await Promise.all(floods.map(({ closed }) => closed))
    expect(codes.map(({ code }) => code)).toContain(1013)
    for (let i = 0; i < 50; i += 1) textOf(honest.doc).insert(0, 'typed ')
    await honest.acknowledged()
    expect(honest.closes).toEqual([])
    honest.leave()
  })
})

test('P5: answers that nobody reads are bounded, and given back when their sockets go', async () => {
  const server = await serve({ agenda: large(2000) })
  const watcher = await server.visit('observer', 'none')
  const delegate = await server.visit('delegate', 'us')
  const at = `${server.origin}/api/meetings/${server.meeting}`
  const kept = await fetch(`${at}/versions`, {
    method: 'POST',
    headers: { cookie: delegate.cookie, 'content-type': 'application/json' },
    body: JSON.stringify({ label: 'draft', name: '' }),
  })
  const { id } = (await kept.json()) as { id: string }
  const path = `/api/meetings/${server.meeting}/versions/${id}`
  const size = (await (await fetch(`${server.origin}${path}`, { headers: { cookie: watcher.cookie } })).text()).length
  const waiting = () => metric(server, 'parley_budget_used_percent{kind="waiting",owner="person"}')
  await expect.poll(waiting).toBe(0)
  // Four times what may wait for one person, and what the kernel takes besides.
  const sockets: Socket[] = []
  for (let asked = 0; asked * size < 192 * MB; asked += 4) {
    const socket = connect(server.port, '127.0.0.1')
    socket.on('error', () => {})
    socket.pause()
    const asking = `GET ${path} HTTP/1.1\r\nHost: localhost\r\nCookie: ${watcher.cookie}\r\n\r\n`
    socket.write(asking.repeat(4))
    sockets.push(socket)
  }
  await expect.poll(waiting, { timeout: 30_000 }).toBeGreaterThan(80)
  await expect.poll(() => denials(server)).toContain('waiting of person')
  expect((await fetch(`${server.origin}${path}`, { headers: { cookie: delegate.cookie } })).status).toBe(200)
  for (const socket of sockets) socket.destroy()
  await expect.poll(waiting).toBe(0)
})

test('P5: what somebody announces and does not send takes no room from others', async () => {
  const server = await serve()
  const names = await Promise.all(
    [1, 2, 3, 4, 5, 6].map((n) => enter(server.origin, linkOf(server.invitations, 'delegate', 'us'), `name ${n}`)),
  )
  const path = `/api/meetings/${server.meeting}/read?name=a.md`
  const sockets = names.flatMap(({ cookie }) =>
    [1, 2, 3].map(() => {
      const socket = connect(server.port, '127.0.0.1')
      socket.on('error', () => {})
      const head = `POST ${path} HTTP/1.1\r\nHost: localhost\r\nCookie: ${cookie}\r\nContent-Type: application/octet-stream\r\n`
      socket.write(`${head}Content-Length: ${20 * MB}\r\n\r\nx`)
      return socket
    }),
  )
  await expect.poll(() => metric(server, 'parley_budget_used_percent{kind="uploads",owner="meeting"}')).toBeLessThan(1)
  for (const side of ['us', 'cn'] as const) {
    const { cookie } = await server.visit('organizer', side)
    const headers = { cookie, 'content-type': 'application/octet-stream' }
    const body = `# Day 1, 2026-03-12\n\n09:00 ${'Opening '.repeat(2000)}\n`
    expect((await fetch(`${server.origin}${path}`, { method: 'POST', headers, body })).status).toBe(200)
  }
  for (const socket of sockets) socket.destroy()
})

test('P5: a body that is refused on its way takes nothing of the budget with it', async () => {
  const server = await serve({ limits: { uploads: { link: { most: MB }, meeting: { most: 4 * MB } } } })
  const { cookie } = await server.visit('delegate', 'us')
  const used = () => metric(server, 'parley_budget_used_percent{kind="uploads",owner="link"}')
  const file = { cookie, 'content-type': 'application/octet-stream' }
  const lines = `${server.origin}/sync/${server.meeting}/agenda/lines`
  const opened = await fetch(`${lines}?epoch=1`, { method: 'POST', headers: { cookie } })
  const { line } = (await opened.json()) as { line: string }
  for (const [url, headers] of [
    [`${server.origin}/api/meetings/${server.meeting}/read?name=a.md`, file],
    [`${lines}/${line}?number=1&after=0`, { cookie }],
  ] as const) {
    for (let i = 0; i < 3; i += 1) {
      // The refusal comes while the rest is still being sent, or breaks the sending off.
      const status = await fetch(url, { method: 'POST', headers, body: Buffer.alloc(3 * MB) }).then(
        (answer) => answer.status,
        () => 0,
      )
      expect(status).not.toBe(200)
      await expect.poll(used).toBe(0)
    }
  }
  expect(await denials(server)).toContain('uploads of link')
})
