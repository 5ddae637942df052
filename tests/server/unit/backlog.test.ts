import { expect, onTestFinished, test, vi } from 'vitest'
import { createQuotas, type Limits } from '../../../server/access/quota.ts'
import type { Member } from '../../../server/storage/members.ts'
import { type Arriving, createBacklog } from '../../../server/sync/backlog.ts'
import { type FakeTransport, fakeTransport } from '../../support/faketransport.ts'
import { memberCalled } from '../../support/stage.ts'

const limits: Partial<Limits> = {
  waiting: { person: { most: 100 }, link: { most: 200 }, meeting: { most: 300 }, server: { most: 400 } },
}

function set(given: Partial<Limits> = limits) {
  vi.useFakeTimers()
  const steady = () => performance.now()
  const quotas = createQuotas({ limits: given, steady, warn: () => {} })
  const backlog = createBacklog({ little: 0, quotas, steady, report: (error) => expect(error).toBeNull() })
  onTestFinished(() => {
    backlog.close()
    vi.useRealTimers()
  })
  /** A line of this person on which so much waits after something is sent. */
  const holds = (unsent: number, person: string, link = 'l', meeting = 'm', arriving?: () => Arriving) => {
    const line = fakeTransport()
    const codes: number[] = []
    const counted = backlog.count(line, memberOf(person, link, meeting), arriving)
    counted.listen({ frame() {}, closed: (code) => codes.push(code) })
    line.unsent = unsent
    counted.send(new Uint8Array(unsent))
    return { line, codes, counted }
  }
  return { quotas, backlog, holds }
}
const memberOf = (person: string, invitation: string, meeting: string): Member =>
  memberCalled(person, { invitation, meeting } as Partial<Member>)
const isDropped = ({ line }: { line: FakeTransport }) => line.ended.includes('dropped')

test('P5: of the lines of a person the one with most ends, at once and without a word, and the room is told', () => {
  const { holds, quotas } = set()
  const lines = [holds(30, 'one'), holds(50, 'one'), holds(25, 'one')]
  expect(lines.map(isDropped)).toEqual([false, true, false])
  expect(lines[1]!.codes).toEqual([1013])
  expect(quotas.used('waiting', 'person', memberOf('one', 'l', 'm'))).toBe(55)
})

test('P5: many names with little each are as heavy as one: who has most of the link, meeting and server that has most', () => {
  const { holds } = set()
  const honest = holds(90, 'honest', 'own')
  const names = Array.from({ length: 5 }, (_, n) => holds(45, `name ${n}`, 'crowd'))
  expect([honest, ...names].filter(isDropped)).toHaveLength(1)
  expect(isDropped(honest)).toBe(false)
  // The next 100 bytes are of a third link of the meeting, and what ends is of the crowd.
  const third = holds(60, 'third', 'other')
  expect([honest, third].filter(isDropped)).toEqual([])
  const elsewhere = holds(95, 'elsewhere', 'else', 'm2')
  expect([honest, third, elsewhere].filter(isDropped)).toEqual([])
  expect(names.filter(isDropped).length).toBeGreaterThanOrEqual(2)
})

test('what has been read or has gone is given back', async () => {
  const { holds, quotas, backlog } = set()
  const [read, gone, ended] = [holds(40, 'one'), holds(40, 'two'), holds(40, 'three')]
  read.line.unsent = 0
  gone.line.breakOff()
  ended.counted.end(1001, 'going away')
  ended.line.unsent = 0
  await vi.advanceTimersByTimeAsync(500)
  expect(quotas.use().find((one) => one.kind === 'waiting' && one.owner === 'server')?.percent).toBe(0)
  expect(backlog.isBehind(memberOf('one', 'l', 'm'))).toBe(false)
})

test('P5: a line that stands still with much on it is given up after half a minute; a slow one is waited for', async () => {
  const { holds } = set({})
  const much = 2 ** 20
  const still = holds(much, 'one')
  const slow = holds(10 * much, 'two')
  let arrived = 0
  const half = holds(0, 'three', 'l', 'm', () => ({ unfinished: arrived, all: arrived }))
  arrived = much
  for (let i = 0; i < 40; i += 1) {
    slow.line.unsent -= 10_000
    await vi.advanceTimersByTimeAsync(1000)
  }
  expect([still, slow, half].map(isDropped)).toEqual([true, false, true])
})
