import { beforeEach, expect, test, vi } from 'vitest'
import { openTitles, type Reading, type Titles } from '../../server/http/titles.ts'
import type { Agenda, MeetingId } from '../../shared/domain/agenda.ts'
import { blankAgenda } from '../support/server.ts'

/* What a list of meetings costs to title. The clock and what waits for it move when a test says so. */

vi.setConfig({ testTimeout: 10_000 })

const [one, two, three] = ['m1', 'm2', 'm3'] as [MeetingId, MeetingId, MeetingId]
let documents: Map<MeetingId, { state: string; title: string }>
let readings: MeetingId[]
let asked: number
let atOnce: number
let at: number
let timers: { at: number; ring: () => void }[]
let titles: Titles
/** How a meeting is read, where it is not at once. */
let slow: Map<MeetingId, (agenda: Agenda) => Reading | Promise<Reading>>

beforeEach(() => {
  documents = new Map([one, two, three].map((meeting) => [meeting, { state: '1', title: `${meeting} first` }]))
  readings = []
  asked = atOnce = at = 0
  timers = []
  slow = new Map()
  titles = openTitles({
    storage: {
      async state(meeting) {
        asked += 1
        return documents.get(meeting)?.state ?? null
      },
    },
    async read(meeting) {
      readings.push(meeting)
      atOnce += 1
      expect(atOnce).toBe(1)
      const agenda = { ...blankAgenda(), title: { en: documents.get(meeting)!.title, zh: '' } }
      await settled()
      const reading = await (slow.get(meeting)?.(agenda) ?? { agenda })
      atOnce -= 1
      return reading
    },
    now: () => at,
    pause: (ms) => (ms === 0 ? settled() : new Promise((ring) => timers.push({ at: at + ms, ring }))),
  })
})

const settled = () => new Promise<void>((resolve) => setImmediate(resolve))
const pass = async (ms: number) => {
  at += ms
  for (const { ring } of timers.filter((timer) => timer.at <= at)) ring()
  timers = timers.filter((timer) => timer.at > at)
  for (let n = 0; n < 10; n += 1) await settled()
}
const change = (meeting: MeetingId, title: string) => {
  documents.set(meeting, { state: `${documents.get(meeting)!.state}.`, title })
}
const titleOf = async (meeting: MeetingId) => (await titles.of(meeting)).en
const titlesOf = (meetings: readonly MeetingId[]) => Promise.all(meetings.map(titleOf))
/** An answer, or that there is none yet. */
const answerNow = async (answer: Promise<string>) => {
  await pass(0)
  return Promise.race([answer, Promise.resolve('none yet')])
}
/** A promise to be kept later. */
function later<T>() {
  let keep = (_: T): void => {}
  const promise = new Promise<T>((resolve) => {
    keep = resolve
  })
  return { promise, keep: (value: T) => keep(value) }
}

test('an agenda is opened once for everybody who asks, one after the other, until it changes', async () => {
  const answers = await Promise.all(Array.from({ length: 200 }, () => titlesOf([one, two, three])))
  for (const answer of answers) expect(answer).toEqual(['m1 first', 'm2 first', 'm3 first'])
  expect(readings).toEqual([one, two, three])
  await pass(1000)
  change(two, 'second')
  expect(await titlesOf([one, two, three])).toEqual(['m1 first', 'second', 'm3 first'])
  expect(readings).toEqual([one, two, three, two])
  expect(await titleOf('none' as MeetingId)).toBe('')
})

test('an agenda that changes all the time is opened once a second, however many ask', async () => {
  await titleOf(one)
  for (let tick = 0; tick < 60; tick += 1) {
    change(one, `tick ${tick}`)
    await Promise.all(Array.from({ length: 20 }, () => titleOf(one)))
    await pass(50)
  }
  expect(readings.length).toBeLessThanOrEqual(4)
  // Storage is not even asked meanwhile, but by those who found a title no longer good.
  expect(asked).toBeLessThanOrEqual(1 + 3 * 20)
})

test('while an agenda is opened again, others are given the title known before', async () => {
  await titleOf(one)
  await pass(1000)
  change(one, 'second')
  const held = later<Agenda>()
  slow.set(one, () => ({ agenda: held.promise }))
  const first = titleOf(one)
  await pass(0)
  expect(await answerNow(first)).toBe('none yet')
  expect(await titlesOf(Array.from({ length: 20 }, () => one))).toEqual(Array.from({ length: 20 }, () => 'm1 first'))
  held.keep({ ...blankAgenda(), title: { en: 'second', zh: '' } })
  expect(await first).toBe('second')
  expect(readings).toEqual([one, one])
})

test('a heavy agenda that is read elsewhere holds back no other meeting, and nobody for more than a second', async () => {
  const held = later<Agenda>()
  slow.set(one, () => ({ agenda: held.promise }))
  const waiting = [titleOf(one), titleOf(one)]
  expect(await titleOf(two)).toBe('m2 first')
  expect(await answerNow(waiting[0]!)).toBe('none yet')
  await pass(1000)
  expect(await Promise.all(waiting)).toEqual(['', ''])
  held.keep({ ...blankAgenda(), title: { en: 'heavy', zh: '' } })
  await pass(0)
  expect(await titleOf(one)).toBe('heavy')
  expect(readings).toEqual([one, two])
})

test('an agenda that took long is opened again only after ten times as long', async () => {
  const held = later<Agenda>()
  slow.set(one, () => ({ agenda: held.promise }))
  const first = titleOf(one)
  await pass(0)
  await pass(900)
  held.keep({ ...blankAgenda(), title: { en: 'heavy', zh: '' } })
  expect(await first).toBe('heavy')
  slow.clear()
  change(one, 'second')
  await pass(8900)
  expect(await titleOf(one)).toBe('heavy')
  await pass(200)
  expect(await titleOf(one)).toBe('second')
})

test('an agenda that cannot be read keeps its title, and is tried again later', async () => {
  await titleOf(one)
  await pass(1000)
  change(one, 'second')
  slow.set(one, () => ({ agenda: null }))
  expect(await titleOf(one)).toBe('m1 first')
  slow.clear()
  expect(await titleOf(one)).toBe('m1 first')
  await pass(1000)
  expect(await titleOf(one)).toBe('second')
})

test('a failure is told to those who wait for it, and the next is read all the same', async () => {
  slow.set(one, () => Promise.reject(new Error('broken')).finally(() => (atOnce -= 1)))
  const failed = Promise.allSettled([titleOf(one), titleOf(one), titleOf(two)])
  expect((await failed).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled'])
  slow.clear()
  expect(await titleOf(one)).toBe('m1 first')
})
