import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { wholeCopy } from '../../shared/export/copy.ts'
import { piecesOf, plainText, shortened } from '../../shared/export/pieces.ts'
import { toTypst } from '../../shared/export/typst.ts'
import { large, sample } from '../support/agenda.ts'
import { lastResortFont } from '../support/lastresort.ts'

const options = { ...wholeCopy, language: 'both', lead: 'us', at: 0 } as const

test('the source of a PDF is the same for every agenda, and what people wrote is in the data alone', () => {
  const one = toTypst({ ...sample(), title: { en: '#panic()', zh: '$' } }, options)
  expect(one.source).toBe(toTypst(large(3), { ...options, language: 'zh', lead: 'cn' }).source)
  expect(one.source).not.toContain('panic')
  expect(JSON.parse(one.data).title).toEqual([
    { language: 'en', text: '#panic()' },
    { language: 'zh', text: '$' },
  ])
})

test('the same agenda and moment give the same data', () => {
  expect(toTypst(large(24), options)).toEqual(toTypst(large(24), options))
})

test('ordinary words, English and Chinese, are left whole', () => {
  for (const text of [
    'Internationalization of state-of-the-art telecommunications, and counterrevolutionaries',
    '就后续讨论所依赖的十个术语达成一致，并如实记录双方理解的不同之处，不一致的保留方括号。就后续讨论所依赖的十个术语达成一致',
    '',
  ]) {
    expect(piecesOf([text])).toEqual([text])
  }
})

test('a word longer than a line comes in pieces that together are the word', () => {
  const word = `see https://example.org/${'a'.repeat(40)}.`
  const [pieces] = piecesOf([word])
  expect(pieces).toBeInstanceOf(Array)
  expect((pieces as string[]).join('')).toBe(word)
  expect((pieces as string[])[0]).toBe('see h')
  // No line begins with the full stop.
  expect((pieces as string[]).at(-1)).toBe('a.')
})

test('a word that runs on from one run into the next is seen whole, and may break between them', () => {
  const runs = ['one ', 'a'.repeat(20), 'b'.repeat(20), ' end']
  const pieces = piecesOf(runs)
  expect(pieces.map((one) => (typeof one === 'string' ? one : one.join('')))).toEqual(runs)
  expect(pieces[0]).toBe('one ')
  expect((pieces[2] as string[])[0]).toBe('')
})

test('a family is one piece, and a long row of punctuation can break', () => {
  const family = '👩‍👩‍👧'
  const pieces = piecesOf([family.repeat(20)])[0] as string[]
  expect(pieces.length).toBeGreaterThan(1)
  for (const piece of pieces) expect(piece.replaceAll(family, '')).toBe('')
  expect((piecesOf(['！'.repeat(40)])[0] as string[]).slice(0, 2)).toEqual(['！'.repeat(8), '\u200b！'])
})

test('what a page cannot show becomes a space, nothing, or the sign for a broken character', () => {
  expect(plainText('a\r\nb\tc\u2028d\u0000e\ufefff')).toBe('a b c def')
  expect(plainText('x\ud800y\udc00z😀')).toBe('x\ufffdy\ufffdz😀')
})

test('a header takes as much of a title as fits, and no half of a character', () => {
  expect(shortened('Dialogue', 20)).toBe('Dialogue')
  expect(shortened('人工智能测试对话', 5)).toBe('人工智能测…')
  expect(shortened('😀😀😀', 2)).toBe('😀😀…')
})

test('the font of boxes is the one that its source makes', () => {
  const file = new URL('../../server/render/lastresort.ttf', import.meta.url)
  expect(readFileSync(file).equals(lastResortFont())).toBe(true)
})
