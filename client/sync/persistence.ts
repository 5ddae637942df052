/** Whether the browser has promised not to evict this device's data, or to ask first. */
export type Persisted = 'yes' | 'no' | 'unknown'

export interface Persistence {
  state(): Persisted
  /** Requests persistent storage, only once per device: some browsers ask the person. */
  wish(): void
  /** Resolves when the browser has reported the current state. */
  readonly known: Promise<void>
}

const key = 'parley.persistence'

export function openPersistence(): Persistence {
  // Absent on pages that are not served securely.
  const storage = globalThis.navigator?.storage as StorageManager | undefined
  let state: Persisted = 'unknown'
  const report = (kept: boolean) => {
    state = kept ? 'yes' : 'no'
  }
  const ignore = () => {}
  return {
    state: () => state,
    known: storage?.persisted?.().then(report, ignore) ?? Promise.resolve(),
    wish() {
      try {
        if (state === 'yes' || localStorage.getItem(key) !== null) return
        localStorage.setItem(key, 'asked')
      } catch {
        return
      }
      storage?.persist?.().then(report, ignore)
    },
  }
}
