import { expect, test } from 'vitest'
import type { Agenda } from '../../shared/domain/agenda.ts'
import { isForward } from '../../shared/domain/forward.ts'
import { sample } from '../support/agenda.ts'

const titled = (en: string, minutes = 30): Agenda => {
  const agenda = sample()
  const [day, ...days] = agenda.days
  const [item, ...items] = day!.items
  return { ...agenda, days: [{ ...day!, items: [{ ...item!, title: { en, zh: '' }, minutes }, ...items] }, ...days] }
}

test('what stands is a beginning of what I was typing: nobody else has written there', () => {
  const base = titled('A title')
  expect(isForward(base, titled('A longer title'), titled('A lon title'))).toBe(true)
  expect(isForward(base, titled('A title, and more'), base)).toBe(true)
  expect(isForward(base, titled('A title, and more'), titled('A title, an'))).toBe(true)
  // Elsewhere others may have written what they like.
  expect(isForward(base, titled('A title, and more'), titled('A title', 45))).toBe(true)
})

test('what others have written where I did is no beginning of mine', () => {
  const base = titled('A title')
  expect(isForward(base, titled('A longer title'), titled('A short title'))).toBe(false)
  expect(isForward(base, titled('A title, and more'), titled('Another title'))).toBe(false)
  expect(isForward(base, titled('A title, and more'), titled('A title, and more than that'))).toBe(false)
  expect(isForward(base, titled('A title', 45), titled('A title', 60))).toBe(false)
})
