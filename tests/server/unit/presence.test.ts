import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createPresence, type Presence, type Present } from '../../../server/room/presence.ts'
import type { Member } from '../../../server/storage/members.ts'
import { decode } from '../../../shared/wire/frame.ts'
import { memberCalled } from '../../support/stage.ts'

/* Presence in one room, of people who are in it by no line at all. */

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const window = 50

interface Somebody extends Present {
  client: number | null
  /** Frame by frame: which client is in what state. */
  readonly shown: Record<number, unknown>[]
  readonly clocks: number[]
}

function somebody(name: string, client: number | null, of: Partial<Member> = {}): Somebody {
  const [shown, clocks]: [Record<number, unknown>[], number[]] = [[], []]
  return {
    ...{ member: memberCalled(name, of), client, shown, clocks },
    show(frame) {
      const message = decode(frame)
      if (message?.type !== 'awareness') throw new Error('no presence')
      const stateOf = (json: Uint8Array): unknown => JSON.parse(new TextDecoder().decode(json))
      shown.push(Object.fromEntries(message.entries.map(({ client, json }) => [client, stateOf(json)])))
      clocks.push(...message.entries.map(({ clock }) => clock))
    },
  }
}

function setUp(...others: Present[]): Presence {
  return createPresence(others, Date.now, window, (error) => {
    throw error
  })
}

const at = (item: string) => new TextEncoder().encode(JSON.stringify({ item }))

test('P7: who somebody is, is what the server knows of them, and where they are is what they say', () => {
  const one = somebody('one', 1, { side: 'cn', role: 'organizer' })
  const two = somebody('two', 2)
  const presence = setUp(one, two)
  const said = { item: 'i1', user: { id: 'two', name: 'Two', side: 'us' }, name: 'Two', side: 'us', role: 'observer' }
  expect(presence.say(one, 1, new TextEncoder().encode(JSON.stringify(said)))).toBe(true)
  vi.advanceTimersByTime(window)
  expect(two.shown).toEqual([{ 1: { user: { id: 'one', name: 'one', side: 'cn', role: 'organizer' }, item: 'i1' } }])
  expect(one.shown).toEqual([])
})

test('P5: whatever happens within a window is one frame, with the last that each has said', () => {
  const people = [1, 2, 3].map((client) => somebody(`p${client}`, client))
  const presence = setUp(...people)
  for (let i = 0; i < 100; i += 1) for (const one of people) presence.say(one, one.client!, at(`i${i}`))
  vi.advanceTimersByTime(window - 1)
  expect(people.map(({ shown }) => shown.length)).toEqual([0, 0, 0])
  vi.advanceTimersByTime(1)
  expect(people.map(({ shown }) => shown.map((frame) => Object.keys(frame).join()))).toEqual([
    ['2,3'],
    ['1,3'],
    ['1,2'],
  ])
  expect(people[0]!.shown[0]).toMatchObject({ 2: { item: 'i99' } })
})

test('P5: what is no JSON is no state, and of one that is too long nothing is read', () => {
  const [one, two] = [somebody('one', 1), somebody('two', 2)]
  const presence = setUp(one, two)
  expect(presence.say(one, 1, new TextEncoder().encode('{'))).toBe(false)
  vi.advanceTimersByTime(window)
  expect(two.shown).toEqual([])
  expect(presence.say(one, 1, new TextEncoder().encode(`{"item":"i1","x":"${'x'.repeat(2048)}"}`))).toBe(true)
  vi.advanceTimersByTime(window)
  expect(two.shown[0]?.[1]).not.toHaveProperty('item')
})

test('clocks only rise, though the machine’s is set back', () => {
  const [one, two] = [somebody('one', 1), somebody('two', 2)]
  const presence = setUp(one, two)
  const say = (item: string) => {
    presence.say(one, 1, at(item))
    vi.advanceTimersByTime(window)
  }
  say('i1')
  vi.setSystemTime(Date.now() - 3_600_000)
  say('i2')
  presence.leave(one)
  vi.advanceTimersByTime(window)
  expect(two.shown.map((frame) => frame[1] === null)).toEqual([false, false, true])
  expect(two.clocks).toHaveLength(3)
  expect(two.clocks).toEqual([...new Set(two.clocks)].sort((a, b) => a - b))
})

test('P9: whoever has left is told of once, and nothing of them remains', () => {
  const [one, two, late] = [somebody('one', 1), somebody('two', 2), somebody('late', null)]
  const presence = setUp(one, two)
  presence.say(one, 1, at('i1'))
  vi.advanceTimersByTime(window)
  presence.leave(one)
  presence.leave(one)
  vi.advanceTimersByTime(window)
  expect(two.shown.at(-1)).toEqual({ 1: null })
  presence.greet(late)
  vi.advanceTimersByTime(window * 10)
  expect([late.shown, two.shown.length, vi.getTimerCount()]).toEqual([[], 2, 0])
})

test('whoever comes is told who is there, but not of themselves', () => {
  const [one, two] = [somebody('one', 1), somebody('two', 2)]
  const presence = setUp(one, two)
  presence.say(one, 1, at('i1'))
  presence.say(two, 2, at('i2'))
  vi.advanceTimersByTime(window)
  const seen = (by: Somebody) => {
    presence.greet(by)
    return Object.keys(by.shown.at(-1) ?? {})
  }
  expect(seen(somebody('late', null))).toEqual(['1', '2'])
  // Before it has said which id is its own, any of the same person may be.
  const tab = somebody('one', null)
  expect(seen(tab)).toEqual(['2'])
  tab.client = 3
  expect(seen(tab)).toEqual(['1', '2'])
})
