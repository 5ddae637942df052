import type { Filled } from './words.ts'

/** The sentences of Find. They are loaded with it. */
export const findEn = {
  title: 'Find',
  field: 'Items, people, readings, versions, actions',
  hint: 'In English or Chinese; pinyin and its initials work too.',
  nothing: 'Nothing matches “{{query}}”. Try fewer letters or another word.',
  results_one: '{{count}} result',
  results_other: '{{count}} results',
  most: 'The first {{count}} are shown. More letters find fewer.',
  recent: 'Opened before',
  useful: 'Actions',
  type: { item: 'Item', person: 'Person', reading: 'Reading', version: 'Version', action: 'Action' },
} as const

export const findZh: Filled<typeof findEn> = {
  title: '查找',
  field: '议题、人员、参考材料、版本、操作',
  hint: '可用中文或英文查找，也可输入拼音或拼音首字母。',
  nothing: '没有与“{{query}}”相符的内容。请减少字数或换一个词。',
  results_other: '{{count}} 条结果',
  most: '仅显示前 {{count}} 条，继续输入可缩小范围。',
  recent: '最近打开',
  useful: '操作',
  type: { item: '议题', person: '人员', reading: '参考材料', version: '版本', action: '操作' },
}
