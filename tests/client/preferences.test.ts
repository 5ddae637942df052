import { expect, test } from 'vitest'
import { type KeyValueStore, openPreferences } from '../../client/store/preferences.ts'

function storage(kept: Record<string, string> = {}): KeyValueStore & { kept: Record<string, string> } {
  return {
    kept,
    getItem: (key) => kept[key] ?? null,
    setItem: (key, value) => {
      kept[key] = value
    },
  }
}

test('the first visit is in the language that the browser likes best of the two', () => {
  expect(openPreferences(null, ['fr', 'zh-TW', 'en']).getState().language).toBe('zh')
  expect(openPreferences(null, ['de', 'en-GB']).getState().language).toBe('en')
  expect(openPreferences(null, []).getState().language).toBe('en')
})

test('what was chosen is there at the next visit', () => {
  const device = storage()
  openPreferences(device, ['en']).setState({ language: 'zh', theme: 'dark', name: '代表甲' })
  expect(openPreferences(device, ['en']).getState()).toMatchObject({ language: 'zh', theme: 'dark', name: '代表甲' })
})

test('a storage with rubbish in it, and one that throws, only mean the defaults', () => {
  const rubbish = storage({ 'parley.preferences': '{"language":"xx","theme":7,"columns":[]' })
  expect(openPreferences(rubbish, ['en']).getState()).toMatchObject({ language: 'en', theme: 'auto', columns: 'own' })
  const odd = storage({ 'parley.preferences': '{"language":"xx","theme":7,"name":null}' })
  expect(openPreferences(odd, ['zh']).getState()).toMatchObject({ language: 'zh', theme: 'auto', name: '' })
  const forbidden: KeyValueStore = {
    getItem() {
      throw new Error('forbidden')
    },
    setItem() {
      throw new Error('forbidden')
    },
  }
  const preferences = openPreferences(forbidden, ['en'])
  preferences.setState({ theme: 'light' })
  expect(preferences.getState().theme).toBe('light')
})
