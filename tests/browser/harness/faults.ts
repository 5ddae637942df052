/**
 * What a browser's database can do wrong. `hangs`: it never answers when it is opened. `tight`: there is room for single
 * edits, and not for a whole document. `unread`: rows cannot be read.
 */
export type Fault = 'forbidden' | 'hangs' | 'throws' | 'aborts' | 'full' | 'tight' | 'unread'

/** The device of a page under test. */
export interface Faults {
  fault: Fault | null
  /** As the browser made it. */
  readonly open: typeof IDBFactory.prototype.open
  /** How surely each row was asked to be kept. */
  readonly kept: readonly IDBTransactionDurability[]
  /** What tabs tell each other is not heard from now on. */
  mute(): void
  /** Every message of every channel. */
  readonly said: readonly unknown[]
  /** The browser loses its connections; with `telling`, it says so. */
  lose(telling: boolean): void
  /** It deletes what the site has stored; with `telling`, it says that the connections are no more. */
  wipe(telling: boolean): Promise<void>
}

declare global {
  interface Window {
    faults?: Faults
  }
}

/** Runs in the page before anything else does. A reload finds the device as it was left. */
export function installFaults(initial: Fault | null): void {
  const { open } = IDBFactory.prototype
  const { add, getAllKeys } = IDBObjectStore.prototype
  const { postMessage } = BroadcastChannel.prototype
  const connections = new Set<IDBDatabase>()
  const said: unknown[] = []
  const kept: IDBTransactionDurability[] = []
  let muted = false
  const key = 'fault'
  const fault = () => (sessionStorage.getItem(key) ?? initial ?? '') as Fault | ''

  IDBFactory.prototype.open = function (...args) {
    if (fault() === 'forbidden') throw new DOMException('Storage is not allowed', 'SecurityError')
    if (fault() === 'hangs') {
      const never = { addEventListener: { value: () => {} }, removeEventListener: { value: () => {} } }
      return Object.create(IDBOpenDBRequest.prototype, never)
    }
    const request = open.apply(this, args)
    request.addEventListener('success', () => connections.add(request.result))
    return request
  }
  IDBObjectStore.prototype.add = function (...args) {
    if (fault() === 'throws') throw new DOMException('Out of order', 'UnknownError')
    const request = add.apply(this, args)
    if (fault() === 'aborts') this.transaction.abort()
    if (this.name === 'updates') kept.push(this.transaction.durability)
    if (fault() === 'full' || (fault() === 'tight' && args[0] instanceof Uint8Array && args[0].length > 5000)) {
      Object.defineProperty(this.transaction, 'error', { value: new DOMException('No room', 'QuotaExceededError') })
      this.transaction.abort()
    }
    return request
  }
  IDBObjectStore.prototype.getAllKeys = function (...args) {
    if (fault() === 'unread') throw new DOMException('Out of order', 'UnknownError')
    return getAllKeys.apply(this, args)
  }
  BroadcastChannel.prototype.postMessage = function (message) {
    said.push(message)
    if (!muted) postMessage.call(this, message)
  }
  window.faults = {
    get fault() {
      return fault() || null
    },
    set fault(now) {
      sessionStorage.setItem(key, now ?? '')
    },
    open,
    said,
    kept,
    mute() {
      muted = true
    },
    lose(telling) {
      for (const connection of connections) {
        connection.close()
        if (telling) connection.dispatchEvent(new Event('close'))
      }
      connections.clear()
    },
    async wipe(telling) {
      const ended = [...connections]
      window.faults?.lose(false)
      for (const { name = '' } of await indexedDB.databases()) {
        const request = indexedDB.deleteDatabase(name)
        await new Promise((resolve, reject) => {
          request.onsuccess = resolve
          request.onerror = () => reject(request.error)
        })
      }
      if (telling) for (const connection of ended) connection.dispatchEvent(new Event('close'))
    },
  }
}
