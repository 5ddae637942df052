/** Keeps things open after their page has been left, since they may hold edits that exist nowhere else. */
export interface Lingering<Kept> {
  all(): readonly Kept[]
  /** Resumes what is kept under this name; null if there is nothing, or it cannot be resumed. */
  resume(name: string, replaced: Replaced): Kept | null
  /** Keeps it until it is `done` or resumed. Resolves with whether it was resumed. */
  keep(options: {
    readonly name: string
    readonly kept: Kept
    readonly done: () => boolean
    /** The device stores nothing now: the browser is asked to warn before closing the tab. */
    readonly failing: () => boolean
    /** Notifies of whatever may change `done` or `failing`. */
    readonly subscribe: (listener: () => void) => () => void
    /** Resumes it; false if it cannot be resumed. */
    readonly resume: (replaced: Replaced) => boolean
  }): Promise<boolean>
}

export type Replaced = ((rebuilt: boolean) => void) | undefined

export function createLingering<Kept>(): Lingering<Kept> {
  const entries = new Map<string, { readonly kept: Kept; resume(replaced: Replaced): boolean }>()
  return {
    all: () => [...entries.values()].map(({ kept }) => kept),
    resume(name, replaced) {
      const entry = entries.get(name)
      return entry?.resume(replaced) ? entry.kept : null
    },
    keep({ name, kept, done, failing, subscribe, resume }) {
      const stay = (event: Event) => failing() && event.preventDefault()
      globalThis.addEventListener('beforeunload', stay)
      return new Promise((resolve) => {
        const end = (resumed: boolean) => {
          entries.delete(name)
          stop()
          globalThis.removeEventListener('beforeunload', stay)
          resolve(resumed)
        }
        const look = () => done() && end(false)
        const stop = subscribe(look)
        entries.set(name, {
          kept,
          resume(replaced) {
            if (!resume(replaced)) return false
            end(true)
            return true
          },
        })
        look()
      })
    },
  }
}
