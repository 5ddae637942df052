import { afterEach, expect, test, vi } from 'vitest'
import { openPersistence } from '../../client/sync/persistence.ts'

/** Asking the browser to keep what is on this device. Here the browser is played: what counts is when it is asked. */

function browser({ held = false, grants = true, remembers = true } = {}) {
  const asked: string[] = []
  const kept = new Map<string, string>()
  vi.stubGlobal('navigator', {
    storage: {
      persisted: async () => held,
      persist: async () => {
        asked.push('persist')
        return grants
      },
    },
  })
  const closed = () => {
    throw new DOMException('The user has forbidden it', 'SecurityError')
  }
  vi.stubGlobal(
    'localStorage',
    remembers
      ? {
          getItem: (key: string) => kept.get(key) ?? null,
          setItem: (key: string, value: string) => kept.set(key, value),
        }
      : { getItem: closed, setItem: closed },
  )
  return asked
}

afterEach(() => vi.unstubAllGlobals())

test('what the browser has promised before is known without asking, and then never asked', async () => {
  const asked = browser({ held: true })
  const persistence = openPersistence()
  expect(persistence.state()).toBe('unknown')
  await persistence.known
  expect(persistence.state()).toBe('yes')
  persistence.wish()
  expect(asked).toEqual([])
})

test.each([
  [true, 'yes'],
  [false, 'no'],
] as const)('the browser is asked once in the life of a device, and its word stands: %s', async (grants, word) => {
  const asked = browser({ grants })
  const persistence = openPersistence()
  await persistence.known
  expect(persistence.state()).toBe('no')
  persistence.wish()
  persistence.wish()
  await vi.waitFor(() => expect(persistence.state()).toBe(word))
  openPersistence().wish()
  expect(asked).toEqual(['persist'])
})

test('where nothing can be remembered, or there is no such promise, nobody is asked again and again', async () => {
  const asked = browser({ remembers: false })
  openPersistence().wish()
  expect(asked).toEqual([])
  vi.stubGlobal('navigator', {})
  const none = openPersistence()
  await none.known
  none.wish()
  expect(none.state()).toBe('unknown')
})
