import { EventEmitter } from 'node:events'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { after, alone, every, guarded, ignoreErrors, listen, type Report, soon } from '../../../server/process/guard.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const fault = new Error('a fault that a test makes')
const faulty = {
  'throws at once': () => {
    throw fault
  },
  'rejects later': async () => {
    await Promise.resolve()
    throw fault
  },
}
type Work = () => unknown

/** How the event loop comes to call something by itself. */
const callers: Record<string, (work: Work, failed: Report) => void> = {
  'somebody else': (work, failed) => guarded(work, failed)(),
  'a timer': (work, failed) => void after(10, work, failed),
  'the next turn': soon,
  'an emitter': (work, failed) => {
    const emitter = new EventEmitter()
    listen(emitter, 'news', work, failed)
    emitter.emit('news')
  },
}

describe.each(Object.entries(faulty))('P5: what %s', (_how, work) => {
  test.each(Object.entries(callers))('when called by %s, is told and goes no further', async (_who, call) => {
    const failed = vi.fn<Report>()
    call(work, failed)
    await vi.advanceTimersByTimeAsync(10)
    expect(failed.mock.calls).toEqual([[fault]])
  })

  test('is told each time, and what is called every so often goes on', async () => {
    const failed = vi.fn<Report>()
    const timer = every(10, work, failed)
    await vi.advanceTimersByTimeAsync(35)
    clearInterval(timer)
    expect(failed).toHaveBeenCalledTimes(3)
  })
})

test('P5: a promise that nobody awaits tells of its fault, and an error that nobody listens for is nothing', async () => {
  const failed = vi.fn<Report>()
  alone(Promise.reject(fault), failed)
  await Promise.resolve()
  expect(failed.mock.calls).toEqual([[fault]])
  const emitter = new EventEmitter()
  ignoreErrors(emitter)
  expect(emitter.emit('error', fault)).toBe(true)
})

test('what does not fail is called with what it was given, and nobody is told', async () => {
  const [work, failed] = [vi.fn<(...args: number[]) => void>(), vi.fn<Report>()]
  guarded(work, failed)(1, 2)
  expect([work.mock.calls, failed.mock.calls]).toEqual([[[1, 2]], []])
})
