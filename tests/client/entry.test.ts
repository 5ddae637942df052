import { expect, test } from 'vitest'
import { addressEntered, minutesEntered, timeEntered } from '../../client/i18n/entry.ts'

test.each([
  ['9', '09:00'],
  ['930', '09:30'],
  ['0930', '09:30'],
  ['9:30', '09:30'],
  ['9.30', '09:30'],
  ['9：30', '09:30'],
  ['2 pm', '14:00'],
  ['12 am', '00:00'],
  ['12pm', '12:00'],
  ['下午2点半', '14:30'],
  ['9点', '09:00'],
  ['上午9点15分', '09:15'],
  ['23:59', '23:59'],
])('a time typed as %s is %s', (typed, time) => {
  expect(timeEntered(typed)).toBe(time)
})

test.each(['', 'noon', '24:00', '9:75', '99', '9:3:0', '-1'])('"%s" is no time', (typed) => {
  expect(timeEntered(typed)).toBeNull()
})

test.each([
  ['75', 75],
  [' 75 min', 75],
  ['７５', 75],
  ['90分钟', 90],
  ['1:15', 75],
  ['1h15', 75],
  ['1.5 h', 90],
  ['1小时15分', 75],
  ['2小时', 120],
  ['99999', 99999],
  ['100 h', 6000],
])('a length typed as %s is %i minutes', (typed, minutes) => {
  expect(minutesEntered(typed)).toBe(minutes)
})

test.each(['', 'long', '1:75', '-5', '7.5', '1e3'])('"%s" is no length', (typed) => {
  expect(minutesEntered(typed)).toBeNull()
})

test.each([
  ['www.example.org', 'https://www.example.org'],
  [' example.org/a?b=c ', 'https://example.org/a?b=c'],
  ['例子.中国/报告', 'https://例子.中国/报告'],
  ['name@example.org', 'mailto:name@example.org'],
  ['http://example.org', 'http://example.org'],
  ['javascript:alert(1)', 'javascript:alert(1)'],
  ['a reading', 'a reading'],
  ['', ''],
])('an address typed as "%s" is "%s"', (typed, address) => {
  expect(addressEntered(typed)).toBe(address)
})
