import type { Filled } from './words.ts'

/** What stands between an agenda and a good meeting. */
export const findingsEn = {
  title: 'Before it is final',
  lead_one: '{{count}} thing to look at. You can make the agenda final all the same.',
  lead_other: '{{count}} things to look at. You can make the agenda final all the same.',
  none: 'Nothing to look at: all titles and texts are in both languages, all sessions have a co-chair, and all days end on time.',
  untitled: 'No title',
  empty: 'No objective, questions or expected output',
  emptyDay: 'No items on this day',
  'one-language': { en: 'Not in English: {{fields}}', zh: 'Not in Chinese: {{fields}}' },
  'no-chair': 'No co-chair',
  'over-time': 'Ends {{length}} too late',
  meeting: 'Meeting settings',
  and: ', ',
  severity: { serious: 'Important', minor: 'Worth a look' },
} as const

export const findingsZh: Filled<typeof findingsEn> = {
  title: '定稿前核对',
  lead_other: '共 {{count}} 处有待核对，不处理也可以定稿。',
  none: '未发现待处理事项：标题和文本均有双语，各场讨论均有联合主席，每日均按时结束。',
  untitled: '没有标题',
  empty: '目标、讨论问题和预期成果均未填写',
  emptyDay: '当天没有议题',
  'one-language': { en: '缺英文：{{fields}}', zh: '缺中文：{{fields}}' },
  'no-chair': '未安排联合主席',
  'over-time': '超出计划结束时间{{length}}',
  meeting: '会议设置',
  and: '、',
  severity: { serious: '重要', minor: '建议核对' },
}
