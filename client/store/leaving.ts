import type { Shelf } from './preferences.ts'

/** What signing out leaves on the device: that somebody has, when, and whether the server knows. Every tab looks at it. */
export interface Leaving {
  mark(due: boolean): void
  /** The server is still to be told. */
  due(): boolean
  told(): void
  /** Whether somebody has signed out since this was called, in whichever tab. What came before them is over for good. */
  watch(): () => boolean
}

/** Beside the preferences, all that a device that was signed out keeps. */
export const leavingKey = 'parley.leaving'

export function openLeaving(shelf: Shelf | null, now: () => number = Date.now): Leaving {
  const read = () => {
    const [at = '', due = ''] = (shelf?.getItem(leavingKey) ?? '').split(' ')
    return { at, due: due !== '' }
  }
  const write = (mark: string) => {
    try {
      shelf?.setItem(leavingKey, mark)
    } catch {
      // Without it the other tabs end when the server tells them.
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
