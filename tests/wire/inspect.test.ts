import fc from 'fast-check'
import {
  createEncoder,
  type Encoder,
  toUint8Array,
  writeAny,
  writeUint8,
  writeVarString,
  writeVarUint,
} from 'lib0/encoding'
import { describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { addRange, type Extent } from '../../shared/wire/extent.ts'
import { inspect, updateLimits } from '../../shared/wire/inspect.ts'
import { deed, updatesOf } from './updates.ts'

/** What Yjs itself finds in an update. */
function asYjsReadsIt(update: Uint8Array): { structs: Extent; deletes: Extent; count: number } {
  const { structs, ds } = Y.decodeUpdate(update)
  const held: Extent = new Map()
  const deletes: Extent = new Map()
  for (const struct of structs) {
    if (struct instanceof Y.Skip) continue
    const { client, clock } = struct.id
    addRange(held, client, clock, clock + struct.length)
    if (struct instanceof Y.GC || struct.content instanceof Y.ContentDeleted) {
      addRange(deletes, client, clock, clock + struct.length)
    }
  }
  for (const [client, ranges] of ds.clients) {
    for (const { clock, len } of ranges) addRange(deletes, client, clock, clock + len)
  }
  return { structs: held, deletes, count: structs.length }
}

function written(write: (encoder: Encoder) => void): Uint8Array {
  const encoder = createEncoder()
  write(encoder)
  return toUint8Array(encoder)
}

/** An update of one client with these structs and no deletions. */
function crafted(structs: number, clock: number, ...body: ((encoder: Encoder) => void)[]): Uint8Array {
  return written((encoder) => {
    for (const n of [1, structs, 7, clock]) writeVarUint(encoder, n)
    for (const write of body) write(encoder)
    writeVarUint(encoder, 0)
  })
}

/** Begins an item in the root `a`. */
function item(encoder: Encoder, content: number): void {
  writeUint8(encoder, content)
  writeVarUint(encoder, 1)
  writeVarString(encoder, 'a')
}

describe('inspecting an update', () => {
  test('finds in every update of real replicas just what Yjs finds', () => {
    fc.assert(
      fc.property(fc.array(deed, { maxLength: 40 }), (deeds) => {
        const { updates, docs } = updatesOf(deeds)
        const merged =
          updates.length > 0 ? [Y.mergeUpdates(updates), Y.mergeUpdates(updates.filter((_, i) => i % 3 !== 1))] : []
        for (const update of [...updates, ...merged, Y.encodeStateAsUpdate(docs[0])]) {
          const seen = inspect(update)
          expect(seen).not.toBeNull()
          const { structs, deletes, count } = seen!
          expect({ structs, deletes, count }).toEqual(asYjsReadsIt(update))
        }
      }),
      { numRuns: 300 },
    )
  })

  test('passes nothing, out of updates with bytes changed, that would throw in a replica', () => {
    let passed = 0
    fc.assert(
      fc.property(
        fc.array(deed, { minLength: 1, maxLength: 12 }),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 3 }),
        fc.nat(),
        (deeds, changes, pick) => {
          const { updates } = updatesOf(deeds)
          if (updates.length === 0) return
          const bytes = updates[pick % updates.length]!.slice()
          for (const [at, byte] of changes) bytes[at % bytes.length] = byte
          const seen = inspect(bytes)
          if (seen === null) return
          passed += 1
          const { structs, deletes, count } = seen
          expect({ structs, deletes, count }).toEqual(asYjsReadsIt(bytes))
          const doc = new Y.Doc()
          for (const update of [...updates, bytes]) Y.applyUpdate(doc, update)
          const other = new Y.Doc()
          Y.applyUpdate(other, Y.mergeUpdates([bytes, ...updates]))
          expect(inspect(Y.encodeStateAsUpdate(doc))).not.toBeNull()
        },
      ),
      { numRuns: 3000 },
    )
    expect(passed).toBeGreaterThan(100)
  })

  test('never throws, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(() => inspect(bytes)).not.toThrow()
      }),
      { numRuns: 5000 },
    )
  })

  test('refuses seven bytes that make Yjs allocate 256 MB, at once', () => {
    // One client, 33 million structs, and the bytes end.
    const bytes = written((encoder) => {
      for (const n of [1, 2 ** 25, 1]) writeVarUint(encoder, n)
    }).slice(0, 7)
    expect(inspect(bytes)).toBeNull()
  })

  test.each([
    ['no bytes', new Uint8Array()],
    ['trailing bytes', Uint8Array.of(0, 0, 0)],
    ['a client twice', written((e) => [2, 1, 7, 0, 0, 1, 1, 7, 1, 0, 1, 0].forEach((n) => writeVarUint(e, n)))],
    [
      'clients in rising order',
      written((e) => [2, 1, 7, 0, 0, 1, 1, 8, 0, 0, 1, 0].forEach((n) => writeVarUint(e, n))),
    ],
    ['a client without structs', written((e) => [1, 0, 7, 0, 0].forEach((n) => writeVarUint(e, n)))],
    ['a collected struct of no length', crafted(1, 0, (e) => [0, 0].forEach((n) => writeVarUint(e, n)))],
    ['a clock that no typing reaches', crafted(1, 2 ** 40, (e) => [0, 1].forEach((n) => writeVarUint(e, n)))],
    ['a length that no typing reaches', crafted(1, 0, (e) => [0, 2 ** 40].forEach((n) => writeVarUint(e, n)))],
    [
      'a clock beyond the safe integers',
      crafted(1, Number.MAX_SAFE_INTEGER, (e) => [0, 9].forEach((n) => writeVarUint(e, n))),
    ],
    ['a gap at the end', crafted(2, 0, (e) => [0, 1, 10, 5].forEach((n) => writeVarUint(e, n)))],
    [
      'an empty string',
      crafted(
        1,
        0,
        (e) => item(e, 4),
        (e) => writeVarString(e, ''),
      ),
    ],
    [
      'text that is not UTF-8',
      crafted(
        1,
        0,
        (e) => item(e, 4),
        (e) => [2, 0xc3, 0x28].forEach((n) => writeUint8(e, n)),
      ),
    ],
    [
      'half of a surrogate pair',
      crafted(
        1,
        0,
        (e) => item(e, 4),
        (e) => [3, 0xed, 0xa0, 0x80].forEach((n) => writeUint8(e, n)),
      ),
    ],
    [
      'JSON that does not parse',
      crafted(
        1,
        0,
        (e) => item(e, 6),
        (e) => writeVarString(e, 'bold'),
        (e) => writeVarString(e, '{'),
      ),
    ],
    [
      'JSON nested without end',
      crafted(
        1,
        0,
        (e) => item(e, 5),
        (e) => writeVarString(e, '['.repeat(9e4) + ']'.repeat(9e4)),
      ),
    ],
    [
      'a value nested without end',
      crafted(
        1,
        0,
        (e) => item(e, 8),
        (e) => writeVarUint(e, 1),
        (e) => nested(e, 100_000),
      ),
    ],
    [
      'a sub document',
      crafted(
        1,
        0,
        (e) => item(e, 9),
        (e) => writeVarString(e, 'g'),
        (e) => writeAny(e, {}),
      ),
    ],
    [
      'a type that Yjs does not have',
      crafted(
        1,
        0,
        (e) => item(e, 7),
        (e) => writeVarUint(e, 7),
      ),
    ],
    [
      'an origin of its own that is yet to come',
      crafted(
        1,
        3,
        (e) => [132, 7, 3].forEach((n) => writeUint8(e, n)),
        (e) => writeVarString(e, 'x'),
      ),
    ],
    [
      'a parent that is the item itself',
      crafted(
        1,
        3,
        (e) => [4, 0, 7, 3].forEach((n) => writeUint8(e, n)),
        (e) => writeVarString(e, 'x'),
      ),
    ],
    ['deletions out of order', written((e) => [0, 1, 7, 2, 5, 1, 3, 1].forEach((n) => writeVarUint(e, n)))],
    [
      'deletions of one client in two places',
      written((e) => [0, 2, 7, 1, 1, 1, 7, 1, 3, 1].forEach((n) => writeVarUint(e, n))),
    ],
    ['a deletion of nothing', written((e) => [0, 1, 7, 1, 0, 0].forEach((n) => writeVarUint(e, n)))],
    [
      'a deletion of all that is ever typed',
      written((e) => [0, 1, 7, 1, 0, 2 ** 50].forEach((n) => writeVarUint(e, n))),
    ],
  ])('refuses %s', (_name, bytes) => {
    expect(inspect(bytes)).toBeNull()
  })

  test('counts whatever a replica makes objects of, and threefold what may cut others in two', () => {
    const parts = (change: (doc: Y.Doc) => void) => {
      const doc = new Y.Doc()
      change(doc)
      return inspect(Y.encodeStateAsUpdate(doc))!.parts
    }
    expect(parts((doc) => doc.getText('a').insert(0, 'one two three'))).toBe(1)
    expect(parts((doc) => doc.getMap('a').set('k', 1))).toBe(1)
    expect(parts((doc) => doc.getMap('a').set('k', [1, [2, 3], { four: 5 }]))).toBe(1 + 3 + 2 + 1)
    expect(parts((doc) => doc.getArray('a').push([1, 2, 3]))).toBe(3)
    expect(
      parts((doc) => {
        doc.getText('a').insert(0, 'one two three')
        for (const at of [2, 4, 6]) doc.getText('a').delete(at, 1)
      }),
    ).toBe(1 + 6 + 3 * 3)
    // Typed on at the end, and in between.
    expect(parts((doc) => 'abc'.split('').forEach((letter, at) => doc.getText('a').insert(at, letter)))).toBe(1)
    expect(
      parts((doc) => {
        doc.getText('a').insert(0, 'one three')
        doc.getText('a').insert(4, 'two ')
      }),
    ).toBe(1 + 3 + 1)
    const marked = new Y.Doc()
    marked.getText('a').insert(0, 'bold', { bold: [1, 2, 3] })
    expect(inspect(Y.encodeStateAsUpdate(marked))).toMatchObject({ count: 3, objects: 3 + 3 })
  })

  test('counts the more for each of those that are put at one place, since each is compared with all of them', () => {
    const at = (many: number, beside: readonly number[]) =>
      inspect(
        crafted(many, 0, (e) => {
          for (let i = 0; i < many; i += 1) {
            writeUint8(e, beside.length > 0 ? 128 | 8 : 32 | 8)
            if (beside.length === 0) {
              writeVarUint(e, 1)
              writeVarString(e, 'a')
              writeVarString(e, 'k')
            }
            for (const n of beside) writeVarUint(e, n)
            writeVarUint(e, 1)
            writeAny(e, null)
          }
        }),
      )?.parts
    expect(at(2, [])).toBe(2)
    expect(at(400, [])).toBeGreaterThan(19_000)
    expect(at(2000, [])).toBeUndefined()
    expect(at(400, [9, 9])).toBeGreaterThan(20_000)
    // A thousand keys and a thousand letters at the front are a thousand places.
    const doc = new Y.Doc()
    for (let i = 0; i < 1000; i += 1) doc.getMap('a').set(String(i), i)
    for (let i = 0; i < 1000; i += 1) doc.getText('b').insert(0, 'x')
    expect(inspect(Y.encodeStateAsUpdate(doc))!.parts).toBeLessThan(5000)
  })

  test('refuses more values than there may be parts, whatever it is that they are in', () => {
    const limits = { ...updateLimits, entries: 100 }
    const of = (value: unknown) =>
      crafted(
        1,
        0,
        (e) => item(e, 8),
        (e) => writeVarUint(e, 1),
        (e) => writeAny(e, value as never),
      )
    expect(inspect(of(Array(90).fill(1)), limits)).not.toBeNull()
    expect(inspect(of(Array(100).fill(1)), limits)).toBeNull()
    expect(inspect(of(Array(10).fill(Array(10).fill({}))), limits)).toBeNull()
    const json = (text: string) =>
      crafted(
        1,
        0,
        (e) => item(e, 5),
        (e) => writeVarString(e, text),
      )
    expect(inspect(json(JSON.stringify(Array(90).fill(1))), limits)).not.toBeNull()
    expect(inspect(json(JSON.stringify(Array(60).fill({}))), limits)).toBeNull()
    expect(inspect(json(JSON.stringify('[,'.repeat(200))), limits)).not.toBeNull()
    const ranges = (count: number) =>
      written((e) => {
        for (const n of [0, 1, 7, count]) writeVarUint(e, n)
        for (let i = 0; i < count; i += 1) for (const n of [i * 2, 1]) writeVarUint(e, n)
      })
    expect([inspect(ranges(33), limits) === null, inspect(ranges(34), limits) === null]).toEqual([false, true])
  })

  test('tells the roots that an update writes to, and which of its structs are marks', () => {
    const doc = new Y.Doc()
    doc.clientID = 7
    doc.getText('words').insert(0, 'one two')
    doc.getMap('议程').set('k', new Y.Map([['inner', 1]]))
    doc.getText('words').format(0, 3, { bold: true })
    const { roots, formats } = inspect(Y.encodeStateAsUpdate(doc))!
    expect([...roots].sort()).toEqual(['words', '议程'])
    expect(formats).toEqual(new Map([[7, [9, 11]]]))
  })

  test('walks four megabytes of the smallest structs without making them', () => {
    const bytes = crafted(2_000_000, 0, (encoder) => {
      for (let i = 0; i < 2_000_000; i += 1) {
        writeUint8(encoder, 0)
        writeUint8(encoder, 1)
      }
    })
    expect(inspect(bytes)).toBeNull()
    const seen = inspect(bytes, { entries: 3_000_000, clients: 1, clock: 2 ** 31, depth: 4 })
    expect(seen!.structs).toEqual(new Map([[7, [0, 2_000_000]]]))
  })
})

function nested(encoder: Encoder, depth: number): void {
  for (let i = 0; i < depth; i += 1) {
    writeUint8(encoder, 117)
    writeUint8(encoder, 1)
  }
  writeUint8(encoder, 126)
}
