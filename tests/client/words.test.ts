import { createInstance } from 'i18next'
import { expect, test } from 'vitest'
import { changesEn, changesZh } from '../../client/i18n/changes.ts'
import { deviceEn, deviceZh } from '../../client/i18n/device.ts'
import { dialogsEn, dialogsZh } from '../../client/i18n/dialogs.ts'
import { en } from '../../client/i18n/en.ts'
import { endingEn, endingZh } from '../../client/i18n/ending.ts'
import { findingsEn, findingsZh } from '../../client/i18n/findings.ts'
import { homeEn, homeZh } from '../../client/i18n/home.ts'
import { identityEn, identityZh } from '../../client/i18n/identity.ts'
import { itemEn, itemZh } from '../../client/i18n/item.ts'
import { joiningEn, joiningZh } from '../../client/i18n/joining.ts'
import { keyboardEn, keyboardZh } from '../../client/i18n/keyboard.ts'
import { lateEn, lateZh } from '../../client/i18n/late.ts'
import { noticeEn, noticeZh } from '../../client/i18n/notice.ts'
import { peopleEn, peopleZh } from '../../client/i18n/people.ts'
import { updatesEn, updatesZh } from '../../client/i18n/updates.ts'
import { zh } from '../../client/i18n/zh.ts'
import type { Label } from '../../client/store/api.ts'
import type { Use, WhyUnused } from '../../shared/import/understanding.ts'

type Tree = { readonly [key: string]: string | Tree }

function flat(tree: Tree, path = ''): Map<string, string> {
  const found = new Map<string, string>()
  for (const [key, value] of Object.entries(tree)) {
    const at = path === '' ? key : `${path}.${key}`
    if (typeof value === 'string') found.set(at, value)
    else for (const [inner, text] of flat(value, at)) found.set(inner, text)
  }
  return found
}

const english = flat({
  ...en,
  ...homeEn,
  notices: noticeEn,
  ...itemEn,
  peoplePage: peopleEn,
  ...keyboardEn,
  ...joiningEn,
  identity: identityEn,
  late: lateEn,
  keeping: deviceEn,
  away: changesEn,
  dialogs: dialogsEn,
  updates: updatesEn,
  ending: endingEn,
  findings: findingsEn,
})
const chinese = flat({
  ...zh,
  ...homeZh,
  notices: noticeZh,
  ...itemZh,
  peoplePage: peopleZh,
  ...keyboardZh,
  ...joiningZh,
  identity: identityZh,
  late: lateZh,
  keeping: deviceZh,
  away: changesZh,
  dialogs: dialogsZh,
  updates: updatesZh,
  ending: endingZh,
  findings: findingsZh,
})
const places = (text: string) => [...text.matchAll(/\{\{(\w+)\}\}/g)].map((match) => match[1]).sort()

test('every sentence exists in both languages, and Chinese needs no singular', () => {
  expect([...chinese.keys()].filter((key) => !english.has(key))).toEqual([])
  expect([...english.keys()].filter((key) => !chinese.has(key) && !key.endsWith('_one'))).toEqual([])
  expect([...english, ...chinese].filter(([, text]) => text.trim() === '')).toEqual([])
})

test('a sentence takes the same values in both languages', () => {
  const differing = [...chinese].filter(([key, text]) => {
    const other = english.get(key)
    return other !== undefined && places(text).join() !== places(other).join()
  })
  expect(differing).toEqual([])
})

test('Chinese sentences are Chinese, with full-width punctuation', () => {
  const names = new Set(['language.en', 'keyboard.delete'])
  // What is left without the values that come in: marks between them are no words.
  const own = (text: string) => text.replace(/\{\{\w+\}\}/g, '')
  const foreign = [...chinese].filter(
    ([key, text]) => !names.has(key) && /\p{Letter}/u.test(own(text)) && !/\p{Script=Han}/u.test(text),
  )
  expect(foreign).toEqual([])
  expect([...chinese].filter(([, text]) => /\p{Script=Han}[,;:?!.]|[,;?!](?=\p{Script=Han})/u.test(text))).toEqual([])
})

/** The one place where words are promised letter by letter: the table in the product's description. */
test('the word on saving is said as promised', async () => {
  const words = createInstance()
  await words.init({ resources: { en: { words: en }, zh: { words: zh } }, defaultNS: 'words', fallbackLng: 'en' })
  const say = (language: string, key: string, values: Record<string, string | number> = {}) =>
    words.getFixedT(language)(key as 'saving.saved', values)
  const offline = (language: string) =>
    `${say(language, 'saving.offline', { since: '08:40' })} · ${say(language, 'saving.device', { count: 12 })}`
  expect(say('en', 'saving.savedAt', { time: '09:03' })).toBe('All saved · 09:03')
  expect(say('zh', 'saving.savedAt', { time: '09:03' })).toBe('已全部保存 · 09:03')
  expect(say('en', 'saving.saving', { count: 3 })).toBe('Saving 3 changes')
  expect(say('en', 'saving.saving', { count: 1 })).toBe('Saving 1 change')
  expect(say('zh', 'saving.saving', { count: 3 })).toBe('正在保存 3 处改动')
  expect(offline('en')).toBe('Offline since 08:40 · 12 changes on this device')
  expect(offline('zh')).toBe('08:40 起离线 · 12 处改动仅存于本机')
  expect(say('en', 'saving.catchingUp')).toBe('Back online, catching up')
  expect(say('zh', 'saving.catchingUp')).toBe('已恢复连接，正在同步')
  expect(say('en', 'saving.notStored')).toBe('Changes are not stored on this device · Keep this tab open')
  expect(say('zh', 'saving.notStored')).toBe('本机无法存储改动 · 请勿关闭本页')
  expect(`${say('en', 'saving.refused')} · ${say('en', 'saving.refusedSave', { count: 12 })}`).toBe(
    'You can no longer edit this meeting · Save your 12 changes',
  )
  expect(`${say('zh', 'saving.refused')} · ${say('zh', 'saving.refusedSave', { count: 12 })}`).toBe(
    '您已无权编辑本议程 · 另存您的 12 处改动',
  )
  expect(`${say('en', 'saving.older')} · ${say('en', 'saving.update')}`).toBe(
    'A newer version is needed to edit · Update',
  )
  expect(`${say('zh', 'saving.older')} · ${say('zh', 'saving.update')}`).toBe('需更新版本后才能编辑 · 更新')
})

test('whatever the reading of files says of a line has its words', () => {
  const uses: Record<Use, string> = lateEn.as
  const whys: Record<WhyUnused, string> = lateEn.why
  const labelled: Record<Label, string> = lateEn.label
  expect([uses, whys, labelled].flatMap(Object.values).every((words) => words !== '')).toBe(true)
})
