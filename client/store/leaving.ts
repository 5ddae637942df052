import type { KeyValueStore } from './preferences.ts'

/** The mark of signing out on this device: when somebody did, and whether the server knows. Every tab checks it. */
export interface Leaving {
  mark(due: boolean): void
  /** Whether the server must still be told. */
  due(): boolean
  told(): void
  /** Returns whether somebody has since signed out, in any tab. What was open before is over for good. */
  watch(): () => boolean
}

/** Besides the preferences, the only thing that a signed-out device keeps. */
export const leavingKey = 'parley.leaving'

export function openLeaving(storage: KeyValueStore | null, now: () => number = Date.now): Leaving {
  const read = () => {
    const [at = '', due = ''] = (storage?.getItem(leavingKey) ?? '').split(' ')
    return { at, due: due !== '' }
  }
  const write = (mark: string) => {
    try {
      storage?.setItem(leavingKey, mark)
    } catch {
      // Without it, the other tabs end when the server tells them.
    }
  }
  return {
    mark: (due) => write(`${now()}${due ? ' due' : ''}`),
    due: () => read().due,
    told: () => write(read().at),
    watch() {
      const { at } = read()
      return () => {
        const last = read().at
        return last !== '' && last !== at
      }
    },
  }
}
