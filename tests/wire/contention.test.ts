import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { seed } from '../../shared/document/seed.ts'
import { write } from '../../shared/document/write.ts'
import { allItems } from '../../shared/domain/agenda.ts'
import { openContention } from '../../shared/wire/contention.ts'
import { inspect, storedLimits } from '../../shared/wire/inspect.ts'
import { merge } from '../../shared/wire/merge.ts'
import { compact } from '../../shared/wire/sync.ts'
import { counted } from '../../shared/wire/yjs.ts'
import { sample, seeded } from '../support/agenda.ts'
import { type Claim, claimed, type Id, rivalries, updatesOf } from '../support/rivals.ts'

/** What a replica that takes in these updates, one after the other, compares. */
function paid(updates: readonly Uint8Array[]): number {
  const doc = new Y.Doc()
  const { steps } = counted(() => {
    for (const update of updates) Y.applyUpdate(doc, update)
  })
  doc.destroy()
  return steps
}

const read = (update: Uint8Array) => inspect(update, storedLimits)!
const most = (updates: readonly Uint8Array[]) => openContention(updates.map(read)).steps()

/** Items of a few writers that claim to stand anywhere, and deletions. */
function anything(seed: number, many: number): Uint8Array[] {
  const random = seeded(seed)
  const under = (n: number) => Math.floor(random() * n)
  const clocks = new Map<number, number>()
  const ids: Id[] = []
  const favourite = under(6)
  const any = (): Id | null => {
    if (ids.length === 0 || random() < 0.2) return null
    return ids[random() < 0.5 ? favourite % ids.length : under(ids.length)]!
  }
  return Array.from({ length: many }, () => {
    if (ids.length > 0 && random() < 0.1) return claimed([], [[...ids[under(ids.length)]!, 1]])
    const client = 1 + under(6)
    const clock = clocks.get(client) ?? 0
    const text = 'xyz'.slice(under(3))
    const origin: Id | null = clock > 0 && random() < 0.3 ? [client, clock - 1] : any()
    const list = random() < 0.5 ? 'text' : (['map', 'key'] as const)
    const update = claimed([{ client, clock, origin, next: any(), list, text }])
    clocks.set(client, clock + text.length)
    for (let i = 0; i < text.length; i += 1) ids.push([client, clock + i])
    return update
  })
}

function shuffled<T>(all: readonly T[], random: () => number): T[] {
  const drawn = all.map((one) => [random(), one] as const)
  return drawn.sort(([a], [b]) => a - b).map(([, one]) => one)
}

test('in whatever order they come, items take a replica no more steps than are counted on', () => {
  let worst = 0
  for (let seed = 1; seed <= 60; seed += 1) {
    const updates = anything(seed, 100)
    const orders = [
      updates,
      [merge(updates)],
      shuffled(updates, seeded(seed)),
      [merge(updates.slice(50)), merge(updates.slice(0, 50))],
    ]
    const costs = orders.map(paid)
    worst = Math.max(worst, ...costs)
    // Each may be compared with one that it does not pass.
    for (const bound of orders.map(most)) {
      expect(Math.max(...costs), `seed ${seed}`).toBeLessThanOrEqual(bound + updates.length)
    }
  }
  expect(worst).toBeGreaterThan(500)
})

test.each(Object.keys(rivalries))('%s: what they cost is seen before Yjs pays it', (name) => {
  const updates = updatesOf(rivalries[name]!(400))
  const cost = paid(updates)
  expect(cost).toBeGreaterThan(20_000)
  expect(most(updates)).toBeGreaterThan(cost)
  expect(most([merge(updates)])).toBeGreaterThan(cost)
  expect(most(updates.toReversed())).toBeGreaterThan(cost)
})

test('what is taken back leaves nothing behind', () => {
  for (let seed = 1; seed <= 20; seed += 1) {
    const updates = anything(seed, 80)
    const contention = openContention(updates.slice(0, 40).map(read))
    const fresh = openContention(updates.slice(0, 40).map(read))
    for (const update of updates.slice(40)) {
      const before = contention.steps()
      const seen = read(update)
      contention.add(seen, seen.deletes).undo()
      expect(contention.steps(), `seed ${seed}`).toBe(before)
      // Everything of a list is somebody's.
      const shared = [...contention.shares().values()].reduce((sum, share) => sum + share, 0)
      expect(shared, `seed ${seed}`).toBeCloseTo(before, 3)
      const [again, once] = [contention, fresh].map((one) => one.add(seen, seen.deletes))
      expect([again!.steps, again!.grown]).toEqual([once!.steps, once!.grown])
      expect(again!.steps + again!.grown).toBeCloseTo(contention.steps() - before, 3)
      expect(contention.steps()).toBe(fresh.steps())
    }
  }
})

test('what one writes after the other costs nothing, wherever they write', () => {
  const random = seeded(7)
  const docs = [11, 12].map((id) => Object.assign(new Y.Doc(), { clientID: id }))
  const log: Uint8Array[] = []
  for (const doc of docs) doc.on('update', (update: Uint8Array) => log.push(update))
  for (let turn = 0; turn < 600; turn += 1) {
    const [doc, other] = turn % 3 === 0 ? docs : docs.toReversed()
    const text = doc!.getText('text')
    const at = Math.floor(random() * text.length)
    if (random() < 0.2) text.delete(at, Math.min(3, text.length - at))
    else for (const letter of 'some') text.insert(at, letter)
    doc!.getMap('map').set('key', turn)
    Y.applyUpdate(other!, Y.encodeStateAsUpdate(doc!, Y.encodeStateVector(other!)))
  }
  for (const all of [log, [merge(log)], [compact(log)]]) expect(most(all)).toBe(0)
})

test('what two have typed at one spot for hours without each other is next to nothing', () => {
  const doc = (id: number) => Object.assign(new Y.Doc(), { clientID: id })
  const offline = [11, 12].map((id) => {
    const own = doc(id)
    const text = own.getText('text')
    for (let key = 0; key < 6000; key += 1) text.insert(key, key % 40 === 0 ? '句' : 'x')
    // And sixty lines above what is there.
    for (let line = 0; line < 60; line += 1) text.insert(0, `line ${line}\n`)
    return Y.encodeStateAsUpdate(own)
  })
  expect(most(offline)).toBeLessThan(50_000)
})

test('what a hundred people do at one place at once is a part of what a document may have', () => {
  const base = seed(sample())
  const replica = () => {
    const own = new Y.Doc()
    Y.applyUpdate(own, base)
    return [own, Y.encodeStateVector(own)] as const
  }
  expect(most([base])).toBe(0)
  // Each restores an earlier version, and puts a paragraph on top of the same text.
  const all = Array.from({ length: 100 }, (_, who) => {
    const [own, before] = replica()
    for (const { id } of allItems(sample())) write(own, { type: 'set-item', id, settings: { minutes: 10 + who } })
    own.getText('glossary').insert(0, `paragraph of ${who}\n`)
    return Y.encodeStateAsUpdate(own, before)
  })
  expect(most([base, ...all])).toBeLessThan(400_000)
})

test('growth beside old rivals is told from new ones, also in the same update', () => {
  const letter = (client: number, origin: Id | null, next: Id | null, list: Claim['list']): Claim => {
    return { client, clock: 0, origin, next, list, text: 'x' }
  }
  const rivals = Array.from({ length: 50 }, (_, at) => letter(1 + at, null, null, 'text'))
  const title = letter(90, null, null, ['map', 'title'])
  const contention = openContention([read(claimed([...rivals, title]))])
  const plain = letter(100, [1, 0], null, 'text')
  const [grown, both] = [[plain], [plain, letter(101, null, null, ['map', 'title'])]].map((claims) => {
    const seen = read(claimed(claims))
    const { steps, grown, undo } = contention.add(seen, seen.deletes)
    undo()
    return { steps, grown }
  })
  expect(grown).toEqual({ steps: 0, grown: 51 ** 2 - 50 ** 2 })
  expect(both).toEqual({ steps: expect.any(Number), grown: 51 ** 2 - 50 ** 2 })
  expect(both!.steps).toBeGreaterThan(0)
  expect(both!.steps).toBeLessThan(10)
})
