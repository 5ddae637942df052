import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newId } from '../../server/access/ids.ts'
import type { Invitation } from '../../shared/api/contract.ts'
import { template } from '../../shared/domain/template.ts'
import { fromJson } from '../../shared/export/parse.ts'
import { startServer, type TestServer, type Visitor } from '../support/server.ts'

let server: TestServer
let organizer: Visitor
let delegate: Visitor

const title = { en: 'Dialogue: “AI” testing', zh: '人工智能测试对话' }

beforeAll(async () => {
  server = await startServer({ agenda: template('two-day', { title, date: '2026-03-12', newId: newId }) })
  organizer = await server.visit('organizer', 'us', 'Olga')
  delegate = await server.visit('delegate', 'cn', '陈晨')
})
afterAll(() => server.stop())

interface Answer {
  readonly status: number
  readonly body: Record<string, unknown>
  readonly headers: Headers
  readonly text: string
}

async function ask(
  method: string,
  path: string,
  init: { body?: unknown; raw?: string; headers?: Record<string, string>; by?: Visitor } = {},
): Promise<Answer> {
  const { body, raw, headers = {}, by } = init
  const sent = raw ?? (body === undefined ? undefined : JSON.stringify(body))
  const response = await fetch(`${server.origin}${path}`, {
    method,
    redirect: 'manual',
    headers: {
      ...(sent === undefined ? {} : { 'content-type': 'application/json' }),
      ...(by === undefined ? {} : { cookie: by.cookie }),
      ...headers,
    },
    ...(sent === undefined ? {} : { body: sent }),
  })
  const text = await response.text()
  let parsed: Record<string, unknown> = {}
  try {
    parsed = JSON.parse(text) as Record<string, unknown>
  } catch {}
  return { status: response.status, body: parsed, headers: response.headers, text }
}

const tokenOf = (role: string, side: string) =>
  server.invitations.find((one) => one.role === role && one.side === side)!.token

describe('sessions', () => {
  test('an invitation opens a session: who one is, and a cookie that scripts cannot read', async () => {
    const answer = await ask('POST', '/api/session', {
      body: { token: tokenOf('delegate', 'us'), name: '  Ada   Example ' },
    })
    expect(answer.status).toBe(200)
    expect(answer.body).toEqual({
      meeting: server.meeting,
      title,
      person: { id: expect.any(String), side: 'us', role: 'delegate', name: 'Ada Example' },
    })
    const cookie = answer.headers.get('set-cookie')!
    expect(cookie).toMatch(/^parley_session=[\w-]{43};/)
    expect(cookie).toMatch(/HttpOnly/)
    expect(cookie).toMatch(/SameSite=Lax/)
    expect(cookie).not.toMatch(/Secure/)
  })

  test('a GET of the link consumes nothing: it can be opened again and again', async () => {
    for (let i = 0; i < 3; i += 1) await ask('GET', '/join')
    expect(
      (await ask('POST', '/api/session', { body: { token: tokenOf('observer', 'none'), name: 'Reader' } })).status,
    ).toBe(200)
  })

  test('one session may hold several meetings, and lists them', async () => {
    const { meeting, invitations } = await server.meet()
    const visitor = await server.visit('delegate', 'us', 'Of two meetings')
    const joined = await ask('POST', '/api/session', {
      by: visitor,
      body: { token: invitations[3]!.token, name: 'Of two meetings' },
    })
    const cookie = joined.headers.get('set-cookie')!.split(';')[0]!
    expect(cookie).not.toBe(visitor.cookie)
    expect((await ask('GET', '/api/session', { by: visitor })).status).toBe(401)
    const { body } = await ask('GET', '/api/session', { by: { ...visitor, cookie } })
    expect(body.memberships).toMatchObject([
      { meeting: server.meeting, title },
      { meeting, person: { side: 'cn' } },
    ])
  })

  test('ending a session ends it', async () => {
    const visitor = await server.visit('delegate', 'us', 'Leaving')
    const answer = await ask('DELETE', '/api/session', { by: visitor })
    expect(answer.status).toBe(204)
    expect(answer.headers.get('set-cookie')).toMatch(/parley_session=;/)
    expect((await ask('GET', '/api/session', { by: visitor })).status).toBe(401)
  })

  test('P6: whose invitation was withdrawn is told so, until they sign out, and nobody else is', async () => {
    const { meeting, invitations } = await server.meet()
    const other = await server.meet()
    const { enter } = await import('../support/server.ts')
    let visitor = await enter(server.origin, invitations[2]!.token, 'Withdrawn')
    await server.storage.revokeInvitation(invitations[2]!.id, Date.now())
    const session = async () => (await ask('GET', '/api/session', { by: visitor })).body
    expect(await session()).toEqual({ memberships: [], withdrawn: [meeting], mayCreate: false })
    const look = async (of: string, by?: Visitor) => {
      const { status, body } = await ask('GET', `/api/meetings/${of}/away`, by === undefined ? {} : { by })
      return [status, body.error]
    }
    expect(await look(meeting, visitor)).toEqual([403, 'revoked'])
    for (const of of [other.meeting, 'nosuchmeeting']) expect(await look(of, visitor)).toEqual([404, 'no-meeting'])
    expect(await look(meeting)).toEqual([401, 'no-session'])
    expect(await look(meeting, { ...visitor, cookie: 'parley_session=made-up' })).toEqual([401, 'no-session'])
    expect(await look(meeting, await server.visit('delegate', 'us'))).toEqual([404, 'no-meeting'])
    // What the session knows stays when it enters another meeting, and goes when it enters the same one again.
    visitor = await enter(server.origin, other.invitations[2]!.token, 'Withdrawn', visitor.cookie)
    expect(await session()).toMatchObject({ memberships: [{ meeting: other.meeting }], withdrawn: [meeting] })
    visitor = await enter(server.origin, invitations[3]!.token, 'Withdrawn', visitor.cookie)
    expect(await session()).toMatchObject({ withdrawn: [] })
    await server.storage.revokeInvitation(invitations[3]!.id, Date.now())
    expect(await look(meeting, visitor)).toEqual([403, 'revoked'])
    await ask('DELETE', '/api/session', { by: visitor })
    expect(await look(meeting, visitor)).toEqual([401, 'no-session'])
  })
})

describe('bad input gets a clear answer that names the field, and changes nothing', () => {
  const good = () => ({ token: tokenOf('delegate', 'us'), name: 'Name' })
  test.each<[string, () => { body?: unknown; raw?: string; headers?: Record<string, string> }, number, string, string]>(
    [
      ['no JSON', () => ({ raw: '{"token":' }), 400, 'bad-json', 'body'],
      ['nothing', () => ({}), 400, 'missing', 'token'],
      ['a list', () => ({ body: [] }), 400, 'invalid', 'body'],
      ['no name', () => ({ body: { token: good().token } }), 400, 'missing', 'name'],
      ['a blank name', () => ({ body: { ...good(), name: '   ' } }), 400, 'no-name', 'name'],
      ['a name of 81 letters', () => ({ body: { ...good(), name: 'n'.repeat(81) } }), 400, 'no-name', 'name'],
      [
        'a name with a line break in it that no one line has',
        () => ({ body: { ...good(), name: 'a\u0000b' } }),
        400,
        'name-characters',
        'name',
      ],
      ...['a\u202eb', '\u3164', '\ud800', 'a\u0301\u0302\u0303\u0304', '<b>A</b>'].map(
        (name, index): [string, () => { body: object }, number, string, string] => [
          `a name that shows nothing or something else (${index})`,
          () => ({ body: { ...good(), name } }),
          400,
          'name-characters',
          'name',
        ],
      ),
      ['a name of two alphabets', () => ({ body: { ...good(), name: 'D\u0430na' } }), 400, 'name-scripts', 'name'],
      ['a role for a name', () => ({ body: { ...good(), name: 'Li (中方)' } }), 400, 'name-role', 'name'],
      [
        'a role for an affiliation',
        () => ({ body: { ...good(), affiliation: 'cn, organizer' } }),
        400,
        'name-role',
        'affiliation',
      ],
      ['a name that is a number', () => ({ body: { ...good(), name: 7 } }), 400, 'no-name', 'name'],
      ['a token that is an object', () => ({ body: { ...good(), token: {} } }), 400, 'invalid', 'token'],
      ['a token of nobody', () => ({ body: { ...good(), token: 'made-up' } }), 404, 'no-invitation', 'token'],
      [
        'a form',
        () => ({ raw: 'token=a', headers: { 'content-type': 'application/x-www-form-urlencoded' } }),
        415,
        'not-json',
        'body',
      ],
      ['a body of a megabyte', () => ({ body: { ...good(), name: 'n'.repeat(2 ** 20) } }), 413, 'too-large', 'body'],
    ],
  )('opening a session with %s', async (_name, init, status, error, field) => {
    const answer = await ask('POST', '/api/session', init())
    expect([answer.status, answer.body.error, answer.body.field]).toEqual([status, error, field])
    expect(String(answer.body.message)).toMatch(/\.$/)
    expect(answer.headers.get('set-cookie')).toBeNull()
  })

  test.each<[string, unknown, string, string]>([
    ['no role', { side: 'us' }, 'missing', 'role'],
    ['a role that there is not', { role: 'chair', side: 'us' }, 'invalid', 'role'],
    ['no side', { role: 'delegate' }, 'missing', 'side'],
    ['a side that there is not', { role: 'delegate', side: 'eu' }, 'invalid', 'side'],
  ])('inviting with %s', async (_name, body, error, field) => {
    const before = await server.storage.invitations(server.meeting)
    const answer = await ask('POST', `/api/meetings/${server.meeting}/invitations`, { by: organizer, body })
    expect([answer.status, answer.body.error, answer.body.field]).toEqual([400, error, field])
    expect(await server.storage.invitations(server.meeting)).toEqual(before)
  })

  test('exporting with a language, a side, a profile or a format that there is not', async () => {
    for (const [query, field] of [
      ['lang=fr', 'lang'],
      ['lead=eu', 'lead'],
      ['profile=clean', 'profile'],
    ] as const) {
      const answer = await ask('GET', `/api/meetings/${server.meeting}/export/md?${query}`, { by: delegate })
      expect([answer.status, answer.body.field]).toEqual([400, field])
    }
    const answer = await ask('GET', `/api/meetings/${server.meeting}/export/odt`, { by: delegate })
    expect([answer.status, answer.body.error, answer.body.field]).toEqual([404, 'no-format', 'format'])
  })

  test('in the reader’s language', async () => {
    const say = async (language?: string) => {
      const headers: Record<string, string> = language === undefined ? {} : { 'accept-language': language }
      const { body } = await ask('POST', '/api/session', { headers, body: { token: 'x' } })
      return body.message
    }
    expect(await say('zh-CN,zh;q=0.9,en;q=0.8')).toBe('缺少“name”。')
    expect(await say('en-US,en;q=0.9,zh;q=0.1')).toBe('“name” is missing.')
    expect(await say('fr, zh;q=0.3')).toBe('缺少“name”。')
    expect(await say()).toBe('“name” is missing.')
  })

  test('an address that there is not', async () => {
    const answer = await ask('GET', '/api/nothing')
    expect([answer.status, answer.body.error]).toEqual([404, 'not-found'])
  })
})

describe('P6: over HTTP too, everybody does what their role allows', () => {
  test('nobody without a session, and nobody of another meeting', async () => {
    const { invitations } = await server.meet()
    const { enter } = await import('../support/server.ts')
    const stranger = await enter(server.origin, invitations[0]!.token, 'Stranger')
    for (const path of ['', '/export/json', '/export/md']) {
      expect((await ask('GET', `/api/meetings/${server.meeting}${path}`)).status).toBe(401)
      expect((await ask('GET', `/api/meetings/${server.meeting}${path}`, { by: stranger })).status).toBe(404)
    }
    const revoked = `/api/meetings/${server.meeting}/invitations/${server.invitations[0]!.id}`
    expect((await ask('DELETE', revoked, { by: stranger })).status).toBe(404)
    // By way of one's own meeting neither.
    const own = (await ask('GET', '/api/session', { by: stranger })).body.memberships as { meeting: string }[]
    const crossed = `/api/meetings/${own[0]!.meeting}/invitations/${server.invitations[0]!.id}`
    expect((await ask('DELETE', crossed, { by: stranger })).status).toBe(404)
    expect((await server.storage.invitation(server.invitations[0]!.id))?.revokedAt).toBeNull()
  })

  test('delegates and observers neither see invitations nor make nor revoke them', async () => {
    for (const visitor of [delegate, await server.visit('observer', 'none')]) {
      expect((await ask('GET', `/api/meetings/${server.meeting}`, { by: visitor })).body.invitations).toBeUndefined()
      const made = await ask('POST', `/api/meetings/${server.meeting}/invitations`, {
        by: visitor,
        body: { role: 'organizer', side: 'us' },
      })
      expect([made.status, made.body.error]).toEqual([403, 'not-allowed'])
      const revoked = await ask('DELETE', `/api/meetings/${server.meeting}/invitations/${server.invitations[0]!.id}`, {
        by: visitor,
      })
      expect(revoked.status).toBe(403)
    }
  })

  test('an organizer makes an invitation that works until it is revoked', async () => {
    const made = await ask('POST', `/api/meetings/${server.meeting}/invitations`, {
      by: organizer,
      body: { role: 'delegate', side: 'us' },
    })
    expect(made.status).toBe(201)
    expect(made.body).toEqual({
      id: expect.any(String),
      role: 'delegate',
      side: 'us',
      token: expect.any(String),
      createdAt: expect.any(Number),
      revokedAt: null,
      ...{ personName: null, expiresAt: null, mostPeople: null },
      people: [],
      link: expect.any(String),
    })
    expect(made.body.link).toBe(`http://localhost:${server.port}/join#${made.body.token}`)
    const listed = (await ask('GET', `/api/meetings/${server.meeting}`, { by: organizer })).body.invitations as {
      id: string
      revokedAt: number | null
    }[]
    expect(listed.find((one) => one.id === made.body.id)).toMatchObject({
      role: 'delegate',
      side: 'us',
      revokedAt: null,
    })
    // Of the token only its hash is stored.
    expect(JSON.stringify(listed)).not.toContain(String(made.body.token))
    expect(
      (await ask('DELETE', `/api/meetings/${server.meeting}/invitations/${made.body.id}`, { by: organizer })).status,
    ).toBe(204)
    const refused = await ask('POST', '/api/session', { body: { token: made.body.token, name: 'Late' } })
    expect([refused.status, refused.body.error]).toEqual([403, 'revoked'])
  })

  test('an organizer with a side has the links of that side and of people of none, a secretariat has all', async () => {
    const path = `/api/meetings/${server.meeting}/invitations`
    const seen = async (by: Visitor) =>
      (await ask('GET', `/api/meetings/${server.meeting}`, { by })).body.invitations as Invitation[]
    const kinds = async (by: Visitor) => new Set((await seen(by)).map(({ role, side }) => `${role} ${side}`))
    const secretariat = await server.visit('organizer', 'none')
    expect(await kinds(organizer)).toEqual(new Set(['organizer us', 'delegate us', 'observer none']))
    expect(await kinds(secretariat)).toEqual(
      new Set(['organizer us', 'organizer cn', 'organizer none', 'delegate us', 'delegate cn', 'observer none']),
    )
    const make = (by: Visitor, role: string, side: string) => ask('POST', path, { by, body: { role, side } })
    for (const [role, side] of [
      ['delegate', 'cn'],
      ['organizer', 'cn'],
      ['organizer', 'none'],
    ] as const) {
      expect((await make(organizer, role, side)).body.error).toBe('not-allowed')
      expect((await make(secretariat, role, side)).status).toBe(201)
    }
    const theirs = server.invitations.find(({ role, side }) => role === 'delegate' && side === 'cn')!
    for (const [method, body] of [['DELETE'], ['POST', { expiresAt: null, mostPeople: 1 }]] as const)
      expect((await ask(method, `${path}/${theirs.id}`, { by: organizer, body })).status).toBe(404)
    expect(await server.storage.invitation(theirs.id)).toMatchObject({ revokedAt: null, mostPeople: null })
    expect((await make(organizer, 'observer', 'none')).status).toBe(201)
  })

  test('an organizer sees when each invitation was made and who came in by it, also after it is revoked', async () => {
    const { enter } = await import('../support/server.ts')
    const listed = async () =>
      (await ask('GET', `/api/meetings/${server.meeting}`, { by: organizer })).body.invitations as {
        id: string
        revokedAt: number | null
      }[]
    const body = { role: 'delegate', side: 'us' }
    const [one, other] = [
      (await ask('POST', `/api/meetings/${server.meeting}/invitations`, { by: organizer, body })).body,
      (await ask('POST', `/api/meetings/${server.meeting}/invitations`, { by: organizer, body })).body,
    ]
    const first = await enter(server.origin, String(one!.token), 'Guest A')
    await enter(server.origin, String(one!.token), '来宾乙')
    await expect(enter(server.origin, String(one!.token), 'GUEST A')).rejects.toThrow('name-taken')
    const terms = { personName: null, expiresAt: null, mostPeople: null }
    const alike = { role: 'delegate', side: 'us', revokedAt: null, ...terms }
    expect((await listed()).slice(-2)).toEqual([
      {
        ...alike,
        id: one!.id,
        createdAt: one!.createdAt,
        people: [
          { id: first.person.id, name: 'Guest A' },
          { id: expect.any(String), name: '来宾乙' },
        ],
      },
      { ...alike, id: other!.id, createdAt: other!.createdAt, people: [] },
    ])
    await ask('DELETE', `/api/meetings/${server.meeting}/invitations/${one!.id}`, { by: organizer })
    expect((await listed()).at(-2)).toMatchObject({
      revokedAt: expect.any(Number),
      people: [{ name: 'Guest A' }, { name: '来宾乙' }],
    })
    expect((await listed()).at(-1)).toMatchObject({ revokedAt: null, people: [] })
  })

  test('an address is the same address however it is written: as private, and as limited', async () => {
    const path = `/%61pi/meetings/${server.meeting}/export/json`
    const answer = await ask('GET', path, { by: delegate })
    expect([answer.status, answer.headers.get('cache-control')]).toEqual([200, 'no-store'])
    expect(answer.headers.get('x-ratelimit-limit')).not.toBeNull()
  })

  test('whoever makes up a session for every request is limited as one', async () => {
    const own = await startServer()
    const guest = await own.visit('delegate', 'cn')
    const statuses = new Set<number>()
    for (let i = 0; i < 1300 && !statuses.has(429); i += 50) {
      const answers = Array.from({ length: 50 }, (_, j) =>
        fetch(`${own.origin}/api/session`, { headers: { cookie: `parley_session=made-up-${i + j}` } }),
      )
      for (const { status } of await Promise.all(answers)) statuses.add(status)
    }
    expect([...statuses].sort()).toEqual([401, 429])
    // Those who have one are not held to it.
    expect((await fetch(`${own.origin}/api/session`, { headers: { cookie: guest.cookie } })).status).toBe(200)
    await own.stop()
  })

  test('another site can do nothing with somebody’s cookie', async () => {
    for (const origin of ['https://elsewhere.example', 'null', `http://127.0.0.1.elsewhere.example:${server.port}`]) {
      const answer = await ask('DELETE', '/api/session', { by: organizer, headers: { origin } })
      expect([answer.status, answer.body.error]).toEqual([403, 'other-origin'])
    }
    expect((await ask('GET', '/api/session', { by: organizer })).status).toBe(200)
  })
})

describe('getting it out', () => {
  test('JSON is the canonical agenda, and comes back in as it is', async () => {
    const answer = await ask('GET', `/api/meetings/${server.meeting}/export/json`, { by: delegate })
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8')
    const parsed = fromJson(answer.text)
    expect(parsed.ok).toBe(true)
    if (parsed.ok) expect(parsed.agenda.title).toEqual(title)
  })

  test('Markdown in both languages; the reader’s side leads when nothing else is said', async () => {
    const path = `/api/meetings/${server.meeting}/export/md`
    const both = await ask('GET', path, { by: delegate })
    expect(both.headers.get('content-type')).toBe('text/markdown; charset=utf-8')
    expect(both.text.indexOf(title.zh)).toBeLessThan(both.text.indexOf('testing'))
    const english = await ask('GET', `${path}?lang=en&lead=us`, { by: delegate })
    expect(english.text).not.toContain(title.zh)
  })

  test('a download has a name that every system takes, and its true name beside it (RFC 6266)', async () => {
    const { headers } = await ask('GET', `/api/meetings/${server.meeting}/export/md?lang=zh`, { by: delegate })
    const header = headers.get('content-disposition')!
    expect(header).toBe(
      `attachment; filename="agenda 2026-03-12.md"; filename*=UTF-8''${encodeURIComponent(title.zh)}%202026-03-12.md`,
    )
  })
})

describe('an operator', () => {
  test('sees that it is up and ready, and counts that name nobody', async () => {
    expect((await ask('GET', '/healthz')).body).toEqual({ status: 'ok' })
    expect((await ask('GET', '/readyz')).body).toEqual({ status: 'ready' })
    const { text } = await ask('GET', '/metrics')
    expect(text).toMatch(/^parley_connections 0$/m)
    expect(text).not.toContain(server.meeting)
    expect(text).not.toContain('陈晨')
  })

  test('finds every answer under a strict policy: one origin, no frames, no inline script', async () => {
    const { headers } = await ask('GET', '/healthz')
    const policy = headers.get('content-security-policy')!
    expect(policy).toContain("default-src 'self'")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).not.toContain('unsafe-eval')
    expect(policy).not.toMatch(/script-src[^;]*unsafe/)
    expect(policy).not.toContain('http')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('referrer-policy')).toBe('no-referrer')
  })
})
