/** What is kept open after its page has been left, since it may have what is nowhere else. */
export interface Lingering<Kept> {
  all(): readonly Kept[]
  /** Goes on with what is kept under this name; null where nothing is, or it cannot go on. */
  resume(name: string, replaced: Replaced): Kept | null
  /** Keeps it until it is `done` or resumed. Settles with whether it has been resumed. */
  keep(options: {
    readonly name: string
    readonly kept: Kept
    readonly done: () => boolean
    /** The device stores nothing now: the browser is asked not to close the tab. */
    readonly failing: () => boolean
    /** Hears of whatever may change one of these two. */
    readonly subscribe: (listener: () => void) => () => void
    /** Goes on with it; false where it cannot. */
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
