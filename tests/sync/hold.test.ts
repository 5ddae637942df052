import { expect, test } from 'vitest'
import { createHold } from '../../client/sync/hold.ts'

function held() {
  const delivered: (readonly number[])[] = []
  return { delivered, hold: createHold<number>((frames) => delivered.push(frames)) }
}

test('with nobody composing, each frame goes through as it comes', () => {
  const { delivered, hold } = held()
  hold.receive(1)
  hold.receive(2)
  expect(delivered).toEqual([[1], [2]])
})

test('what comes in during a hold comes out afterwards, in order, at once', () => {
  const { delivered, hold } = held()
  const release = hold.take()
  hold.receive(1)
  hold.receive(2)
  expect(delivered).toEqual([])
  expect(hold.waiting()).toBe(2)
  release()
  expect(delivered).toEqual([[1, 2]])
  expect(hold.waiting()).toBe(0)
})

test('two holds at once end with the later one, and ending one twice ends it once', () => {
  const { delivered, hold } = held()
  const first = hold.take()
  const second = hold.take()
  hold.receive(1)
  first()
  first()
  expect(delivered).toEqual([])
  second()
  expect(delivered).toEqual([[1]])
})

test('a hold in which nothing came in delivers nothing', () => {
  const { delivered, hold } = held()
  hold.take()()
  expect(delivered).toEqual([])
})
