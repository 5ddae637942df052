import { expect, onTestFinished, test } from 'vitest'
import { allItems } from '../../shared/domain/agenda.ts'
import { sample } from '../support/agenda.ts'
import { enter, post, startServer } from '../support/server.ts'

/* A meeting that an organizer makes in the browser. */

const wanted = {
  from: { template: 'half-day' },
  title: { en: 'Second round', zh: '' },
  place: { en: '', zh: '' },
  date: '2026-09-01',
  venue: 'Europe/Zurich',
}

interface Created {
  meeting: string
  token: string
  links: { side: string; link: string }[]
  error?: string
  field?: string
}

async function create(origin: string, body: object, cookie?: string): Promise<Created & { status: number }> {
  const response = await post(origin, '/api/meetings', body, cookie)
  return { status: response.status, ...((await response.json()) as Created) }
}
const tokenIn = (link: string) => link.split('#')[1]!
const agendaOf = async (origin: string, meeting: string, cookie: string) => {
  const response = await fetch(`${origin}/api/meetings/${meeting}/export/json`, { headers: { cookie } })
  return (await response.json()) as ReturnType<typeof sample>
}

test('an organizer makes a meeting from a template, is its organizer, and hands a link for one to the other side', async () => {
  const server = await startServer()
  onTestFinished(() => server.stop())
  const { origin } = server
  const organizer = await server.visit('organizer', 'us')
  const made = await create(origin, wanted, organizer.cookie)
  expect([made.status, made.links.map(({ side }) => side)]).toEqual([201, ['cn']])
  const own = await enter(origin, made.token, 'Olga Park', organizer.cookie)
  expect(own.person).toMatchObject({ role: 'organizer', side: 'us' })
  // Still in the meeting of before.
  const session = await fetch(`${origin}/api/session`, { headers: { cookie: own.cookie } })
  const { memberships, mayCreate } = (await session.json()) as { memberships: unknown[]; mayCreate: boolean }
  expect([memberships.length, mayCreate]).toEqual([2, true])
  const agenda = await agendaOf(origin, made.meeting, own.cookie)
  expect([agenda.title.en, agenda.days[0]!.date, agenda.zones.venue]).toEqual([
    'Second round',
    '2026-09-01',
    'Europe/Zurich',
  ])
  const theirs = await enter(origin, tokenIn(made.links[0]!.link), 'Chen Wei')
  expect(theirs.person).toMatchObject({ role: 'organizer', side: 'cn' })
  // Whoever comes second sees that somebody was there before.
  await expect(enter(origin, tokenIn(made.links[0]!.link), 'Somebody Else')).rejects.toThrow(/40[39]|429/)
})

test('a secretariat of no side hands a link to each side', async () => {
  const server = await startServer()
  onTestFinished(() => server.stop())
  const made = await create(server.origin, wanted, (await server.visit('organizer', 'none')).cookie)
  expect(made.links.map(({ side }) => side)).toEqual(['us', 'cn'])
  expect((await enter(server.origin, made.token, 'Office Park')).person).toMatchObject({
    role: 'organizer',
    side: null,
  })
})

test('the next round is made from a meeting that one organizes, and from no other', async () => {
  const server = await startServer()
  onTestFinished(() => server.stop())
  const { origin } = server
  const { meeting } = await server.meet(sample())
  const own = await server.meet(sample())
  const elsewhere = await server.meet(sample())
  const organizer = await enter(origin, own.invitations.find(({ role }) => role === 'organizer')!.token, 'Olga Park')
  const from = (of: string) => ({ ...wanted, from: { meeting: of, people: false, readings: true }, venue: null })
  const made = await create(origin, from(own.meeting), organizer.cookie)
  expect(made.status).toBe(201)
  const now = await enter(origin, made.token, 'Olga Park', organizer.cookie)
  const agenda = await agendaOf(origin, made.meeting, now.cookie)
  expect(allItems(agenda).map(({ title }) => title)).toEqual(allItems(sample()).map(({ title }) => title))
  expect([agenda.people, agenda.title.en, agenda.zones]).toEqual([[], 'Second round', sample().zones])
  for (const other of [meeting, elsewhere.meeting, 'nowhere'])
    expect((await create(origin, from(other), now.cookie)).status).toBe(404)
})

test('nobody but an organizer makes a meeting, nobody at all where the operator says so, and bad input is named', async () => {
  const server = await startServer()
  onTestFinished(() => server.stop())
  const { origin } = server
  expect((await create(origin, wanted)).status).toBe(401)
  for (const role of ['delegate', 'observer'] as const)
    expect(await create(origin, wanted, (await server.visit(role, 'us')).cookie)).toMatchObject({
      status: 403,
      error: 'not-allowed',
    })
  const organizer = await server.visit('organizer', 'us')
  for (const [bad, field] of [
    [{ title: { en: ' ', zh: '' } }, 'title'],
    [{ title: { en: 'x'.repeat(501), zh: '' } }, 'title.en'],
    [{ date: '2026-02-30' }, 'date'],
    [{ venue: 'Middle/Earth' }, 'venue'],
    [{ from: { template: 'three-day' } }, 'from'],
  ] as const)
    expect(await create(origin, { ...wanted, ...bad }, organizer.cookie)).toMatchObject({ status: 400, field })

  const closed = await startServer({ create: 'nobody' })
  onTestFinished(() => closed.stop())
  const { cookie } = await closed.visit('organizer', 'us')
  expect((await create(closed.origin, wanted, cookie)).status).toBe(403)
  const session = await fetch(`${closed.origin}/api/session`, { headers: { cookie } })
  expect(((await session.json()) as { mayCreate: boolean }).mayCreate).toBe(false)
})

test('an organizer makes twenty meetings, and is then asked to wait', async () => {
  const server = await startServer()
  onTestFinished(() => server.stop())
  const organizer = await server.visit('organizer', 'us')
  for (let at = 0; at < 20; at++) expect((await create(server.origin, wanted, organizer.cookie)).status).toBe(201)
  const refused = await create(server.origin, wanted, organizer.cookie)
  expect([refused.status, refused.error]).toEqual([429, 'link-busy'])
})
