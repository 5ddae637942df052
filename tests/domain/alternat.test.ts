import { expect, test } from 'vitest'
import { pairInOrder, titleInOrder } from '../../shared/domain/alternat.ts'

test('the token of the pair stands in the order of the copy, in both languages', () => {
  expect(pairInOrder('A {us-cn} reading', 'en', 'us')).toBe('A U.S.-China reading')
  expect(pairInOrder('A {us-cn} reading', 'en', 'cn')).toBe('A China-U.S. reading')
  expect(pairInOrder('{us-cn}联合研究', 'zh', 'us')).toBe('美中联合研究')
  expect(pairInOrder('{us-cn}联合研究', 'zh', 'cn')).toBe('中美联合研究')
})

test.each([
  ['U.S.-China Dialogue', 'China-U.S. Dialogue'],
  ['US–China Track 2', 'China–US Track 2'],
  ['The United States and China on AI', 'China and the United States on AI'],
  ['Talks of the United States & China', 'Talks of China & the United States'],
])('a title that names the pair turns round in the other copy: %s', (us, cn) => {
  expect(titleInOrder(us, 'en', 'cn')).toBe(cn)
  expect(titleInOrder(us, 'en', 'us')).toBe(us)
  expect(titleInOrder(cn, 'en', 'cn')).toBe(cn)
})

test.each([
  ['第三轮美中人工智能对话', '第三轮中美人工智能对话'],
  ['美国与中国：测试规程', '中国与美国：测试规程'],
])('and in Chinese: %s', (us, cn) => {
  expect(titleInOrder(us, 'zh', 'cn')).toBe(cn)
  expect(titleInOrder(cn, 'zh', 'us')).toBe(us)
  expect(titleInOrder(cn, 'zh', 'cn')).toBe(cn)
})

test.each(['其中美国代表发言', '完美中继', '中美洲', '美中不足', 'US-China-EU', 'U.S.-Chinese'])(
  'what only looks like the pair stays as it is: %s',
  (title) => {
    for (const language of ['en', 'zh'] as const) {
      expect(titleInOrder(title, language, 'us')).toBe(title)
      expect(titleInOrder(title, language, 'cn')).toBe(title)
    }
  },
)
