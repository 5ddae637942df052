import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { type AnswerOf, type BodyOf, contract, type JsonRoute, refusal } from '../../shared/api/contract.ts'
import { addressOf, type Params, type RouteName, routeOf, routes } from '../../shared/api/routes.ts'
import { refusalCodes } from '../../shared/api/terms.ts'
import { allItems } from '../../shared/domain/agenda.ts'
import { digestOf } from '../../shared/wire/digest.ts'
import { sample } from '../support/agenda.ts'
import { enter, startServer, type TestServer, type Visitor } from '../support/server.ts'

/* Every route of a real server, against the contract that the page takes its types from: nothing is missing, nothing is more. */

let server: TestServer
let organizer: Visitor
let observer: Visitor
const asked = new Set<RouteName>()

beforeAll(async () => {
  server = await startServer({ agenda: sample() })
  organizer = await server.visit('organizer', 'us')
  observer = await server.visit('observer', 'none')
})
afterAll(() => server.stop())

function request(who: Visitor | null, route: RouteName, params: object, init: RequestInit = {}, query = '') {
  asked.add(route)
  const address = addressOf(route, params as Params<RouteName>)
  return fetch(`${server.origin}${address}${query}`, {
    method: routeOf(route).method,
    ...init,
    headers: { ...(who && { cookie: who.cookie }), ...init.headers },
  })
}

/** Asks as the page does; the answer as the contract reads it. */
async function call<R extends JsonRoute>(who: Visitor | null, route: R, params: Params<R>, body?: BodyOf<R>) {
  const json = { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
  const response = await request(who, route, params, body === undefined ? {} : json)
  const terms: { answer: unknown; made?: true } = contract[route]
  const text = await response.text()
  expect([response.status, text.slice(0, 300)]).toEqual([
    terms.answer === null ? 204 : terms.made ? 201 : 200,
    expect.anything(),
  ])
  if (terms.answer === null) {
    expect(text).toBe('')
    return null as AnswerOf<R>
  }
  return (terms.answer as z.ZodType).parse(JSON.parse(text)) as AnswerOf<R>
}

test('every answer of the server is what the contract says', async () => {
  const { meeting } = server
  const at = { meeting }
  const { token } = server.invitations[0]!
  expect((await call(null, 'enter', {}, { token, name: 'Ann Lee' })).meeting).toBe(meeting)
  const looked = await call(organizer, 'look', {}, { token })
  expect(looked).toMatchObject({ role: 'organizer', side: 'us', personName: null, you: { same: true } })
  expect((await call(null, 'look', {}, { token })).you).toBeNull()
  expect((await call(organizer, 'memberships', {})).memberships).toHaveLength(1)
  expect((await call(organizer, 'meeting', at)).invitations!.length).toBe(3)
  expect((await call(observer, 'meeting', at)).invitations).toBeUndefined()

  const made = await call(organizer, 'invite', at, { role: 'delegate', side: 'us' })
  expect(made.link).toContain(made.token)
  const soon = Date.now() + 60_000
  await call(organizer, 'limitInvitation', { ...at, invitation: made.id }, { expiresAt: soon, mostPeople: 3 })
  const { people } = await call(organizer, 'people', at)
  expect(people.map(({ name }) => name)).toEqual(['Olga Usher', 'Oscar North', 'Ann Lee'])
  expect((await call(observer, 'people', at)).people.map(({ sessions }) => sessions.length)).toEqual([1])
  const code = await call(organizer, 'makeCode', { ...at, person: people[2]!.id })
  expect(code.link.endsWith(`/join#code-${code.code}`)).toBe(true)
  expect((await call(null, 'enterByCode', {}, { code: code.code })).person.name).toBe('Ann Lee')
  const ann = (await call(organizer, 'people', at)).people[2]!
  expect(ann.sessions.map(({ way, present }) => [way, present])).toEqual([
    ['link', false],
    ['organizer', false],
  ])
  await call(organizer, 'endSession', { ...at, session: ann.sessions[0]!.id })
  await call(organizer, 'removePerson', { ...at, person: ann.id })
  expect((await call(organizer, 'people', at)).people[2]).toMatchObject({ removedAt: expect.any(Number) })

  await call(organizer, 'revokeInvitation', { ...at, invitation: made.id })
  const given = (await call(organizer, 'meeting', at)).invitations!.find((one) => one.id === made.id)!
  expect(given).toMatchObject({ revokedAt: expect.any(Number), expiresAt: soon, mostPeople: 3 })

  expect((await call(organizer, 'changes', at)).since).toBeNull()
  expect((await call(organizer, 'changes', at)).agenda).toEqual(sample())
  expect(await call(organizer, 'seen', at, { digest: digestOf(sample()) })).toEqual({ seen: true })
  expect(await call(organizer, 'seen', at, { digest: 'another' })).toEqual({ seen: false })
  const [item] = allItems(sample())
  expect(await call(organizer, 'seen', at, { items: { [item!.id]: '1' } })).toEqual({ seen: true })

  const version = await call(organizer, 'saveVersion', at, { label: 'draft', name: ' One ' })
  expect(version.name).toBe('One')
  expect((await call(observer, 'versions', at)).versions).toEqual([version])
  expect(await call(observer, 'version', { ...at, version: version.id })).toEqual({ version, agenda: sample() })

  const calendar = await call(organizer, 'addCalendar', at, { lang: 'zh', lead: 'cn', people: false })
  const { url, ...listed } = calendar
  expect((await call(organizer, 'calendars', at)).calendars).toEqual([listed])
  const file = new URL(url).pathname.split('/').at(-1)!
  expect(await (await request(null, 'calendar', { file })).text()).toContain('BEGIN:VCALENDAR')
  expect(Object.keys(await call(organizer, 'revisions', at)).length).toBeGreaterThan(1)
  await call(organizer, 'revokeCalendar', { ...at, calendar: calendar.id })

  expect(await call(organizer, 'filling', at)).toEqual({ filling: {} })
  await call(organizer, 'askDeletion', at)
  expect((await call(observer, 'ending', at)).asked?.by.side).toBe('us')
  await call(organizer, 'withdrawDeletion', at)

  for (const [name, body, status] of [
    ['agenda.md', '# Day 1, 2026-03-12\n\n09:00 Opening\n', 'understood'],
    ['agenda.pdf', '%PDF-1.7', 'refused'],
  ] as const) {
    const init = { headers: { 'content-type': 'application/octet-stream' }, body }
    const read = await request(organizer, 'readFile', at, init, `?name=${name}`)
    expect(contract.readFile.answer.parse(await read.json()).status).toBe(status)
  }
  for (const [route, params] of [
    ['export', { ...at, format: 'md' }],
    ['exportAs', { ...at, format: 'json', name: 'agenda.json' }],
  ] as const) {
    const response = await request(organizer, route, params, {}, '?lang=zh&people=0')
    expect([response.status, response.headers.get('content-disposition')]).toEqual([200, expect.any(String)])
    await response.arrayBuffer()
  }
  const next = { title: { en: 'Next', zh: '' }, place: { en: '', zh: '' }, date: '2026-09-01', venue: null }
  const created = await call(organizer, 'createMeeting', {}, { from: { template: 'blank' }, ...next })
  expect(created.links.map(({ side }) => side)).toEqual(['cn'])
  expect(await call(null, 'healthz', {})).toEqual({ status: 'ok' })
  expect(await call(null, 'readyz', {})).toEqual({ status: 'ready' })
  expect((await request(null, 'metrics', {})).status).toBe(200)
  expect((await call(organizer, 'rebuild', at)).after.parts).toBeGreaterThan(100)
  await call(organizer, 'leave', {})
  expect([...asked].sort()).toEqual(Object.keys(routes).sort())
})

test('every refusal is of one form, names the field, and speaks both languages', async () => {
  const at = { meeting: server.meeting }
  organizer = await server.visit('organizer', 'us', 'Olga Unger')
  const link = (terms: object) =>
    call(organizer, 'invite', at, { role: 'delegate', side: 'us', ...terms }).then((made) => made.token)
  const expired = await link({ expiresAt: 1 })
  const full = await link({ mostPeople: 1 })
  await enter(server.origin, full, 'Somebody')
  const removed = await link({ personName: 'Wei Bo' })
  const { person } = await enter(server.origin, removed, '')
  await call(organizer, 'removePerson', { ...at, person: person.id })
  const wrong: [Visitor | null, JsonRoute, object, unknown, string, string | undefined][] = [
    [null, 'memberships', {}, undefined, 'no-session', undefined],
    [null, 'enter', {}, {}, 'missing', 'token'],
    [null, 'enter', {}, { token: 'none', name: 'A' }, 'no-invitation', 'token'],
    ...(
      [
        ['no-name', { name: ' ' }, 'name'],
        ['name-characters', { name: '\u202e' }, 'name'],
        ['name-scripts', { name: 'D\u0430na' }, 'name'],
        ['name-role', { name: '组织者' }, 'name'],
        ['name-role', { name: 'Dana', affiliation: 'observer' }, 'affiliation'],
        ['name-taken', { name: 'O1ga Usher' }, 'name'],
      ] as const
    ).map(([error, body, field]): [null, 'enter', object, unknown, string, string] => [
      ...([null, 'enter', {}, { token: server.invitations[1]!.token, ...body }, error, field] as const),
    ]),
    [null, 'enter', {}, { token: expired, name: 'Dana' }, 'link-expired', 'token'],
    [null, 'look', {}, { token: expired }, 'link-expired', 'token'],
    [null, 'enter', {}, { token: full, name: 'Dana' }, 'link-used-up', 'token'],
    [null, 'enter', {}, { token: removed, name: '' }, 'removed', 'token'],
    [null, 'enterByCode', {}, { code: 'A2345679' }, 'no-code', 'code'],
    [observer, 'removePerson', { ...at, person: observer.person.id }, undefined, 'not-allowed', undefined],
    [organizer, 'removePerson', { ...at, person: organizer.person.id }, undefined, 'not-allowed', undefined],
    [observer, 'makeCode', { ...at, person: organizer.person.id }, undefined, 'not-found', 'person'],
    [observer, 'endSession', { ...at, session: 'none' }, undefined, 'not-found', 'session'],
    [observer, 'meeting', { meeting: 'none' }, undefined, 'no-meeting', undefined],
    [observer, 'invite', at, { role: 'delegate', side: 'us' }, 'not-allowed', undefined],
    [observer, 'seen', at, {}, 'invalid', 'body'],
    [observer, 'version', { ...at, version: 'none' }, undefined, 'no-version', 'version'],
    [observer, 'saveVersion', at, { label: 'last', name: '' }, 'invalid', 'label'],
    [observer, 'addCalendar', at, { lang: 'en', lead: 'us', people: 'all' }, 'invalid', 'people'],
    [observer, 'rebuild', at, undefined, 'not-allowed', undefined],
    [observer, 'askDeletion', at, undefined, 'not-allowed', undefined],
  ]
  for (const [who, route, params, body, error, field] of wrong) {
    const messages: string[] = []
    for (const language of ['en', 'zh-CN']) {
      const headers = {
        'accept-language': language,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      }
      const response = await request(who, route, params, { headers, body: JSON.stringify(body) ?? null })
      const said = refusal.parse(await response.json())
      expect([route, said.error, said.field]).toEqual([route, error, field])
      expect(response.status).toBeGreaterThan(399)
      messages.push(said.message)
    }
    expect(messages[0]).not.toBe(messages[1])
  }
  expect(z.enum(refusalCodes).options).toHaveLength(new Set(refusalCodes).size)
})
