import { expect, test } from 'vitest'
import type { Agenda } from '../../shared/domain/agenda.ts'
import { compare, isSame } from '../../shared/domain/compare.ts'
import { blankOf, fields, itemFlags } from '../../shared/domain/fields.ts'
import { restoring } from '../../shared/domain/restore.ts'
import { completed } from '../../shared/domain/stored.ts'
import { toJson } from '../../shared/export/json.ts'
import { fromJson } from '../../shared/export/parse.ts'
import { sample } from '../support/agenda.ts'

/** The sample, in which nobody has set what came later, and the same as a release has stored it that did not know that. */
function beforeAndNow(...later: readonly string[]): { readonly now: Agenda; readonly stored: Agenda } {
  const blank = { ...blankOf(fields.item), ...blankOf(fields.person) }
  const reset = (key: string, value: unknown) => (later.includes(key) ? blank[key as keyof typeof blank] : value)
  const now = JSON.parse(toJson(sample()), reset)
  return { now, stored: JSON.parse(JSON.stringify(now), (key, value) => (later.includes(key) ? undefined : value)) }
}

test('a version of a release that did not know a field differs in nothing, and restoring it changes nothing', () => {
  const { now, stored } = beforeAndNow(...itemFlags, 'interpretation', 'expertise')
  expect(isSame(compare(stored, now))).toBe(false)
  expect(isSame(compare(completed(stored), now))).toBe(true)
  const removed = { items: [], days: [], people: [], terms: [] }
  expect(restoring({ agenda: now, removed, final: null }, completed(stored))).toEqual([])
})

test('what is stored stays as it is', () => {
  const agenda = sample()
  expect(completed(agenda)).toEqual(agenda)
})

test('a file of a release that did not know a flag can be imported', () => {
  const { now, stored } = beforeAndNow(...itemFlags)
  expect(fromJson(JSON.stringify(stored))).toEqual({ ok: true, agenda: now })
})
