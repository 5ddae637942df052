/** Whether the browser has promised to keep what is on this device when it needs room, or to ask first. */
export type Persisted = 'yes' | 'no' | 'unknown'

export interface Persistence {
  state(): Persisted
  /** Asks for the promise, once in the life of this device: some browsers put the question to the person. */
  wish(): void
  /** Settles when the browser has said what holds now. */
  readonly known: Promise<void>
}

const key = 'parley.persistence'

export function openPersistence(): Persistence {
  // Absent where the page is not served securely.
  const storage = globalThis.navigator?.storage as StorageManager | undefined
  let state: Persisted = 'unknown'
  const tell = (kept: boolean) => {
    state = kept ? 'yes' : 'no'
  }
  const ignore = () => {}
  return {
    state: () => state,
    known: storage?.persisted?.().then(tell, ignore) ?? Promise.resolve(),
    wish() {
      try {
        if (state === 'yes' || localStorage.getItem(key) !== null) return
        localStorage.setItem(key, 'asked')
      } catch {
        return
      }
      storage?.persist?.().then(tell, ignore)
    },
  }
}
