import fc from 'fast-check'
import { expect, test } from 'vitest'
import { wording } from '../../shared/domain/wording.ts'

const spelled = (pieces: ReturnType<typeof wording>) =>
  pieces.map(({ type, text }) => (type === 'same' ? text : type === 'added' ? `{+${text}+}` : `[-${text}-]`)).join('')

test('English is compared by words, Chinese by the words that a dictionary finds', () => {
  expect(spelled(wording('Agree on a shared benchmark', 'Agree on two shared benchmarks', 'en'))).toBe(
    'Agree on [-a-]{+two+} shared [-benchmark-]{+benchmarks+}',
  )
  expect(spelled(wording('商定共同的安全基准', '商定共同的测试规程', 'zh'))).toBe('商定共同的[-安全基准-]{+测试规程+}')
})

test('the pieces spell both texts, whatever they are', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b ', '测', '试。', '\n', '😀', ' '), maxLength: 60 })
  fc.assert(
    fc.property(text, text, fc.constantFrom('en' as const, 'zh' as const), (before, after, language) => {
      const pieces = wording(before, after, language)
      const of = (left: 'added' | 'deleted') =>
        pieces
          .filter((one) => one.type !== left)
          .map((one) => one.text)
          .join('')
      expect(of('added')).toBe(before)
      expect(of('deleted')).toBe(after)
      expect(pieces.every((one) => one.text !== '')).toBe(true)
    }),
  )
})

test('two long texts that have nothing in common are told as such, soon', () => {
  const before = Array.from({ length: 20_000 }, (_, index) => `a${index}`).join(' ')
  const after = Array.from({ length: 20_000 }, (_, index) => `b${index}`).join('，')
  expect(wording(before, after, 'en').map((one) => one.type)).toEqual(['deleted', 'added'])
})
