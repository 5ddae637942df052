import { expect, test } from 'vitest'
import { openContention } from '../../shared/wire/contention.ts'
import { inspect } from '../../shared/wire/inspect.ts'
import { operations } from '../support/operations.ts'
import { type Claim, claimed } from '../support/rivals.ts'

/* What it costs the server itself to reckon what an update would cost. */

const read = (update: Uint8Array) => inspect(update)!

/** A value under a key of its own: it is one run, and rivals nothing. */
const value = (client: number, clock: number, key = `${client} ${clock}`): Claim => ({
  ...{ client, clock, origin: null, next: null, list: ['meta', key], text: 'x' },
})
const countOf = async (known: readonly Uint8Array[], update: Uint8Array, then: 'kept' | 'undone' = 'kept') => {
  const contention = openContention(known.map(read))
  const seen = read(update)
  return operations('/shared/wire/', () => {
    const added = contention.add(seen, seen.deletes)
    if (then === 'undone') added.undo()
  })
}

test('thousands of deletions ahead of what a client has written are not searched one by one for each long item', async () => {
  const many = 2000
  const ahead = Array.from({ length: many }, (_, at) => [9, 2 ** 30 + 3 * at, 1] as const)
  const long = Array.from(
    { length: many },
    (_, at): Claim => ({
      ...{ client: 9, clock: at * many * 3, origin: at === 0 ? null : [9, at * many * 3 - 1], next: null },
      ...{ list: 'text', text: 'x'.repeat(many * 3) },
    }),
  )
  const plain = await countOf([], claimed(long))
  expect(await countOf([claimed([], ahead)], claimed(long))).toBeLessThan(plain * 2)
})

test('undoing an update costs about as much as adding it', async () => {
  const update = claimed(Array.from({ length: 3000 }, (_, at) => value(9, at)))
  const kept = await countOf([], update)
  expect(await countOf([], update, 'undone')).toBeLessThan(kept * 2)
})
