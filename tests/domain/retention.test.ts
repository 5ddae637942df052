import { expect, test } from 'vitest'
import { endOfRetention, isDate, isNear } from '../../shared/domain/retention.ts'

test('the last day ends when it is over everywhere, half a day after it is over in Greenwich', () => {
  expect(new Date(endOfRetention('2028-02-29')).toISOString()).toBe('2028-03-01T12:00:00.000Z')
  expect(new Date(endOfRetention('2027-12-31')).toISOString()).toBe('2028-01-01T12:00:00.000Z')
})

test('a date is one that the calendar has, written in one way', () => {
  expect(['2027-03-31', '2028-02-29'].filter((date) => !isDate(date))).toEqual([])
  const wrong = [
    '2027-02-29',
    '2027-13-01',
    '2027-3-1',
    '31.03.2027',
    '2027-03-31T00:00:00Z',
    ' 2027-03-31',
    '',
    '+012027-03-31',
  ]
  expect(wrong.filter(isDate)).toEqual([])
})

test('people are reminded for two weeks', () => {
  const end = endOfRetention('2027-03-31')
  const fortnight = 14 * 24 * 3600_000
  expect([isNear('2027-03-31', end - fortnight), isNear('2027-03-31', end - fortnight + 1)]).toEqual([false, true])
})
