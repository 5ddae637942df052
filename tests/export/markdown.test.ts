import { expect, test } from 'vitest'
import type { Agenda } from '../../shared/domain/agenda.ts'
import { toMarkdown } from '../../shared/export/markdown.ts'
import { sample } from '../support/agenda.ts'

function withTitle(title: string, url?: string): Agenda {
  const agenda = sample()
  const [day] = agenda.days
  const item = {
    ...day!.items[2]!,
    title: { en: title, zh: '' },
    objective: { en: [{ type: 'paragraph' as const, content: [{ type: 'text' as const, text: title }] }], zh: [] },
    readings: url === undefined ? [] : [{ id: 'r' as never, title: { en: title, zh: '' }, url }],
  }
  return { ...agenda, days: [{ ...day!, items: [item] }], proposals: [], people: [] }
}

test('a bilingual copy shows both languages, and the lead party first', () => {
  const us = toMarkdown(sample(), { language: 'both', lead: 'us' })
  const cn = toMarkdown(sample(), { language: 'both', lead: 'cn' })
  expect(us).toContain('### 09:30–10:45 Shared terminology for evaluation / 评测共同术语')
  expect(cn).toContain('### 09:30–10:45 评测共同术语 / Shared terminology for evaluation')
  expect(us).toContain('Hosts / 主办方: A U.S. policy institute (sample) / 美方某政策研究所（示例）; A Chinese')
  expect(cn.indexOf('中方某大学研究院')).toBeLessThan(cn.indexOf('美方某政策研究所'))
  expect(us).toContain('## Day 1 · Thursday, 12 March 2026 / 第 1 天 · 2026年3月12日 星期四')
})

test('a copy in one language has no word of the other', () => {
  expect(toMarkdown(sample(), { language: 'en', lead: 'us' })).not.toMatch(/[\u4e00-\u9fff]/)
  const zh = toMarkdown(sample(), { language: 'zh', lead: 'cn' })
  expect(zh).toContain('**讨论问题**')
  expect(zh).toContain('地点：新加坡')
  expect(zh).not.toMatch(/[\u4e00-\u9fff][:;]/)
  expect(zh.replace(/Asia\/Singapore|safety|security/g, '')).not.toMatch(/[A-Za-z]{4,}/)
})

test('nothing that a person typed becomes markup', () => {
  const nasty = '# *a* _b_ `c` [d](javascript:e) <script>f</script> | ~~g~~ &amp; \\ $h$'
  const text = toMarkdown(withTitle(nasty, 'https://example.org/a>b c'), { language: 'en', lead: 'us' })
  const line = text.split('\n').find((one) => one.startsWith('### '))!
  expect(line).toBe(
    '### 08:30–09:45 \\# \\*a\\* \\_b\\_ \\`c\\` \\[d\\](javascript:e) \\<script\\>f\\</script\\> \\| \\~\\~g\\~\\~ \\&amp; \\\\ \\$h\\$',
  )
  expect(text).toContain('(<https://example.org/a%3Eb%20c>)')
  expect(toMarkdown(withTitle('- item\n# head'), { language: 'en', lead: 'us' })).toContain('\n\\- item \\# head\n')
  expect(toMarkdown(withTitle('12. no list'), { language: 'en', lead: 'us' })).toContain('\n12\\. no list\n')
})
