import { afterEach, beforeEach, expect, test } from 'vitest'
import { openRenderPool, type RenderFailure, type RenderPool } from '../../server/render/pool.ts'
import { seed } from '../../shared/document/seed.ts'
import { rivalries, updatesOf } from '../support/rivals.ts'
import { blankAgenda } from '../support/server.ts'

/* Who has a place where heavy documents are opened, one at a time. */

let pool: RenderPool
beforeEach(() => {
  pool = openRenderPool()
})
afterEach(() => pool.close())

const long = updatesOf(rivalries['letters behind the same other, each before another']!(1000), 100)
const agenda = blankAgenda()
/** States of a meeting, each another one. */
const stateOf = (n: number) => [seed(agenda, n + 1)]
const outcome = (work: Promise<unknown>) =>
  work.then(
    () => 'done',
    (failure: RenderFailure) => failure.reason,
  )

/** What is asked for meanwhile waits. */
const busyFor = () => outcome(pool.open(async () => long, 'elsewhere', 'somebody'))
const loading = (n: number) => async () => stateOf(n)

test('requests of people take no place of what the server compacts and rebuilds', async () => {
  const first = busyFor()
  const order: string[] = []
  const named = (name: string) => () => void order.push(name)
  const asked = [1, 2, 3, 4].map((n) => pool.open(loading(n), `m${n}`, 'one').then(named(`asked ${n}`)))
  const compacted = pool.compact(stateOf(6), 'm1').then(named('compacted'))
  const rebuilt = pool.mend('m1', (open) => open(stateOf(7))).then(named('rebuilt'))
  const more = Array.from({ length: 12 }, (_, n) => pool.open(loading(n), `more ${n}`, 'one'))
  let loads = 0
  const refused = pool.open(
    async () => {
      loads += 1
      return stateOf(5)
    },
    'one too many',
    'another',
  )
  expect(await outcome(refused)).toBe('busy')
  expect(loads).toBe(0)
  expect(await outcome(Promise.all([first, ...asked, compacted, rebuilt, ...more]))).toBe('done')
  // People are sent away for as long as it takes to rebuild a document, and a compaction has a turn of its own.
  expect(order[0]).toBe('rebuilt')
  expect(order).toHaveLength(6)
})

test('all who ask for a meeting before its turn share one opening, loaded when the turn comes', async () => {
  let loads = 0
  const ask = (n: number) =>
    pool.open(
      async () => {
        loads += 1
        return stateOf(1)
      },
      'm',
      `person ${n}`,
    )
  let isBusy = true
  const first = busyFor().finally(() => {
    isBusy = false
  })
  const asked = Array.from({ length: 30 }, (_, n) => ask(n))
  expect(loads).toBe(0)
  const agendas = new Set(await Promise.all(asked))
  expect([isBusy, loads, agendas.size]).toEqual([false, 1, 1])
  expect([...agendas][0]).toEqual(agenda)
  // The next is opened anew, as is that of another meeting.
  const [again, other] = await Promise.all([ask(1), pool.open(loading(1), 'another')])
  expect(again === other || agendas.has(again)).toBe(false)
  expect(loads).toBe(2)
  await first
})

test('who asks while an opening is under way gets the next, with what was added meanwhile', async () => {
  let asked = (): void => {}
  const ask = new Promise<void>((resolve) => {
    asked = resolve
  })
  let added = ''
  const load = async () => [seed({ ...agenda, title: { en: added, zh: '' } }, 1)]
  const early = pool.open(async () => {
    const updates = await load()
    asked()
    return updates
  }, 'm')
  await ask
  added = 'added'
  const late = pool.open(load, 'm')
  expect([(await early).title.en, (await late).title.en]).toEqual(['', 'added'])
})

test('one person has four requests for a meeting at once, and another is not kept out by them', async () => {
  const first = busyFor()
  const own = [1, 2, 3, 4, 5].map((n) => outcome(pool.open(loading(n), 'm', 'one')))
  const elsewhere = outcome(pool.open(loading(4), 'another', 'one'))
  const theirs = outcome(pool.open(loading(4), 'm', 'two'))
  const done = Array.from({ length: 5 }, () => 'done')
  expect(await Promise.all([first, ...own, elsewhere, theirs])).toEqual([...done, 'busy', 'done', 'done'])
  expect(await outcome(pool.open(loading(1), 'm', 'one'))).toBe('done')
})

test('a load that fails ends its turn with its own failure', async () => {
  const failed = pool.open(() => Promise.reject({ reason: 'its own' }), 'm')
  expect(await outcome(failed)).toBe('its own')
  expect(await outcome(pool.open(loading(1), 'm'))).toBe('done')
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
  expect(await outcome(pool.open(loading(1), 'm'))).toBe('done')
  await pool.close()
  pool = openRenderPool({ patience: 3000 })
  let opening = () => {}
  const never = outcome(pool.mend('m', (open) => new Promise((resolve) => (opening = () => resolve(open(stateOf(2)))))))
  expect(await outcome(pool.open(loading(1), 'm'))).toBe('done')
  opening()
  expect(await never).toBe('busy')
})
