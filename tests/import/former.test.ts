import { expect, test } from 'vitest'
import { factOf, sideOf } from '../../shared/import/vocabulary.ts'

test('what earlier releases and others call things is still read', () => {
  for (const rule of ['查塔姆研究所规则', '查塔姆守则', '查塔姆宫规则', '查塔姆大厦规则'])
    expect(factOf(rule)).toEqual({ of: 'meeting', set: { rule: 'chatham-house' } })
  for (const track of ['1.5 轨（一轨半）', '一轨半', '1.5轨'])
    expect(factOf(track)).toEqual({ of: 'meeting', set: { track: '1.5' } })
  for (const topic of ['事件报告', '事件通报'])
    expect(factOf(topic)).toEqual({ of: 'item', set: { topic: 'incident-reporting' } })
  for (const none of ['不安排口译', '无口译'])
    expect(factOf(none)).toEqual({ of: 'item', set: { interpretation: 'none' } })
  for (const said of ['不具名引述', '不具名']) expect(factOf(said)).toEqual({ of: 'item', set: { unattributed: true } })
  expect([sideOf('第三方'), sideOf('其他')]).toEqual(['other', 'other'])
})
