import { afterEach, beforeEach, expect, test } from 'vitest'
import { openPress, type PressFailure, type RenderPool } from '../../server/render/pool.ts'
import { seed } from '../../shared/document/seed.ts'
import { rivalries, updatesOf } from '../support/rivals.ts'
import { blankAgenda } from '../support/server.ts'

/* Who has a place where heavy documents are opened, one at a time. */

let pool: RenderPool
beforeEach(() => {
  pool = openPress()
})
afterEach(() => pool.close())

const long = updatesOf(rivalries['letters behind the same other, each before another']!(1000), 100)
const agenda = blankAgenda()
/** States of a meeting, each another one. */
const stateOf = (n: number) => [seed(agenda, n + 1)]
const outcome = (work: Promise<unknown>) =>
  work.then(
    () => 'done',
    (failure: PressFailure) => failure.reason,
  )

/** What is asked for meanwhile waits. */
const busyFor = () => outcome(pool.open(long, 'elsewhere', 'somebody'))

test('requests of people take no place of what the server compacts and rebuilds', async () => {
  const first = busyFor()
  const order: string[] = []
  const named = (name: string) => () => void order.push(name)
  const asked = [1, 2, 3, 4].map((n) => pool.open(stateOf(n), 'm', `person ${n % 2}`).then(named(`asked ${n}`)))
  expect(await outcome(pool.open(stateOf(5), 'm', 'another'))).toBe('busy')
  const compacted = pool.compact(stateOf(6), 'm').then(named('compacted'))
  const rebuilt = pool.mend('m', (open) => open(stateOf(7))).then(named('rebuilt'))
  expect(await outcome(Promise.all([first, ...asked, compacted, rebuilt]))).toBe('done')
  // People are sent away for as long as it takes to rebuild a document, and a compaction is one turn of two.
  expect(order[0]).toBe('rebuilt')
  expect(order.indexOf('compacted')).toBeLessThan(3)
})

test('whoever asks for the same state of a meeting shares one opening', async () => {
  const first = busyFor()
  const asked = Array.from({ length: 30 }, (_, n) => pool.open([...stateOf(1)], 'm', `person ${n}`))
  const agendas = new Set(await Promise.all(asked))
  expect(agendas.size).toBe(1)
  expect([...agendas][0]).toEqual(agenda)
  // The next is opened anew, as is that of another meeting.
  const [again, other] = await Promise.all([pool.open(stateOf(1), 'm'), pool.open(stateOf(1), 'another')])
  expect(again === other || agendas.has(again)).toBe(false)
  await first
})

test('one person cannot take all places of a meeting', async () => {
  const first = busyFor()
  const own = [1, 2, 3].map((n) => outcome(pool.open(stateOf(n), 'm', 'one')))
  const theirs = outcome(pool.open(stateOf(4), 'm', 'two'))
  expect(await Promise.all([first, ...own, theirs])).toEqual(['done', 'done', 'done', 'busy', 'done'])
})

test('what waits for its turn has not begun, and what finds no place never does', async () => {
  const first = busyFor()
  let begun = 0
  const mend = () =>
    outcome(
      pool.mend('m', async (open) => {
        begun += 1
        return open(stateOf(1))
      }),
    )
  const mended = [mend(), mend(), mend()]
  expect(begun).toBe(0)
  expect(await Promise.all([first, ...mended])).toEqual(['done', 'done', 'done', 'busy'])
  expect(begun).toBe(2)
})

test('a turn in which nothing is opened ends with its work, and one in which nothing happens ends as well', async () => {
  expect(await outcome(pool.mend('m', async () => Promise.reject({ reason: 'its own' })))).toBe('its own')
  expect(await outcome(pool.open(stateOf(1), 'm'))).toBe('done')
  await pool.close()
  pool = openPress({ patience: 3000 })
  let opening = () => {}
  const never = outcome(pool.mend('m', (open) => new Promise((resolve) => (opening = () => resolve(open(stateOf(2)))))))
  expect(await outcome(pool.open(stateOf(1), 'm'))).toBe('done')
  opening()
  expect(await never).toBe('busy')
})
