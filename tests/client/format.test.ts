import { expect, test } from 'vitest'
import { dateSpan, dateWords, lengthWords, speak } from '../../client/i18n/format.ts'
import { cityOf, namesOfZone } from '../../shared/domain/city.ts'

test('a date is said as each language says it', () => {
  expect(dateWords('2026-03-12', 'en')).toBe('Thu 12 Mar')
  expect(dateWords('2026-03-12', 'zh')).toBe('3月12日 周四')
  expect(dateWords('2026-03-12', 'en', true)).toBe('Thu 12 Mar 2026')
  expect(dateWords('2026-03-12', 'zh', true)).toBe('2026年3月12日 周四')
})

test('the dates of a meeting are said once', () => {
  expect(dateSpan(['2026-03-13', '2026-03-12'], 'en')).toBe('12–13 Mar 2026')
  expect(dateSpan(['2026-03-12', '2026-03-13'], 'zh')).toBe('2026年3月12日至13日')
  expect(dateSpan(['2026-03-31', '2026-04-01'], 'en')).toBe('31 Mar – 1 Apr 2026')
  expect(dateSpan(['2026-03-31', '2026-04-01'], 'zh')).toBe('2026年3月31日至4月1日')
  expect(dateSpan(['2026-12-31', '2027-01-01'], 'en')).toBe('31 Dec 2026 – 1 Jan 2027')
  expect(dateSpan(['2026-03-12'], 'en')).toBe('12 Mar 2026')
  expect(dateSpan([], 'zh')).toBe('')
})

test('a length is said in hours and minutes', () => {
  expect(lengthWords(405, 'en')).toBe('6 h 45')
  expect(lengthWords(65, 'en')).toBe('1 h 05')
  expect(lengthWords(45, 'en')).toBe('45 min')
  expect(lengthWords(120, 'en')).toBe('2 h')
  expect(lengthWords(405, 'zh')).toBe('6 小时 45 分')
  expect(lengthWords(45, 'zh')).toBe('45 分钟')
  expect(lengthWords(120, 'zh')).toBe('2 小时')
})

test('a reader gets the other language, named as such, where their own is empty', () => {
  expect(speak({ en: 'Lunch', zh: '午餐' }, 'zh')).toEqual({ text: '午餐', language: 'zh' })
  expect(speak({ en: 'Lunch', zh: ' ' }, 'zh')).toEqual({ text: 'Lunch', language: 'en' })
  expect(speak({ en: '', zh: '' }, 'en')).toBeNull()
})

test('a zone is called by its capital or its city, and found by either', () => {
  expect(cityOf('America/New_York', 'en')).toBe('Washington')
  expect(cityOf('Asia/Shanghai', 'zh')).toBe('北京')
  expect(cityOf('America/Argentina/Buenos_Aires', 'en')).toBe('Buenos Aires')
  expect(namesOfZone('Europe/Zurich')).toContain('geneva')
  expect(namesOfZone('Europe/Zurich')).toContain('日内瓦')
})
