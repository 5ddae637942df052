import fc from 'fast-check'
import { expect, test } from 'vitest'
import { addExtent, addRange, clockOf, covers, type Extent, includes, without } from '../../shared/wire/extent.ts'

const range = fc.record({ from: fc.nat(60), length: fc.integer({ min: 1, max: 12 }) })

test('an extent covers just the clocks that were added, in the fewest ranges', () => {
  fc.assert(
    fc.property(fc.array(range, { maxLength: 30 }), range, (added, asked) => {
      const extent: Extent = new Map()
      const clocks = new Set<number>()
      for (const { from, length } of added) {
        addRange(extent, 1, from, from + length)
        for (let clock = from; clock < from + length; clock += 1) clocks.add(clock)
      }
      const ranges = extent.get(1) ?? []
      for (let i = 1; i < ranges.length; i += 1) expect(ranges[i]!).toBeGreaterThan(ranges[i - 1]!)
      const listed = new Set<number>()
      for (let i = 0; i < ranges.length; i += 2) for (let c = ranges[i]!; c < ranges[i + 1]!; c += 1) listed.add(c)
      expect(listed).toEqual(clocks)
      let whole = true
      for (let clock = asked.from; clock < asked.from + asked.length; clock += 1) whole &&= clocks.has(clock)
      expect(covers(extent, 1, asked.from, asked.from + asked.length)).toBe(whole)
      expect(includes(extent, new Map([[1, [asked.from, asked.from + asked.length]]]))).toBe(whole)
      let clock = 0
      while (clocks.has(clock)) clock += 1
      expect(clockOf(extent, 1)).toBe(clock)
      expect(covers(extent, 2, 0, 1)).toBe(false)
    }),
  )
})

test('one extent added to another covers what either covered, however many ranges there are', () => {
  const ranges = fc.array(fc.record({ from: fc.nat(400), length: fc.integer({ min: 1, max: 5 }) }), { maxLength: 60 })
  fc.assert(
    fc.property(ranges, ranges, (one, other) => {
      const [a, b, both] = [one, other, [...one, ...other]].map((list) => {
        const extent: Extent = new Map()
        for (const { from, length } of list) addRange(extent, 1, from, from + length)
        return extent
      })
      addExtent(a!, b!)
      expect(a).toEqual(both)
    }),
  )
})

test('what is left of an extent without another is just what the other does not cover', () => {
  const ranges = fc.array(fc.record({ from: fc.nat(100), length: fc.integer({ min: 1, max: 9 }) }), { maxLength: 20 })
  fc.assert(
    fc.property(ranges, ranges, (one, other) => {
      const extentOf = (list: typeof one) => {
        const extent: Extent = new Map()
        for (const { from, length } of list) addRange(extent, 1, from, from + length)
        return extent
      }
      const [a, b] = [extentOf(one), extentOf(other)]
      const expected: Extent = new Map()
      for (let clock = 0; clock < 120; clock += 1) {
        if (covers(a, 1, clock, clock + 1) && !covers(b, 1, clock, clock + 1)) addRange(expected, 1, clock, clock + 1)
      }
      expect(without(a, b)).toEqual(expected)
      expect(without(a, new Map())).toEqual(a)
    }),
  )
})
