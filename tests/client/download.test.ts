import { expect, test } from 'vitest'
import { openApi, type Version } from '../../client/store/api.ts'
import {
  dataOf,
  type Format,
  fileName,
  fileOf,
  formatNames,
  optionsOf,
  previewOf,
  reachOf,
  type Source,
} from '../../client/store/download.ts'
import { type KeyValueStore, openPreferences } from '../../client/store/preferences.ts'
import { hearRevisions, storedRevisions } from '../../client/store/revisions.ts'
import type { DayId, MeetingId } from '../../shared/domain/agenda.ts'
import { fromJson } from '../../shared/export/parse.ts'
import { sample } from '../support/agenda.ts'
import { apiOf } from '../support/api.ts'
import { beginsAs, kindsOfFile } from '../support/formats.ts'

const agenda = sample()
const [first, second] = agenda.days as [(typeof agenda.days)[number], (typeof agenda.days)[number]]
const meeting = 'meeting/1' as MeetingId
const source: Source = {
  agenda,
  meeting,
  version: null,
  link: 'https://parley.example/m/meeting',
  revisions: {},
  now: Date.UTC(2026, 2, 1, 4),
}
const liked = openPreferences(null, ['en']).getState().copy
const chosen = optionsOf(liked, agenda, 'us')

function storage(kept: Record<string, string> = {}): KeyValueStore {
  return {
    getItem: (key) => kept[key] ?? null,
    setItem: (key, value) => {
      kept[key] = value
    },
  }
}

test('a first copy is whole, in both languages, and one’s own side comes first in it', () => {
  expect(chosen).toEqual({ language: 'both', lead: 'us', people: true, readings: true, questions: true, days: null })
  expect(optionsOf(liked, agenda, 'cn').lead).toBe('cn')
  expect(optionsOf({ ...liked, lead: 'us' }, agenda, 'cn').lead).toBe('us')
})

test('days that were left out stay out; those of another meeting, and leaving out all, mean all days', () => {
  expect(optionsOf({ ...liked, without: [first.id] }, agenda, 'us').days).toEqual([second.id])
  expect(optionsOf({ ...liked, without: ['elsewhere' as DayId] }, agenda, 'us').days).toBeNull()
  expect(optionsOf({ ...liked, without: agenda.days.map((day) => day.id) }, agenda, 'us').days).toBeNull()
})

test('proposals can stay out of a copy of all days, and a copy of some days has none', () => {
  const days = agenda.days.map((day) => day.id)
  expect(optionsOf({ ...liked, proposals: false }, agenda, 'us').days).toEqual(days)
  expect(optionsOf({ ...liked, proposals: false, without: days }, agenda, 'us').days).toEqual(days)
  expect(optionsOf({ ...liked, proposals: false, without: [first.id] }, agenda, 'us').days).toEqual([second.id])
  expect(optionsOf({ ...liked, proposals: false }, { ...agenda, proposals: [] }, 'us').days).toBeNull()
  expect(optionsOf({ ...liked, proposals: false }, { ...agenda, days: [] }, 'us').days).toBeNull()
})

test('what was chosen for a copy is there at the next visit, and rubbish in the storage only means the defaults', () => {
  const device = storage()
  const copy = { ...liked, format: 'ics', language: 'zh', lead: 'cn', people: false, without: [second.id] } as const
  openPreferences(device, ['en']).setState({ copy })
  expect(openPreferences(device, ['en']).getState().copy).toEqual(copy)
  const odd = storage({ 'parley.preferences': '{"theme":"dark","copy":{"format":"exe","language":7,"without":[1]}}' })
  expect(openPreferences(odd, ['en']).getState()).toMatchObject({ theme: 'dark', copy: liked })
})

test('files come from the server while it can be reached, and the count says what its copy would lack', () => {
  expect(reachOf({ connection: { status: 'live', unsaved: 0, committedAt: null }, changes: 0 })).toEqual({
    status: 'server',
  })
  expect(reachOf({ connection: { status: 'live', unsaved: 2, committedAt: null }, changes: 2 })).toEqual({
    status: 'behind',
    changes: 2,
  })
  expect(reachOf({ connection: { status: 'catching-up', unsaved: 1 }, changes: 1 })).toEqual({
    status: 'behind',
    changes: 1,
  })
  expect(reachOf({ connection: { status: 'offline', since: 0, unsaved: 0 }, changes: 0 })).toEqual({ status: 'device' })
  expect(reachOf({ connection: { status: 'refused', code: 4403, unsaved: 0 }, changes: 0 })).toEqual({
    status: 'device',
  })
})

test('the address of an export carries what was chosen, and the name of the file', () => {
  const api = openApi('https://parley.example', () => 'en')
  const url = (format: Format, options = chosen, version: Version['id'] | null = null) =>
    new URL(api.exportUrl(meeting, { format, options, version, fileName: '议程 1.docx' }))
  const whole = url('docx')
  expect(whole.pathname).toBe(`/api/meetings/meeting%2F1/export/docx/${encodeURIComponent('议程 1.docx')}`)
  expect(Object.fromEntries(whole.searchParams)).toEqual({
    lang: 'both',
    lead: 'us',
    people: '1',
    readings: '1',
    questions: '1',
  })
  const part = url('pdf', { ...chosen, people: false, days: [second.id] }, 'v1' as Version['id'])
  expect(Object.fromEntries(part.searchParams)).toMatchObject({ people: '0', days: second.id, version: 'v1' })
  expect(url('json').search).toBe('')
})

test('a file is called by the title in the language that comes first in it, the first day, and what tells copies apart', () => {
  const name = (language: 'en' | 'zh' | 'both', lead: 'us' | 'cn') => fileName(agenda, { language, lead }, 'docx')
  expect(name('en', 'us')).toBe('Dialogue on AI testing (sample) 2026-03-12.docx')
  expect(name('zh', 'cn')).toBe('人工智能测试对话（示例） 2026-03-12.docx')
  expect(name('both', 'us')).toBe('Dialogue on AI testing (sample) 2026-03-12 en-zh.docx')
  expect(name('both', 'cn')).toBe('人工智能测试对话（示例） 2026-03-12 zh-en.docx')
  expect(name('en', 'cn')).toBe('Dialogue on AI testing (sample) 2026-03-12 Chinese copy.docx')
  expect(name('zh', 'us')).toBe('人工智能测试对话（示例） 2026-03-12 美方存本.docx')
  const version = { label: 'rolling-text', number: 3 } as const
  const kept = (lead: 'us' | 'cn') => fileName(agenda, { language: 'both', lead, version }, 'pdf')
  expect(kept('us')).toBe('Dialogue on AI testing (sample) 2026-03-12 Rolling text 3 en-zh.pdf')
  expect(kept('cn')).toBe('人工智能测试对话（示例） 2026-03-12 滚动案文3 zh-en.pdf')
  const called = (en: string) => fileName({ title: { en, zh: '' }, days: [] }, { language: 'zh', lead: 'cn' }, 'md')
  expect(called('../a/b: "c"?')).toBe('.. a b c.md')
  expect(called('')).toBe('agenda.md')
  expect(new TextEncoder().encode(called('😀'.repeat(300))).length).toBeLessThan(255)
})

test('every format but PDF is made on this device, with its own kind and beginning', async () => {
  for (const format of formatNames) {
    if (format === 'pdf') continue
    const file = await fileOf(source, format, chosen)
    const [mediaType] = kindsOfFile[format]
    expect(beginsAs(format, new Uint8Array(await file.arrayBuffer()))).toBe(true)
    expect(file.name).toBe(`Dialogue on AI testing (sample) 2026-03-12${format === 'json' ? '' : ' en-zh'}.${format}`)
    expect(file.type).toBe(mediaType)
  }
  expect(fromJson(await (await dataOf(agenda, 'us')).text())).toEqual({ ok: true, agenda })
})

test('a copy says whether it is of a version or of the agenda as it stood', async () => {
  const version = { id: 'v', number: 3, label: 'rolling-text', name: '', at: source.now } as Version
  const words = async (of: Source) => (await fileOf(of, 'html', chosen)).text()
  expect(await words({ ...source, version })).toContain('Rolling text 3')
  expect(await words(source)).toContain('As of 1 March 2026')
})

test('a preview is a page where the file has pages, and otherwise the beginning of its text', async () => {
  for (const format of ['docx', 'pdf', 'html'] as const) {
    expect(await previewOf(source, format, chosen)).toMatchObject({ type: 'page' })
  }
  const markdown = await previewOf(source, 'md', { ...chosen, days: [second.id] })
  expect(markdown).toMatchObject({ type: 'text', whole: true })
  const many = { ...agenda, days: Array.from({ length: 40 }, () => agenda.days[0]!) }
  const data = await previewOf({ ...source, agenda: many }, 'json', chosen)
  expect(data).toMatchObject({ type: 'text', whole: false })
})

test('a calendar made offline goes on from what the server last said of its events', async () => {
  const device = storage()
  const heard = { meeting: { hash: 'x', sequence: 4, at: 5 } }
  const api = openApi('https://parley.example', () => 'en')
  const live = { ...api, ...apiOf({ revisions: async () => ({ status: 'ok', value: heard }) }) }
  const cut = { ...api, ...apiOf({ revisions: async () => ({ status: 'unreachable' }) }) }
  expect(await hearRevisions(cut, device, meeting)).toEqual({})
  expect(await hearRevisions(live, device, meeting)).toEqual(heard)
  expect(await hearRevisions(cut, device, meeting)).toEqual(heard)
  const text = await (await fileOf({ ...source, revisions: heard }, 'ics', chosen)).text()
  expect(text).toContain('SEQUENCE:5')
  const rubbish = { [`parley.revisions.${meeting}`]: '{"meeting":{"hash":1},"a":null}' }
  expect(storedRevisions(storage(rubbish), meeting)).toEqual({})
})
