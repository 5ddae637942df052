import { createInstance } from 'i18next'
import { beforeAll, expect, test } from 'vitest'
import { en } from '../../client/i18n/en.ts'
import { momentWords } from '../../client/i18n/format.ts'
import { zh } from '../../client/i18n/zh.ts'
import { type Earlier, savingOf, together } from '../../client/store/saving.ts'
import type { Connection } from '../../client/sync/connection.ts'
import { type Device, isUnread } from '../../client/sync/device/status.ts'
import { sentenceOf } from '../../client/views/device/sentence.ts'

const words = createInstance()
beforeAll(() =>
  words.init({ resources: { en: { words: en }, zh: { words: zh } }, defaultNS: 'words', fallbackLng: 'en' }),
)

/** Each of its edits is a change of its own. */
const part = (connection: Connection, device: Device = { status: 'stored' }) => ({
  connection,
  device,
  changes: connection.unsaved,
})

const counts = [0, 1, 12]
const codes = [4400, 4401, 4403, 4404, 4410, 4413, 4429, 4499]
const connections: readonly Connection[] = counts.flatMap((unsaved): Connection[] => [
  { status: 'offline', since: 0, unsaved },
  { status: 'catching-up', unsaved },
  { status: 'live', unsaved, committedAt: null },
  { status: 'live', unsaved, committedAt: 0 },
  { status: 'older', unsaved },
  ...codes.map((code): Connection => ({ status: 'refused', code, unsaved })),
])
const devices: readonly Device[] = [
  { status: 'opening' },
  { status: 'stored' },
  { status: 'storing' },
  { status: 'stored', unread: true },
  { status: 'storing', unread: true },
  ...(['full', 'forbidden', 'slow', 'failed'] as const).flatMap((cause) =>
    [false, true].map((unread): Device => ({ status: 'failing', cause, reason: '', unread })),
  ),
]

interface Case {
  readonly connection: Connection
  readonly device: Device
  readonly language: 'en' | 'zh'
  readonly said: string
}

function everything(): Case[] {
  const cases = connections.flatMap((connection) => devices.map((device) => ({ connection, device })))
  return cases.flatMap(({ connection, device }) =>
    (['en', 'zh'] as const).flatMap((language) =>
      [false, true].map((back) => {
        const t = words.getFixedT(language) as Parameters<typeof sentenceOf>[1]
        return {
          connection,
          device,
          language,
          said: sentenceOf(savingOf(part(connection, device)), t, () => '08:40', back),
        }
      }),
    ),
  )
}

/** The cases, as they would be read, in which `wrong` holds. */
function found(wrong: (one: Case) => boolean): string[] {
  return everything()
    .filter(wrong)
    .map((one) => `${JSON.stringify(one.connection)} ${JSON.stringify(one.device)}: ${one.said}`)
}

test('every state of the connection and the device has a sentence', () => {
  expect(everything().length).toBeGreaterThan(500)
  expect(found(({ said }) => said === '' || /undefined|saving\.|\{\{/.test(said))).toEqual([])
})

test('all is said to be saved only when the server’s disk has echoed every change', () => {
  const claims = /All saved|已全部保存/
  const unread = ({ device }: Case) => device.status === 'opening' || isUnread(device)
  const saved = (one: Case) => one.connection.status === 'live' && one.connection.unsaved === 0 && !unread(one)
  expect(found((one) => claims.test(one.said) !== saved(one))).toEqual([])
})

test('while a copy from before cannot be read, nothing is said without it that passes for the whole', () => {
  const silent = connections.flatMap((connection) =>
    devices.filter((device) => {
      const saving = savingOf(part(connection, device))
      // What is on its way, or not known yet, claims nothing.
      if (saving.status === 'saving' || saving.status === 'catching-up') return false
      const told = saving.status === 'unread' || ('unread' in saving && saving.unread)
      return told !== isUnread(device)
    }),
  )
  expect(silent).toEqual([])
})

test('changes are said to be on this device only when the device has written every one of them', () => {
  const claims = /changes? on this device|存于本机/
  expect(found(({ device, said }) => claims.test(said) && device.status !== 'stored')).toEqual([])
})

test('what a tab alone holds is never left without the word to keep it open', () => {
  const asks = /keep (it|this tab) open|请勿关闭/i
  const alone = ({ connection, device }: Case) => connection.unsaved > 0 && device.status === 'failing'
  expect(found((one) => asks.test(one.said) !== alone(one))).toEqual([])
})

test('a device that keeps nothing is said even when the server has everything', () => {
  const says = /No current copy on this device|copy on this device cannot be read|本机未留最新副本|无法读取本机副本/
  const none = ({ connection, device }: Case) =>
    connection.status === 'live' && connection.unsaved === 0 && (device.status === 'failing' || isUnread(device))
  expect(found((one) => says.test(one.said) !== none(one))).toEqual([])
})

test('offline, the number of changes that only this side has is always said', () => {
  const counted = (one: Case) => new RegExp(`\\b${one.connection.unsaved} (changes?|处改动)`).test(one.said)
  const must = ({ connection }: Case) =>
    (connection.status === 'offline' || connection.status === 'refused') && connection.unsaved > 0
  expect(found((one) => must(one) && !counted(one))).toEqual([])
  expect(found(({ connection, said }) => connection.unsaved === 0 && /\d+ (changes?|处改动)/.test(said))).toEqual([])
})

test('nobody is told to be back who has not been away', () => {
  const t = words.getFixedT('en') as Parameters<typeof sentenceOf>[1]
  const saving = savingOf(part({ status: 'catching-up', unsaved: 12 }))
  expect(sentenceOf(saving, t, String, false)).toBe('Connecting · 12 changes on this device')
  expect(sentenceOf(saving, t, String, true)).toBe('Back online, catching up')
})

test.each([
  [4401, 'You are signed out · Open your invitation link again · Save your 2 changes'],
  [4403, 'You can no longer edit this meeting · Save your 2 changes'],
  [4404, 'This meeting is no longer on the server · Save your 2 changes'],
  [4410, 'The agenda was rebuilt · Save your 2 changes'],
  [4413, 'A change was too large to send · Reload · Save your 2 changes'],
  [4429, 'Too many changes at once · Reload · Save your 2 changes'],
  [4400, 'The connection was ended by the server · Reload · Save your 2 changes'],
] as const)('the close code %i is told in words', (code, said) => {
  const t = words.getFixedT('en') as Parameters<typeof sentenceOf>[1]
  const saving = savingOf(part({ status: 'refused', code, unsaved: 2 }))
  expect(sentenceOf(saving, t, String, true)).toBe(said)
})

test('an older version is told to update, and how much is only here', () => {
  const t = words.getFixedT('en') as Parameters<typeof sentenceOf>[1]
  const said = (unsaved: number) => sentenceOf(savingOf(part({ status: 'older', unsaved })), t, String, true)
  expect(said(0)).toBe('A newer version is needed to edit · Update')
  expect(said(3)).toBe('A newer version is needed to edit · 3 changes on this device · Update')
})

test('a time of today is a time, and one of another day has its date', () => {
  const now = new Date(2026, 2, 12, 18).getTime()
  expect(momentWords(new Date(2026, 2, 12, 9, 3).getTime(), now, 'en')).toBe('09:03')
  expect(momentWords(new Date(2026, 2, 11, 23, 59).getTime(), now, 'en')).toBe('11 Mar 23:59')
  expect(momentWords(new Date(2026, 2, 11, 23, 59).getTime(), now, 'zh')).toBe('3月11日 23:59')
})

test('while something from before lies on this device that the server lacks, all is never said to be saved', () => {
  const live: Connection = { status: 'live', unsaved: 0, committedAt: 0 }
  const said = (language: 'en' | 'zh', earlier: Earlier, connection = live) => {
    const t = words.getFixedT(language) as Parameters<typeof sentenceOf>[1]
    return sentenceOf(savingOf(part(connection), earlier), t, () => '08:40', true)
  }
  const counted = (changes: number, unread = false): Earlier => ({ status: 'counted', changes, unread })
  expect(said('en', { status: 'counting' })).toBe('Back online, catching up')
  expect(said('en', counted(0))).toBe('All saved · 08:40')
  expect(said('en', counted(1))).toBe('1 earlier change not on the server · View')
  expect(said('en', counted(3, true))).toBe('3 earlier changes not on the server · View')
  expect(said('zh', counted(3))).toBe('先前的 3 处改动尚未保存到服务器 · 查看')
  expect(said('en', counted(0, true))).toBe('Connected · The copy on this device cannot be read')
  expect(said('en', counted(3), { ...live, unsaved: 2 })).toBe('Saving 2 changes')
})

const live = (unsaved = 0, committedAt: number | null = 5): Connection => ({ status: 'live', unsaved, committedAt })

test('the word on saving is one for all documents of a page: that of whichever is furthest from being saved', () => {
  const saved = part(live())
  const said = (...parts: Parameters<typeof together>[0]) => savingOf(together(parts))
  expect(said(saved, part(live(0, 9)))).toEqual({ status: 'saved', at: 9, copy: true })
  expect(said(part(live(2)), part(live(3)))).toEqual({ status: 'saving', changes: 5, storedIn: 'device' })
  expect(
    said(saved, part({ status: 'offline', since: 4, unsaved: 1 }), part({ status: 'offline', since: 2, unsaved: 0 })),
  ).toEqual({ status: 'offline', since: 2, changes: 1, storedIn: 'device', unread: false })
  expect(said(saved, part({ status: 'catching-up', unsaved: 0 })).status).toBe('catching-up')
  const failing = { status: 'failing', cause: 'full', reason: '', unread: false } as const
  expect(said(part(live(1)), part(live(), failing))).toMatchObject({ status: 'saving', storedIn: 'tab' })
  expect(said(saved, part(live(), { status: 'stored', unread: true }))).toEqual({ status: 'unread' })
  // What is not one's own to read any more is told of only while something of it is not saved.
  expect(said(saved, part({ status: 'refused', code: 4403, unsaved: 0 })).status).toBe('saved')
  expect(said(saved, part({ status: 'refused', code: 4403, unsaved: 1 }))).toMatchObject({
    status: 'refused',
    changes: 1,
  })
  expect(said(part({ status: 'refused', code: 4403, unsaved: 0 }), saved).status).toBe('refused')
})
