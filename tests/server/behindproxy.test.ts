import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { expect, onTestFinished, test } from 'vitest'
import type { ServerOptions } from '../../server/process/server.ts'
import { rawClient, startProcess, startServer } from '../support/server.ts'

/* What a proxy in front says of a request, and what is taken on its word. Here it is whoever connects. */

const token = 'read-the-metrics-0001'
const proxies = { addresses: ['127.0.0.0/8'] }

async function start(options: Partial<ServerOptions> = {}) {
  const lines: Record<string, unknown>[] = []
  const to = { write: (line: string) => void lines.push(JSON.parse(line)) }
  const server = await startServer({
    logger: pino({ level: 'warn' }, to),
    requestLogger: pino({ base: null }, to),
    ...options,
  })
  onTestFinished(() => server.stop())
  const get = (path: string, headers: Record<string, string> = {}) => fetch(`${server.origin}${path}`, { headers })
  return { ...server, lines, get, warnings: () => lines.filter(({ level }) => level === 40).map(({ msg }) => msg) }
}

/** How many requests the address that this one counts for has left. */
const left = (answer: Response) => Number(answer.headers.get('x-ratelimit-remaining'))

test('limits count by the client that a trusted proxy names, and by nothing that the client wrote itself', async () => {
  const { get } = await start({ proxies })
  const ask = async (forwarded: string) => left(await get('/api/session', { 'x-forwarded-for': forwarded }))
  const first = await ask('203.0.113.1')
  expect(await ask('203.0.113.1')).toBe(first - 1)
  expect(await ask('203.0.113.2')).toBe(first)
  // What stands before the last one is what the client has sent.
  expect(await ask('198.51.100.7, 203.0.113.1')).toBe(first - 2)
  expect(await ask('127.0.0.1, 203.0.113.1')).toBe(first - 3)
})

test('a number of proxies is as many names from the end', async () => {
  const { get } = await start({ proxies: { hops: 2 } })
  const ask = async (forwarded: string) => left(await get('/api/session', { 'x-forwarded-for': forwarded }))
  const first = await ask('203.0.113.1, 10.0.0.1')
  expect(await ask('198.51.100.7, 203.0.113.1, 10.0.0.2')).toBe(first - 1)
  expect(await ask('203.0.113.2, 10.0.0.1')).toBe(first)
})

test('without PARLEY_PROXIES nobody escapes a limit by naming another address', async () => {
  const { get } = await start()
  const first = left(await get('/api/session', { 'x-forwarded-for': '203.0.113.1' }))
  expect(left(await get('/api/session', { 'x-forwarded-for': '203.0.113.2' }))).toBe(first - 1)
})

test('no forwarded protocol or host makes a link, a cookie or an origin', async () => {
  const { get, origin, invitations, visit, meeting } = await start({ proxies })
  const forwarded = {
    'x-forwarded-for': '203.0.113.1',
    'x-forwarded-proto': 'https',
    'x-forwarded-host': 'elsewhere.example',
  }
  const enter = (headers: Record<string, string>) =>
    fetch(`${origin}/api/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...forwarded, ...headers },
      body: JSON.stringify({ token: invitations[0]!.token, name: 'A' }),
    })
  expect((await enter({ origin: 'https://elsewhere.example' })).status).toBe(403)
  expect((await enter({})).headers.get('set-cookie')).not.toMatch(/secure/i)
  const { cookie } = await visit('organizer', 'us')
  const made = await fetch(`${origin}/api/meetings/${meeting}/invitations`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', cookie, ...forwarded },
    body: JSON.stringify({ role: 'observer', side: 'none' }),
  })
  expect(((await made.json()) as { link: string }).link).toMatch(/^http:\/\/localhost:/)
  expect((await get('/healthz', forwarded)).headers.get('strict-transport-security')).toBeNull()
})

test('with a public origin of https the cookie is never sent without it', async () => {
  const { origin, invitations } = await start({ origin: 'https://parley.example.org' })
  const entered = await fetch(`${origin}/api/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token: invitations[0]!.token, name: 'A' }),
  })
  expect(entered.headers.get('set-cookie')).toMatch(/; Secure/)
  expect(entered.headers.get('strict-transport-security')).toContain('max-age=')
})

test.each([
  [{}, 'not set: PARLEY_ORIGIN, PARLEY_PROXIES'],
  [{ proxies }, 'not set: PARLEY_ORIGIN'],
  [{ origin: 'https://parley.example.org' }, 'not set: PARLEY_PROXIES'],
  [{ proxies, origin: 'https://parley.example.org' }, null],
] as const)('requests through a proxy are warned of once, unless it is known: %j', async (options, warning) => {
  const { get, warnings } = await start(options)
  await get('/healthz')
  expect(warnings()).toEqual([])
  for (let i = 0; i < 3; i += 1) await get('/healthz', { 'x-forwarded-for': '203.0.113.1' })
  expect(warnings()).toEqual(warning === null ? [] : [expect.stringContaining(warning)])
})

test('metrics are for this machine alone; through a proxy they are not there', async () => {
  const { get } = await start()
  expect((await get('/metrics')).status).toBe(200)
  for (const name of ['x-forwarded-for', 'forwarded', 'x-real-ip', 'via']) {
    const answer = await get('/metrics', { [name]: '127.0.0.1' })
    expect([answer.status, await answer.text()]).toEqual([404, expect.not.stringContaining('parley_')])
  }
  const trusted = await start({ proxies })
  expect((await trusted.get('/metrics', { 'x-forwarded-for': '127.0.0.1' })).status).toBe(404)
})

test('with a token they are read from elsewhere too, and with no other', async () => {
  const { get } = await start({ metricsToken: token })
  const ask = async (authorization?: string) =>
    get('/metrics', { 'x-forwarded-for': '203.0.113.1', ...(authorization === undefined ? {} : { authorization }) })
  for (const wrong of [undefined, token, `Bearer ${token}x`, `Bearer ${token.slice(1)}`, 'Bearer ', `Basic ${token}`]) {
    const answer = await ask(wrong)
    expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([401, 'Bearer'])
    expect(await answer.text()).not.toContain('parley_')
  }
  expect(await (await ask(`Bearer ${token}`)).text()).toContain('parley_connections')
  expect((await get('/metrics')).status).toBe(200)
})

test('no metric tells the documents of one side from those of the other', async () => {
  const { get, visit, origin, meeting } = await start()
  const { cookie } = await visit('delegate', 'cn')
  for (const document of ['agenda', 'caucus-cn']) await rawClient({ origin, meeting, cookie, document }).opened
  await expect.poll(async () => (await get('/metrics')).text()).toContain('parley_rooms 2')
  const labels = [...(await (await get('/metrics')).text()).matchAll(/(\w+)="([^"]*)"/g)]
  // `kind` and `owner` are those of budgets.
  expect(new Set(labels.map(([, name]) => name))).toEqual(new Set(['le', 'kind', 'owner']))
  expect(labels.map(([, , value]) => value).join()).not.toMatch(/caucus|agenda|us|cn/)
})

test('the request log has pattern, status, time and size of all that was asked, and nothing of what it was about', async () => {
  const { get, lines, visit, origin, meeting, invitations, port } = await start()
  const delegate = await visit('delegate', 'cn', '王甲')
  const by = { cookie: delegate.cookie }
  await (await get(`/api/meetings/${meeting}/export/md?lang=zh`, by)).text()
  await (await get(`/calendar/${invitations[0]!.token}.ics`)).text()
  await (await get(`/nowhere/${meeting}`)).text()
  await (await get('/%')).text()
  const client = rawClient({ origin, meeting, cookie: delegate.cookie, document: 'caucus-cn' })
  await client.opened
  client.socket.close(4321)
  const outsider = rawClient({ origin, meeting })
  expect((await outsider.closed).code).toBe(4401)
  const line = await fetch(`${origin}/sync/${meeting}/agenda/lines`, { method: 'POST', headers: by })
  expect(line.status).toBe(201)

  await expect.poll(() => lines.filter(({ msg }) => msg === 'socket closed').length).toBe(2)
  await expect.poll(() => lines.filter(({ msg }) => msg === 'request').length).toBe(6)
  const requests = lines.filter(({ msg }) => msg === 'request')
  expect(requests.map(({ method, route, status }) => [method, route, status])).toEqual([
    ['POST', '/api/session', 200],
    ['GET', '/api/meetings/:meeting/export/:format', 200],
    ['GET', '/calendar/:file', 404],
    ['GET', '-', 404],
    ['GET', '-', 404],
    ['POST', '/sync/:meeting/:document/lines', 201],
  ])
  for (const one of requests) {
    expect(Object.keys(one).sort()).toEqual(['bytes', 'id', 'level', 'method', 'ms', 'msg', 'route', 'status', 'time'])
    expect(one).toMatchObject({ ms: expect.any(Number), id: expect.stringMatching(/^\w{12}$/) })
    expect(one.bytes).toBeGreaterThan(100)
  }
  expect(new Set(requests.map(({ id }) => id)).size).toBe(6)
  const codes = lines.filter(({ msg }) => msg === 'socket closed').map(({ code }) => code)
  expect(codes.sort()).toEqual([4321, 4401])
  const text = JSON.stringify(lines)
  const secrets = [
    meeting,
    delegate.person.id,
    delegate.cookie.split('=')[1],
    '王甲',
    'caucus',
    '127.0.0.1',
    String(port),
  ]
  for (const secret of [...secrets, ...invitations.map((one) => one.token)]) expect(text).not.toContain(secret)
})

test('a server for others says at once that the way to it is not safe, and notes requests unless told not to', async () => {
  const data = await mkdtemp(join(tmpdir(), 'parley-'))
  onTestFinished(() => rm(data, { recursive: true }))
  const run = async (env: Record<string, string>) => {
    const heard: string[] = []
    const server = await startProcess(data, env, 'server/main.ts', (line) => heard.push(line))
    await fetch(`http://127.0.0.1:${server.port}/healthz`)
    server.child.kill('SIGTERM')
    await server.exited
    return heard
  }
  const open = await run({ HOST: '0.0.0.0', PARLEY_LOG: 'requests' })
  expect(open[0]).toContain('PARLEY_ORIGIN is not https')
  expect(open[1]).toContain('"route":"/healthz"')
  expect(open).toHaveLength(2)
  expect(await run({ HOST: '0.0.0.0', PARLEY_LOG: 'quiet', PARLEY_ORIGIN: 'https://parley.example.org' })).toEqual([])
})
