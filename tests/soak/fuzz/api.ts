import { Agent } from 'node:http'
import { canonicalText, digestOfText } from '../../../shared/wire/digest.ts'
import { below, chance, type Dice, edges, pick } from './dice.ts'
import type { Ground, Hostile } from './ground.ts'
import { type Answer, type Ask, ask, askBare, type Leaving, text } from './http.ts'
import { spoilJson, strangeValue } from './json.ts'

/** A request of the API that is as it should be, before something is done to it. */
interface Wanted {
  readonly method: string
  readonly path: string
  readonly json?: unknown
  readonly file?: string
}

/** Ids that the server has given out in this round. */
interface Known {
  readonly versions: string[]
  readonly calendars: string[]
  readonly files: string[]
}

type Route = (random: Dice, ground: Ground, known: Known, who: Hostile) => Wanted

export interface Api {
  /** Sends a hostile request and tells how it was answered. */
  play(random: Dice, by: Hostile): Promise<{ readonly answer: Answer; readonly said: string }>
  close(): void
}

export function openApi(ground: Ground): Api {
  const agent = new Agent({ keepAlive: true })
  const known: Known = { versions: [], calendars: [], files: [] }
  const { port } = ground.server
  return {
    async play(random, by) {
      const wanted = pick(random, routes)(random, ground, known, by)
      const { said, sent } = disguised(random, wanted, by, ground)
      const answer = await (sent.type === 'asked' ? ask(agent, port, sent.ask) : askBare(port, sent.text, sent.leaving))
      if (answer.status === 201) learn(known, wanted.path, answer.body)
      return { answer, said }
    },
    close: () => agent.destroy(),
  }
}

function learn(known: Known, path: string, body: string): void {
  const { id, url } = JSON.parse(body.slice(Math.max(0, body.indexOf('\r\n\r\n')))) as { id?: string; url?: string }
  if (id !== undefined && path.endsWith('/versions')) known.versions.push(id)
  if (id !== undefined && path.endsWith('/calendars')) known.calendars.push(id)
  if (url !== undefined) known.files.push(new URL(url).pathname)
}

const sessions: readonly Route[] = [
  (random, _ground, _known, { token, person }) => ({
    method: 'POST',
    path: '/api/session',
    json: { token, name: pick(random, [person.name, `Guest ${below(random, 50)}`]) },
  }),
  () => ({ method: 'GET', path: '/api/session' }),
  (_random, _ground, _known, { token }) => ({ method: 'POST', path: '/api/invitation', json: { token } }),
  (random) => ({
    method: 'POST',
    path: '/api/code',
    json: { code: pick(random, ['A2345679', ' a234-5679', strangeValue(random)]) },
  }),
]

const of = (ground: Ground, rest = '') => `/api/meetings/${ground.meeting}${rest}`
/** Ids as there are, and others. */
const oneOf = (random: Dice, ids: readonly string[]) =>
  ids.length > 0 && chance(random, 0.7)
    ? pick(random, ids)
    : pick(random, ['nothing', '', '0', '%00', '..', 'x'.repeat(99)])

const meetings: readonly Route[] = [
  (_random, ground) => ({ method: 'GET', path: of(ground) }),
  (random, ground) => ({
    method: 'POST',
    path: of(ground, '/invitations'),
    json: { role: pick(random, ['delegate', 'organizer', 'observer']), side: pick(random, ['us', 'cn', 'none']) },
  }),
  (random, ground) => ({ method: 'DELETE', path: of(ground, `/invitations/${oneOf(random, [])}`) }),
  (random, ground) => ({
    method: 'POST',
    path: of(ground, `/invitations/${oneOf(random, [])}`),
    json: { expiresAt: pick(random, [null, ...edges]), mostPeople: pick(random, [null, ...edges]) },
  }),
  (_random, ground) => ({ method: 'GET', path: of(ground, '/people') }),
  (random, ground, _known, by) => ({
    method: 'POST',
    path: of(ground, `/people/${oneOf(random, [by.person.id])}/code`),
  }),
  (random, ground) => ({ method: 'DELETE', path: of(ground, `/people/${oneOf(random, [])}`) }),
  (random, ground) => ({ method: 'DELETE', path: of(ground, `/sessions/${oneOf(random, [])}`) }),
  (_random, ground) => ({ method: 'POST', path: of(ground, '/rebuild') }),
  (_random, ground) => ({ method: 'GET', path: of(ground, '/revisions') }),
  (_random, ground) => ({ method: 'GET', path: of(ground, '/versions') }),
  (random, ground, known) => ({ method: 'GET', path: of(ground, `/versions/${oneOf(random, known.versions)}`) }),
  (random, ground) => {
    // A version is the whole agenda, and stays: most are refused.
    const label = chance(random, 0.1) ? 'draft' : strangeValue(random)
    return { method: 'POST', path: of(ground, '/versions'), json: { label, name: 'before lunch' } }
  },
  (_random, ground) => ({ method: 'GET', path: of(ground, '/calendars') }),
  (random, ground) => ({
    method: 'POST',
    path: of(ground, '/calendars'),
    json: { lang: pick(random, ['en', 'zh', 'both']), lead: pick(random, ['us', 'cn']), people: chance(random, 0.5) },
  }),
  (random, ground, known) => ({ method: 'DELETE', path: of(ground, `/calendars/${oneOf(random, known.calendars)}`) }),
]

const away: readonly Route[] = [
  (random, ground) => ({ method: 'GET', path: of(ground, `/away?since=${pick(random, [...edges, 'x', ''])}`) }),
  (random, ground) => {
    const digest = chance(random, 0.1) ? digestOfText(canonicalText(ground.agenda())) : 'x'.repeat(below(random, 80))
    return { method: 'POST', path: of(ground, '/seen'), json: { digest } }
  },
  (random, ground) => {
    const items = Object.fromEntries(ground.items.slice(0, below(random, 9)).map((id) => [id, `d${below(random, 99)}`]))
    return { method: 'POST', path: of(ground, '/seen'), json: { items } }
  },
  (random, ground) => {
    const items = Object.fromEntries(Array.from({ length: below(random, 600) }, (_, i) => [`i${i}`, 'd']))
    return { method: 'POST', path: of(ground, '/seen'), json: { items } }
  },
]

/** Copies and files are work for other processes, and most ask for what there is not. */
const papers: readonly Route[] = [
  (random, ground, known) => {
    const format = chance(random, 0.15)
      ? pick(random, ['json', 'md', 'html', 'ics'])
      : pick(random, ['exe', '', 'JSON'])
    const query = {
      lang: pick(random, ['en', 'zh', 'both', 'xx']),
      lead: pick(random, ['us', 'cn', '']),
      days: pick(random, ['', ',', 'x', 'x'.repeat(3000)]),
      version: oneOf(random, known.versions),
      people: pick(random, ['0', '1', '2', '']),
      view: pick(random, ['0', '1', 'yes']),
    }
    const chosen = Object.entries(query).filter(() => chance(random, 0.3))
    const name = chance(random, 0.3)
      ? `/${pick(random, ['a.md', '议程.docx', 'x'.repeat(600), '..', '%0d%0aX: y'])}`
      : ''
    return { method: 'GET', path: of(ground, `/export/${format}${name}?${new URLSearchParams(chosen)}`) }
  },
  (random, _ground, known) => {
    const nothing = ['/calendar/nothing.ics', '/calendar/.ics', '/calendar/x', `/calendar/${'x'.repeat(201)}.ics`]
    return {
      method: 'GET',
      path: chance(random, 0.3) ? pick(random, [...known.files, ...nothing]) : pick(random, nothing),
    }
  },
  (random, ground) => {
    const name = pick(random, ['a.md', 'a.ics', 'a.docx', 'a.json', '', 'x'.repeat(400)])
    const file = chance(random, 0.1) ? pick(random, files) : undefined
    return { method: 'POST', path: of(ground, `/read?name=${name}`), ...(file === undefined ? { json: {} } : { file }) }
  },
]

const files = [
  '# Agenda\n\n9:00 Opening\n',
  'BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:99999999T999999Z\nRRULE:FREQ=SECONDLY\n',
  '{"format":"parley.agenda/1","days":[{"items":[{}]}]}',
  `PK\u0003\u0004${'\u0000'.repeat(100)}`,
  '['.repeat(10_000),
  '\u0000\uffff'.repeat(500),
]

const others: readonly Route[] = [
  (_random, ground) => ({ method: 'GET', path: of(ground, '/ending') }),
  (random, ground) => ({ method: pick(random, ['POST', 'DELETE']), path: of(ground, '/deletion'), json: {} }),
  (random, ground) => ({
    method: 'POST',
    path: '/api/ending',
    json: { token: chance(random, 0.3) ? ground.meeting : strangeValue(random) },
  }),
  (random) => ({ method: 'GET', path: pick(random, ['/healthz', '/readyz', '/metrics', '/', '/join', '/m/x']) }),
  (random) => ({
    method: 'GET',
    path: pick(random, [
      '/nothing',
      '/assets/..%2f..%2fpackage.json',
      '/%',
      '/%00',
      '//',
      '/assets/',
      '/index.html.br',
    ]),
  }),
]

const routes: readonly Route[] = [...sessions, ...meetings, ...meetings, ...away, ...away, ...papers, ...others]

interface Disguised {
  readonly said: string
  readonly sent:
    | { readonly type: 'asked'; readonly ask: Ask }
    | { readonly type: 'bare'; readonly text: string; readonly leaving: Leaving }
}

/** A request that somebody of that role can send, with one thing or another wrong with it. */
function disguised(random: Dice, { method, path, json, file }: Wanted, by: Hostile, ground: Ground): Disguised {
  const headers: Record<string, string> = {}
  // Joining with it would end the session by which they come.
  const cookie = path === '/api/session' && method === 'POST' ? null : cookieOf(random, by)
  if (cookie !== null) headers.Cookie = cookie
  const takes = json !== undefined || file !== undefined
  const body = file ?? (takes ? bodyOf(random, json) : chance(random, 0.05) ? '{}' : undefined)
  if (body !== undefined) headers['Content-Type'] = typeOf(random, file !== undefined)
  if (chance(random, 0.2)) Object.assign(headers, pick(random, oddHeaders)(random))
  const asked = {
    method: chance(random, 0.06) ? pick(random, ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS']) : method,
    path: chance(random, 0.12) ? oddPath(random, path, ground) : path,
  }
  const said = `${asked.method} ${asked.path.slice(0, 200)} ${JSON.stringify(headers).slice(0, 300)} ${(body ?? '').slice(0, 300)}`
  // What Node's client does not send goes as text.
  const plain = /^\/[\x21-\x7e]*$/.test(asked.path) && !Object.values(headers).some((one) => /[^\x20-\x7e]/.test(one))
  if (plain && chance(random, 0.93)) {
    return { said, sent: { type: 'asked', ask: { ...asked, headers, ...(body === undefined ? {} : { body }) } } }
  }
  const framed = framing(random, body ?? '')
  const leaving = pick(random, ['answered', 'half', 'reset'] as const)
  const all = { Connection: 'close', ...headers, ...framed.headers }
  return {
    said: `${said} (bare)`,
    sent: { type: 'bare', text: text(asked.method, asked.path, all, framed.body), leaving },
  }
}

function cookieOf(random: Dice, { cookie }: Hostile): string | null {
  if (chance(random, 0.88)) return cookie
  return pick(random, [
    null,
    'parley_session=nothing',
    'parley_session=',
    `a=b; ${cookie}; parley_session=x`,
    `parley_session=${'x'.repeat(5000)}`,
    `${cookie}x`,
    'parley_session=%00%ff',
    '=;;;=',
  ])
}

function bodyOf(random: Dice, json: unknown): string {
  if (chance(random, 0.1)) return JSON.stringify(json)
  if (chance(random, 0.02)) return JSON.stringify({ token: 'x'.repeat(70_000), name: 'y' })
  return spoilJson(random, json)
}

function typeOf(random: Dice, isFile: boolean): string {
  if (chance(random, 0.9)) return isFile ? 'application/octet-stream' : 'application/json'
  return pick(random, [
    'text/plain',
    '',
    'application/json; charset=utf-16',
    'application/json; charset=',
    'APPLICATION/JSON',
    'multipart/form-data; boundary=x',
    'application/x-www-form-urlencoded',
    'application/octet-stream',
    '*/*',
    `application/json;${' a=b;'.repeat(200)}`,
  ])
}

const oddHeaders: readonly ((random: Dice) => Record<string, string>)[] = [
  () => ({ 'Accept-Language': 'zh;q=NaN,en;q=1e309,*;q=-1' }),
  () => ({ 'Accept-Language': 'zh-CN'.repeat(500) }),
  () => ({ Origin: 'https://elsewhere.example' }),
  () => ({ Origin: 'null' }),
  () => ({ 'X-Forwarded-For': '10.0.0.1, 10.0.0.2', 'X-Forwarded-Host': 'elsewhere.example' }),
  () => ({ 'X-HTTP-Method-Override': 'DELETE' }),
  () => ({ 'If-None-Match': '*', Range: 'bytes=5-1' }),
  () => ({ 'Content-Encoding': 'gzip' }),
  () => ({ Expect: '100-continue' }),
  () => ({ 'Accept-Encoding': 'br;q=NaN, *' }),
  (random) => ({ 'X-Long': 'x'.repeat(pick(random, [1000, 9000, 20_000])) }),
  () => ({ Upgrade: 'h2c', Connection: 'Upgrade, HTTP2-Settings', 'HTTP2-Settings': 'AAMAAABkAAQCAAAAAAIAAAAA' }),
  () => ({ 'Content-Type': 'application/json\u00e9' }),
]

function oddPath(random: Dice, path: string, ground: Ground): string {
  const at = 1 + below(random, path.length)
  return pick(random, [
    () => `${path}/`,
    () => `${path}?${'a=b&'.repeat(500)}`,
    () => `${path}?__proto__[polluted]=1&constructor=2&name=3&name=4`,
    () =>
      path.replace(ground.meeting, pick(random, ['__proto__', 'constructor', 'x'.repeat(600), '%E0%A4%A', '..', '议'])),
    () => path.replace(/\//g, '//'),
    () => path.replace(/[a-z]/g, (letter) => `%${letter.charCodeAt(0).toString(16)}`),
    () => path.toUpperCase(),
    () =>
      `${path.slice(0, at)}${pick(random, ['%', '%00', '%2e%2e%2f', '%ff', ' ', '\u0001', ';', '#', '*'])}${path.slice(at)}`,
    () => path.slice(0, at),
    () => `http://localhost${path}`,
    () => '*',
  ])()
}

/** How the body is framed, true or not. */
function framing(random: Dice, body: string): { headers: Record<string, string>; body: string } {
  const length = Buffer.byteLength(body)
  const chunked = { 'Transfer-Encoding': 'chunked' }
  const chunk = `${length.toString(16)}\r\n${body}\r\n`
  return pick(random, [
    { headers: { 'Content-Length': String(length) }, body },
    { headers: { 'Content-Length': String(length + 10) }, body },
    { headers: { 'Content-Length': String(Math.max(0, length - 3)) }, body },
    { headers: { 'Content-Length': pick(random, ['-1', '1e3', 'x', '99999999999999999999']) }, body },
    { headers: chunked, body: `${length === 0 ? '' : chunk}0\r\n\r\n` },
    { headers: chunked, body: `${length === 0 ? '' : chunk}` },
    { headers: chunked, body: `fffffffff\r\n${body}` },
    { headers: chunked, body: `zz\r\n${body}\r\n0\r\n\r\n` },
    { headers: { ...chunked, 'Content-Length': String(length) }, body: `${chunk}0\r\n\r\n` },
    { headers: {}, body },
  ])
}
