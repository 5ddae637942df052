import { readdirSync, readFileSync } from 'node:fs'
import { join as pathOf } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import * as Y from 'yjs'
import type { InvitationId } from '../../shared/api/terms.ts'
import type { PersonId } from '../../shared/domain/agenda.ts'
import { encodeAcknowledge, encodeUpdate } from '../../shared/wire/frame.ts'
import {
  enter,
  kindOf,
  post,
  rawClient,
  startServer,
  type TestServer,
  textOf,
  type Visitor,
} from '../support/server.ts'

/* Who somebody is, against people who type names, plant cookies, and keep connections open. */

let server: TestServer
let token: string
let dana: Visitor
let organizer: Visitor

beforeAll(async () => {
  // Many come in by one link here, within seconds.
  server = await startServer({ limits: { joins: {} } })
  token = server.invitations.find((one) => one.role === 'delegate' && one.side === 'us')!.token
  organizer = await server.visit('organizer', 'us')
  dana = await enter(server.origin, token, 'Dana Smith')
})
afterAll(() => server.stop())

interface Joined {
  readonly status: number
  readonly error?: string
  readonly person?: Visitor['person']
  readonly cookie: string
}

async function join(body: object, cookie?: string, path = '/api/session', origin = server.origin): Promise<Joined> {
  const response = await post(origin, path, body, cookie)
  const set = response.headers.get('set-cookie') ?? ''
  return { status: response.status, cookie: set.split(';')[0]!, ...((await response.json()) as object) }
}

async function ask(method: string, path: string, by: Visitor | { cookie: string }) {
  const response = await fetch(`${server.origin}/api${path}`, { method, headers: { cookie: by.cookie } })
  const text = await response.text()
  return { status: response.status, body: text === '' ? null : JSON.parse(text) }
}

const people = async (by: Visitor) => {
  const { body } = await ask('GET', `/meetings/${server.meeting}/people`, by)
  return body.people as { id: string; name: string; sessions: { id: string; way: string; present: boolean }[] }[]
}

/** Somebody in the agenda, at a bare socket. */
async function inside(visitor: { cookie: string }) {
  const client = rawClient({ origin: server.origin, meeting: server.meeting, cookie: visitor.cookie })
  onTestFinished(() => client.socket.terminate())
  await client.frame((frame) => kindOf(frame) === '0.0')
  return client
}

function edit(text: string): Uint8Array {
  const doc = new Y.Doc()
  textOf(doc).insert(0, text)
  return encodeUpdate(Y.encodeStateAsUpdate(doc))
}

describe('P7: a name is no key to anybody', () => {
  test('whoever types a colleague’s name over the same link, however written, is not them', async () => {
    const alike = [
      'Dana Smith',
      'dana smith',
      'DANA  SMITH',
      'Ｄａｎａ Ｓｍｉｔｈ',
      'Dana\u00a0Smith',
      '\ufeffDana Smith',
    ]
    const lookalike = [
      'Dana Smith\u0301',
      'Daná Smith',
      '𝓓ana Smith',
      'Dana Smıth',
      'Dana-Smith',
      'DanaSmith',
      'Dana 5mith',
      'Dana Srnith',
      ...['\u1dc4', '\u0485', '\u0670', '\u3099', 'ˑ'].map((mark) => `Dana Smith${mark}`),
    ]
    for (const name of [...alike, ...lookalike.filter((one) => !/5/.test(one))]) {
      expect([name, (await join({ token, name })).error]).toEqual([name, 'name-taken'])
    }
    const hidden = [
      '\u200b',
      '\u00ad',
      '\u200e',
      '\u3164',
      '\u{e0041}',
      '\u115f',
      '\u2800',
      '\u0000',
      '\u202e',
      '\u2066',
    ]
    const spelt = ['D\u0430na Smith', 'Dana Ѕmith', '<img src=x onerror=alert(1)>', '\ud800', 'Da̴̛̗n̷a̵', '﷽']
    const roles = [
      'Chen (cn, organizer)',
      'Parley · System',
      '中方代表',
      'ORGANIZER',
      '0rganizer',
      '组 织 者',
      'Dana (观察员)',
    ]
    for (const name of [...hidden.map((one) => `Da${one}na Smith`), ...hidden, ...spelt, ...roles]) {
      const { status, error } = await join({ token, name })
      expect([name, status, error]).toEqual([name, 400, expect.stringMatching(/^(name-|no-name)/)])
    }
    for (const link of server.invitations.filter((one) => one.role !== 'organizer')) {
      expect((await join({ token: link.token, name: 'Dana Smith' })).error).toBe('name-taken')
    }
    expect((await people(organizer)).filter(({ name }) => name.startsWith('D'))).toHaveLength(1)
    expect((await ask('GET', '/session', dana)).body.memberships[0].person).toEqual(dana.person)
  })

  test('names as people have them come in', async () => {
    for (const name of [
      'Amy陈',
      '欧阳·娜',
      'Jean-Luc O’Neill',
      'José Núñez',
      'Иван Петров',
      '김철수',
      '山田カナエ',
      'Li Na (Systems Institute)',
    ]) {
      expect([name, (await join({ token, name })).status]).toEqual([name, 200])
    }
  })

  test('traditional and simplified characters are one name, also for a link that is made for it', async () => {
    expect((await join({ token, name: '陈思远' })).status).toBe(200)
    for (const name of ['陳思遠', '陈 思遠']) expect((await join({ token, name })).error).toBe('name-taken')
    const path = `/api/meetings/${server.meeting}/invitations`
    const made = await post(
      server.origin,
      path,
      { role: 'delegate', side: 'us', personName: '陳思遠' },
      organizer.cookie,
    )
    expect([made.status, ((await made.json()) as { error: string }).error]).toEqual([409, 'name-taken'])
  })

  test('a link that is made for somebody whose own was revoked is theirs; of another side it is not', async () => {
    const path = `/api/meetings/${server.meeting}/invitations`
    const make = async (body: object) =>
      (await (await post(server.origin, path, body, organizer.cookie)).json()) as { id: string; token: string }
    const first = await make({ role: 'delegate', side: 'us' })
    const grace = await enter(server.origin, first.token, 'Grace Kim')
    await server.storage.revokeInvitation(first.id as InvitationId, Date.now())
    const elsewhere = await make({ role: 'observer', side: 'none', personName: 'Grace Kim' })
    expect((await join({ token: elsewhere.token, name: '' })).error).toBe('name-taken')
    const own = await make({ role: 'delegate', side: 'us', personName: 'grace kim' })
    expect((await join({ token: own.token, name: '' })).person!.id).toBe(grace.person.id)
  })

  test('a namesake adds an affiliation, and is somebody else', async () => {
    const namesake = await join({ token, name: 'Dana Smith', affiliation: '清华大学' })
    expect(namesake.person).toMatchObject({ name: 'Dana Smith (清华大学)' })
    expect(namesake.person!.id).not.toBe(dana.person.id)
    expect((await join({ token, name: 'Dana Smith', affiliation: '清华大学' })).error).toBe('name-taken')
  })

  test('a browser that is somebody stays them by their name, and is somebody else by another', async () => {
    const first = await join({ token, name: 'Kim Ray' })
    const again = await join({ token, name: 'KIM RAY' }, first.cookie)
    expect([again.person, again.cookie === first.cookie]).toEqual([first.person, false])
    const other = await join({ token, name: 'Kit Ray' }, again.cookie)
    expect(other.person!.id).not.toBe(first.person!.id)
    expect((await join({ token, name: 'Kim Ray' })).error).toBe('name-taken')
    expect((await join({ token, name: 'Kim Ray' }, other.cookie)).person).toEqual(first.person)
  })

  test('a browser that comes by a link of another side is somebody else there, and who it was when it comes back', async () => {
    const at = await startServer()
    onTestFinished(() => at.stop())
    const linkOf = (role: string, side: string | null) =>
      at.invitations.find((one) => one.role === role && one.side === side)!
    const come = (link: { token: string }, cookie?: string) =>
      join({ token: link.token, name: 'Mei Park' }, cookie, '/api/session', at.origin)
    const [us, cn] = [linkOf('delegate', 'us'), linkOf('delegate', 'cn')]
    const first = await come(us)
    const second = await come(cn, first.cookie)
    expect(second.person).toMatchObject({ name: 'Mei Park', side: 'cn' })
    expect(second.person!.id).not.toBe(first.person!.id)
    // What she wrote for one side is still its, and the link by which she came is still one that was used.
    const [author] = await at.storage.members(at.meeting, [first.person!.id as PersonId])
    expect(author).toMatchObject({ side: 'us', invitation: us.id })
    expect((await come(us, second.cookie)).person).toEqual(first.person)
    // To others the name is taken, whichever of the two they would be.
    for (const link of [us, cn]) expect((await come(link)).error).toBe('name-taken')
  })

  test('whoever has lost the answer to joining asks again and is in, until the session is used', async () => {
    const looked = await join({ token }, undefined, '/api/invitation')
    expect(looked).toMatchObject({ status: 200, you: null, role: 'delegate' })
    const body = { token, name: 'May Lost' }
    const lost = await join(body, looked.cookie)
    const again = await join(body, looked.cookie)
    expect(again.person).toEqual(lost.person)
    expect((await ask('GET', '/session', lost)).status).toBe(401)
    expect((await join({ ...body, name: 'May Else' }, looked.cookie)).status).toBe(200)
    expect((await join(body, looked.cookie)).person).toEqual(lost.person)
    const last = await join({ token, name: 'May Last' }, looked.cookie)
    // By any request of the new session.
    expect((await ask('GET', `/meetings/${server.meeting}`, last)).status).toBe(200)
    expect((await join({ token, name: 'May Last' }, looked.cookie)).error).toBe('name-taken')
    // A code, too, which is used up.
    const max = await enter(server.origin, token, 'Max Code')
    const made = await post(
      server.origin,
      `/api/meetings/${server.meeting}/people/${max.person.id}/code`,
      {},
      max.cookie,
    )
    const { code } = (await made.json()) as { code: string }
    const fresh = await join({ token }, undefined, '/api/invitation')
    for (let i = 0; i < 2; i += 1) {
      expect((await join({ code }, fresh.cookie, '/api/code')).person).toEqual(max.person)
    }
    expect((await join({ code }, looked.cookie, '/api/code')).error).toBe('no-code')
  })

  test('a link for one person is that person wherever it is opened, whatever is typed', async () => {
    const path = `/api/meetings/${server.meeting}/invitations`
    const made = await post(
      server.origin,
      path,
      { role: 'delegate', side: 'us', personName: '王 伟' },
      organizer.cookie,
    )
    const link = (await made.json()) as { token: string; personName: string }
    expect(link.personName).toBe('王 伟')
    const [one, two] = [
      await join({ token: link.token, name: '' }),
      await join({ token: link.token, name: 'Dana Smith' }),
    ]
    expect([one.person!.name, two.person]).toEqual(['王 伟', one.person])
    expect(two.cookie).not.toBe(one.cookie)
    expect(
      (await post(server.origin, path, { role: 'delegate', side: 'us', personName: '组织者' }, organizer.cookie))
        .status,
    ).toBe(400)
  })

  test('forty people behind one address come in within a minute, by one link', async () => {
    const began = performance.now()
    const names = Array.from({ length: 40 }, (_, n) => `Guest ${n + 1}`)
    const joined = await Promise.all(names.map((name) => join({ token, name })))
    expect(new Set(joined.map(({ person }) => person!.id)).size).toBe(40)
    expect(performance.now() - began).toBeLessThan(60_000)
  })
})

describe('a second device', () => {
  test('comes in by a code, once; what the code lets in is seen, and can be ended', async () => {
    const code = async (by: Visitor, of = dana) => {
      const made = await post(
        server.origin,
        `/api/meetings/${server.meeting}/people/${of.person.id}/code`,
        {},
        by.cookie,
      )
      return made.ok ? ((await made.json()) as { code: string }).code : null
    }
    const [old, current] = [await code(dana), await code(dana)]
    expect(current).toMatch(/^[2345679ACDEFHJKMNPQRTVWXY]{8}$/)
    expect((await join({ code: old }, undefined, '/api/code')).error).toBe('no-code')
    // As people type it.
    const typed = ` ${current!.slice(0, 4).toLowerCase()}-${current!.slice(4)}`
    const phone = await join({ code: typed }, undefined, '/api/code')
    expect(phone.person).toEqual(dana.person)
    expect((await join({ code: current }, undefined, '/api/code')).error).toBe('no-code')

    const byWord = await join({ code: await code(organizer) }, undefined, '/api/code')
    const [{ sessions }] = (await people(dana)) as [Awaited<ReturnType<typeof people>>[number]]
    expect(sessions.map(({ way, present }) => [way, present])).toEqual([
      ['link', true],
      ['code', false],
      ['organizer', false],
    ])
    const socket = await inside(phone)
    const ended = await ask('DELETE', `/meetings/${server.meeting}/sessions/${sessions[1]!.id}`, dana)
    expect(ended.status).toBe(204)
    expect((await socket.closed).code).toBe(4403)
    expect((await ask('GET', '/session', phone)).status).toBe(401)
    expect((await ask('GET', '/session', byWord)).status).toBe(200)
    // Nobody makes a code for a colleague, nor an organizer for the other side.
    const colleague = await server.visit('delegate', 'us')
    expect(await code(colleague)).toBeNull()
    expect(await code(await server.visit('organizer', 'cn'))).toBeNull()
  })

  test('many wrong codes are too many', async () => {
    const statuses = new Set<number>()
    for (let i = 0; i < 40; i += 1) statuses.add((await join({ code: 'A2345679' }, dana.cookie, '/api/code')).status)
    expect([...statuses]).toEqual([404, 429])
  })
})

describe('P6: a session', () => {
  test('that somebody has planted is not the one in which people come in', async () => {
    const attacker = await join({
      token: server.invitations.find((one) => one.role === 'observer')!.token,
      name: 'Eve Lay',
    })
    const watching = await inside(attacker)
    const link = server.invitations.find((one) => one.role === 'organizer' && one.side === 'cn')!
    const victim = await join({ token: link.token, name: 'Vera Lay' }, attacker.cookie)
    expect(victim.person).toMatchObject({ role: 'organizer' })
    expect(victim.cookie).not.toBe(attacker.cookie)
    expect((await ask('GET', '/session', attacker)).status).toBe(401)
    expect((await watching.closed).code).toBe(1013)
  })

  test('is of this host alone over https, and one from before goes on until somebody joins', async () => {
    const secure = await startServer({ origin: 'https://parley.example' })
    onTestFinished(() => secure.stop())
    const at = `http://127.0.0.1:${secure.port}`
    const link = secure.invitations[0]!.token
    const response = await post(at, '/api/session', { token: link, name: 'Ada' })
    const [set, cleared] = response.headers.getSetCookie()
    expect(set).toMatch(/^__Host-parley_session=[\w-]{43}; Max-Age=\d+; Path=\/; HttpOnly; Secure; SameSite=Lax$/)
    expect(cleared).toMatch(/^parley_session=; .*Expires=Thu, 01 Jan 1970/)
    const secret = /=([\w-]{43})/.exec(set!)![1]!
    const who = async (cookie: string) => (await fetch(`${at}/api/session`, { headers: { cookie } })).status
    expect(await who(`__Host-parley_session=${secret}; parley_session=planted`)).toBe(200)
    expect(await who(`parley_session=${secret}`)).toBe(200)
    // Whoever planted such a one does not come in by it as the one who has joined with it.
    const plant = `parley_session=${'p'.repeat(43)}`
    expect((await post(at, '/api/session', { token: link, name: 'Eve' }, plant)).status).toBe(200)
    expect((await post(at, '/api/session', { token: link, name: 'Eve' }, plant)).status).toBe(409)
    const next = await post(at, '/api/session', { token: link, name: 'Ada' }, `parley_session=${secret}`)
    expect(next.headers.getSetCookie()[0]).toMatch(/^__Host-parley_session=/)
    expect(await who(`parley_session=${secret}`)).toBe(401)
    const out = await fetch(`${at}/api/session`, { method: 'DELETE' })
    expect(out.headers.getSetCookie().map((one) => one.split('=')[0])).toEqual([
      'parley_session',
      '__Host-parley_session',
    ])
  })
})

test('no file of the data has the secret of a link, a session, a code or a calendar', async () => {
  const at = `/api/meetings/${server.meeting}`
  const made = async (path: string, body: object) =>
    (await (await post(server.origin, `${at}${path}`, body, organizer.cookie)).json()) as Record<string, string>
  const link = await made('/invitations', { role: 'delegate', side: 'us' })
  const code = await made(`/people/${organizer.person.id}/code`, {})
  const calendar = await made('/calendars', { lang: 'en', lead: 'us', people: false })
  const secrets = [
    link.token!,
    code.code!,
    /([\w-]{43})\.ics$/.exec(calendar.url!)![1]!,
    organizer.cookie.split('=')[1]!,
  ]
  const files = readdirSync(server.data).map((name) => readFileSync(pathOf(server.data, name), 'latin1'))
  const isStored = (text: string) => files.some((file) => file.includes(text))
  expect([link.id!, organizer.person.id, calendar.id!].map(isStored)).toEqual([true, true, true])
  expect(secrets.map(isStored)).toEqual([false, false, false, false])
})

test('P6: organizers see people of their side and of none, but no organizer of none, and one of no side sees all', async () => {
  const at = await startServer()
  onTestFinished(() => at.stop())
  const all = new Map<string, Visitor>()
  for (const side of ['us', 'cn', 'none'] as const)
    for (const role of ['organizer', 'delegate'] as const) all.set(`${role} ${side}`, await at.visit(role, side))
  const seenBy = async (who: string) => {
    const { cookie } = all.get(who)!
    const answer = await fetch(`${at.origin}/api/meetings/${at.meeting}/people`, { headers: { cookie } })
    const { people } = (await answer.json()) as { people: { id: string }[] }
    return [...all].filter(([, { person }]) => people.some(({ id }) => id === person.id)).map(([name]) => name)
  }
  expect(await seenBy('organizer us')).toEqual(['organizer us', 'delegate us', 'delegate none'])
  expect(await seenBy('organizer none')).toEqual([...all.keys()])
  expect(await seenBy('delegate us')).toEqual(['delegate us'])
})

describe('P6: rights that change', () => {
  /** Whatever comes by this socket from now on comes too late; says how it ends. */
  async function tooLate(client: Awaited<ReturnType<typeof inside>>, change: () => Promise<unknown>) {
    const tail = async () => (await server.storage.load(server.meeting, 'agenda'))!.tail.length
    client.send(edit('before'))
    client.send(encodeAcknowledge(Uint8Array.of(7)))
    await client.frame((frame) => kindOf(frame) === '102')
    const before = await tail()
    const began = performance.now()
    await change()
    client.send(edit('after'))
    const { code } = await client.closed
    expect(performance.now() - began).toBeLessThan(1000)
    await expect.poll(() => server.server.commits.waiting()).toBe(0)
    expect(await tail()).toBe(before)
    return code
  }

  test('close the sockets of somebody removed, who is back by a code alone', async () => {
    const lee = await enter(server.origin, token, 'Lee Park')
    const [one, two] = [await inside(lee), await inside(lee)]
    const path = `/meetings/${server.meeting}/people/${lee.person.id}`
    expect((await ask('DELETE', path, dana)).status).toBe(403)
    expect((await ask('DELETE', path, await server.visit('organizer', 'cn'))).status).toBe(404)
    expect(await tooLate(one, () => ask('DELETE', path, organizer))).toBe(4403)
    expect((await two.closed).code).toBe(4403)
    expect((await ask('GET', `/meetings/${server.meeting}`, lee)).body.error).toBe('revoked')
    expect((await join({ token, name: 'Lee Park' })).error).toBe('name-taken')
    const made = await post(server.origin, `/api${path}/code`, {}, organizer.cookie)
    const { code } = (await made.json()) as { code: string }
    expect((await join({ code }, undefined, '/api/code')).person).toEqual(lee.person)
    expect((await ask('GET', '/session', lee)).status).toBe(401)
  })

  test('close the sockets of somebody whose role is another, on every device', async () => {
    const ray = await enter(server.origin, token, 'Ray Park')
    const phone = await enter(server.origin, token, 'Ray Park')
    const onPhone = await inside(phone)
    const path = `/api/meetings/${server.meeting}/invitations`
    const made = await post(server.origin, path, { role: 'observer', side: ray.person.side }, organizer.cookie)
    const observer = (await made.json()) as { token: string }
    expect(await tooLate(onPhone, () => join({ token: observer.token, name: 'Ray Park' }, ray.cookie))).toBe(4403)
    const { body } = await ask('GET', '/session', phone)
    expect(body.memberships[0].person).toEqual({ ...ray.person, role: 'observer' })
  })

  test('are noticed before the next frame, whoever changed them', async () => {
    const slow = await startServer({ reviewEvery: 60_000 })
    onTestFinished(() => slow.stop())
    const { openSqlite } = await import('../../server/storage/sqlite/storage.ts')
    const other = openSqlite(slow.data)
    onTestFinished(() => other.close())
    const visitor = await slow.visit('delegate', 'us')
    const client = rawClient({ origin: slow.origin, meeting: slow.meeting, cookie: visitor.cookie })
    onTestFinished(() => client.socket.terminate())
    await client.frame((frame) => kindOf(frame) === '0.0')
    const link = slow.invitations.find((one) => one.role === 'delegate' && one.side === 'us')!
    await other.revokeInvitation(link.id as InvitationId, Date.now())
    client.send(edit('too late'))
    expect((await client.closed).code).toBe(4403)
    expect((await slow.storage.load(slow.meeting, 'agenda'))!.tail).toEqual([])
  })
})
