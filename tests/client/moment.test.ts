import { expect, test } from 'vitest'
import { momentIn, momentOf, momentText } from '../../client/i18n/moment.ts'

const at = (year: number, month: number, day: number, hours = 9, minutes = 30) =>
  new Date(year, month - 1, day, hours, minutes).getTime()
const now = at(2026, 3, 12, 18, 0)

test('a moment is told by this device’s calendar and clock, with the year only when it is another', () => {
  expect(momentOf(at(2026, 3, 12), now, 'en')).toEqual({ day: 'today', time: '09:30', whole: '12 March, 09:30' })
  expect(momentOf(at(2026, 3, 12), now, 'zh').whole).toBe('3月12日 09:30')
  expect(momentOf(at(2025, 12, 31), now, 'en').whole).toBe('31 December 2025, 09:30')
  expect(momentOf(at(2025, 12, 31), now, 'zh').whole).toBe('2025年12月31日 09:30')
})

test('a moment is told by the clocks of another place, with its date and year there', () => {
  const instant = Date.UTC(2025, 11, 31, 20, 30)
  expect(momentIn('Asia/Shanghai', instant, now, 'en')).toBe('1 January, 04:30')
  expect(momentIn('Asia/Shanghai', instant, now, 'zh')).toBe('1月1日 04:30')
  expect(momentIn('America/New_York', instant, now, 'en')).toBe('31 December 2025, 15:30')
})

test('yesterday is the calendar’s, not twenty-four hours ago', () => {
  expect(momentOf(at(2026, 3, 11, 0, 5), now, 'en').day).toBe('yesterday')
  expect(momentOf(at(2026, 3, 10, 23, 55), now, 'en').day).toBe('earlier')
  expect(momentOf(at(2026, 2, 28, 23, 0), at(2026, 3, 1, 0, 10), 'en').day).toBe('yesterday')
})

test('within a sentence today and yesterday are called so, in both languages', () => {
  expect(momentText(at(2026, 3, 12), now, 'en')).toBe('today, 09:30')
  expect(momentText(at(2026, 3, 12), now, 'zh')).toBe('今天 09:30')
  expect(momentText(at(2026, 3, 11), now, 'en')).toBe('yesterday, 09:30')
  expect(momentText(at(2026, 3, 11), now, 'zh')).toBe('昨天 09:30')
  expect(momentText(at(2026, 3, 10), now, 'en')).toBe('10 March, 09:30')
})
