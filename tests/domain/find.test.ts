import pinyinMatch from 'pinyin-match'
import { expect, test } from 'vitest'
import { type Entry, find, indexOf } from '../../shared/domain/find.ts'

/** What is found, by its first names. */
const index = indexOf<string>(
  (
    [
      ['terms', ['Shared terminology for evaluation', '评测共同术语'], ['2026-03-12']],
      ['incidents', ['Reporting major incidents', '重大事件报告'], []],
      ['ai', ['AI safety benchmarks', '人工智能安全基准'], []],
      ['josé', ['José María Aznar-López', '何塞'], ['Universidad Autónoma', '自治大学']],
      ['zeng', ['Zeng Li', '曾力'], ['清华大学', 'O’Neill School']],
      ['wide', ['ＡＩ　ｓａｆｅｔｙ', '']],
    ] as const
  ).map(([target, names, more]): Entry<string> => ({ target, names, ...(more ? { more } : {}) })),
)
const found = (query: string) => find(index, query, pinyinMatch.match).map(({ target }) => target)

test('a thing is found by its name in either language, and by every word of what is typed', () => {
  expect(found('terminology')).toEqual(['terms'])
  expect(found('术语')).toEqual(['terms'])
  expect(found('评测 shared')).toEqual(['terms'])
  expect(found('shared incidents')).toEqual([])
  expect(found('2026-03-12')).toEqual(['terms'])
  expect(found('  ')).toEqual([])
})

test('pinyin and its initials find Chinese, with the readings that a character has', () => {
  expect(found('gongtongshuyu')).toEqual(['terms'])
  expect(found('gtsy')).toEqual(['terms'])
  expect(found("ren'gong zhineng")).toEqual(['ai'])
  expect(found('rgzn')).toEqual(['ai'])
  expect(found('zhongda')).toEqual(['incidents'])
  expect(found('zengli')).toEqual(['zeng'])
  expect(found('qhdx')).toEqual(['zeng'])
})

test('without the table of pinyin everything else is found', () => {
  expect(find(index, 'gtsy')).toEqual([])
  expect(find(index, '共同').map(({ target }) => target)).toEqual(['terms'])
})

test('accents, widths, case and the shape of quotes make no difference', () => {
  expect(found('jose lopez')).toEqual(['josé'])
  expect(found('JOSE\u0301')).toEqual(['josé'])
  expect(found('ai safety')).toEqual(['ai', 'wide'])
  expect(found('ｓａｆｅｔｙ')).toEqual(['ai', 'wide'])
  expect(found("o'neill")).toEqual(['zeng'])
})

test('what was found is marked where it stands in the text as it is written', () => {
  const marked = (query: string, name: number) => {
    const [hit] = find(index, query, pinyinMatch.match)
    const texts = { terms: ['Shared terminology for evaluation', '评测共同术语'], josé: ['José María Aznar-López'] }
    const text = texts[hit!.target as keyof typeof texts][name]!
    return hit!.marks[name]!.map(([from, to]) => text.slice(from, to))
  }
  expect(marked('lopez jose', 0)).toEqual(['José', 'López'])
  expect(marked('gtsy', 1)).toEqual(['共同术语'])
  expect(marked('term terminology', 0)).toEqual(['terminology'])
})

test('a name that begins with it comes before a name that has it inside, and before what is no name', () => {
  const some = indexOf<string>([
    { target: 'more', names: ['X'], more: ['report'] },
    { target: 'inside', names: ['unreported'] },
    { target: 'word', names: ['a report'] },
    { target: 'start', names: ['Reports'] },
  ])
  expect(find(some, 'report').map(({ target }) => target)).toEqual(['start', 'word', 'inside', 'more'])
})
