import type { Browser } from '../../client/sync/device/browser.ts'
import type { ListStorage } from '../../client/sync/device/copylist.ts'
import type { Database, DatabaseEvents, Databases, Found, Work, Written } from '../../client/sync/device/database.ts'
import type { Passage } from '../../client/sync/device/log.ts'
import type { OpenTabs, TabNews } from '../../client/sync/device/tabs.ts'
import type { Timer } from '../../client/sync/device/timer.ts'
import { isWaiting, reportEntries, type Visit } from '../../client/sync/device/unsaved.ts'

/**
 * What databases can do wrong. `hangs`: nothing answers. `full`: there is no room for anything more, `tight`: for nothing
 * large. `waits`: writes are done once the fault is gone.
 */
export type Fault = 'forbidden' | 'hangs' | 'throws' | 'full' | 'tight' | 'waits'

/** A browser in memory, for several tabs. Its clock stands until somebody moves it. */
export interface MemoryBrowser extends Browser {
  readonly databases: Databases
  fault: Fault | null
  /** What is in the database of this name; null when there is none. */
  stored(name: string): Stored | null
  /** Lets everything go on that waits for nothing but its turn. */
  settle(): Promise<void>
  /** The same, so many milliseconds on. */
  pass(milliseconds: number): Promise<void>
  /** The browser ends all connections, as it does when it deletes what a site has stored. `wipes`: it does. */
  end(wipes: boolean): void
}

export interface Stored {
  readonly birth: string
  readonly updates: Map<number, Uint8Array>
  readonly visits: Map<string, Visit>
  readonly log: Map<number, Passage>
  epoch: number
  base: Found['base']
  next: number
}

export function memoryBrowser(): MemoryBrowser {
  const all = new Map<string, Stored>()
  const connections = new Map<DatabaseEvents, { readonly name: string; close(): void }>()
  const channels = new Map<string, Set<(news: TabNews) => void>>()
  const entries = new Map<string, string>()
  let births = 0
  let now = 0
  let timers: { readonly at: number; readonly work: () => void }[] = []
  let waiting: (() => void)[] = []
  let fault: Fault | null = null

  const never = new Promise<never>(() => {})
  const settle = () => new Promise<void>((resolve) => setImmediate(resolve))

  function check() {
    if (fault === 'forbidden') throw new DOMException('Storage is not allowed', 'SecurityError')
    return fault === 'hangs' ? never : Promise.resolve()
  }

  async function open(name: string, events: DatabaseEvents): Promise<Database> {
    await check()
    const stored = all.get(name) ?? {
      birth: `born ${births++}`,
      updates: new Map(),
      visits: new Map(),
      log: new Map(),
      epoch: 0,
      base: null,
      next: 1,
    }
    all.set(name, stored)
    let closed = false
    const close = () => {
      closed = true
      connections.delete(events)
    }
    connections.set(events, { name, close })
    const asked = async () => {
      if (closed) throw new DOMException('The connection is closed', 'InvalidStateError')
      await check()
    }
    return {
      async birth() {
        await asked()
        return stored.birth
      },
      async read(known) {
        await asked()
        return found(stored, known)
      },
      async write(work, within) {
        let undone = false
        const write = async (): Promise<Written> => {
          await asked()
          if (fault === 'waits') await new Promise<void>((resolve) => waiting.push(resolve))
          if (undone || closed) throw new DOMException('Undone', 'AbortError')
          const most = { full: 0, tight: 5000 }[fault as string] ?? Number.POSITIVE_INFINITY
          if (work.fresh.some(({ length }) => length > most)) throw new DOMException('No room', 'QuotaExceededError')
          if (fault === 'throws') throw new DOMException('Out of order', 'UnknownError')
          return written(stored, work)
        }
        const writing = write()
        writing.catch(() => {})
        try {
          return await within(writing)
        } catch (error) {
          undone = true
          throw error
        }
      },
      close,
    }
  }

  const timer: Timer = (milliseconds, work) => {
    const one = { at: now + milliseconds, work }
    timers.push(one)
    return () => {
      timers = timers.filter((other) => other !== one)
    }
  }

  const openTabs: OpenTabs = (name, hear) => {
    const tabs = channels.get(name) ?? new Set()
    channels.set(name, tabs.add(hear))
    return {
      postMessage(news) {
        for (const other of [...tabs]) if (other !== hear) queueMicrotask(() => tabs.has(other) && other(news))
      },
      close: () => tabs.delete(hear),
    }
  }

  const storage: ListStorage = {
    get length() {
      return entries.size
    },
    key: (index) => [...entries.keys()][index] ?? null,
    getItem: (key) => entries.get(key) ?? null,
    setItem: (key, value) => entries.set(key, value),
    removeItem: (key) => entries.delete(key),
  }

  return {
    databases: {
      open,
      async remove(name) {
        await check()
        const others = [...connections].filter(([, one]) => one.name === name)
        for (const [events] of others) events.blocking()
        if (others.some(([events]) => connections.has(events))) return never
        all.delete(name)
      },
    },
    openTabs,
    storage,
    timer,
    get fault() {
      return fault
    },
    set fault(to) {
      fault = to
      if (to === 'waits') return
      for (const go of waiting) go()
      waiting = []
    },
    stored: (name) => all.get(name) ?? null,
    settle,
    async pass(milliseconds) {
      const until = now + milliseconds
      await settle()
      for (;;) {
        const due = timers.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0]
        if (due === undefined) break
        timers = timers.filter((one) => one !== due)
        now = due.at
        due.work()
        await settle()
      }
      now = until
    },
    end(wipes) {
      const ended = [...connections]
      for (const [, { close }] of ended) close()
      if (wipes) all.clear()
      for (const [events] of ended) events.terminated()
    },
  }
}

function found({ updates, visits, log, epoch, base }: Stored, known: ReadonlySet<number> | null): Found {
  return {
    epoch,
    keys: new Set(updates.keys()),
    fresh: new Map([...updates].filter(([key]) => !known?.has(key))),
    visits: [...visits],
    base: known === null ? base : null,
    log: known === null ? [...log].map(([key, passage]) => ({ key, passage })) : [],
  }
}

function written(stored: Stored, work: Work): Written {
  const { updates, visits, log, epoch } = stored
  const add = <Value>(rows: Map<number, Value>, value: Value, key = stored.next++) => {
    rows.set(key, value)
    return key
  }
  const keys = work.fresh.map((update) => add(updates, update))
  const logKeys = work.logged.map(({ passage, key }) => add(log, passage, key))
  for (const key of work.folded) updates.delete(key)
  for (const { key } of work.dropped) if (key !== undefined) log.delete(key)
  stored.epoch = Math.max(work.epoch, epoch)
  const before = visits.get(work.visit)
  reportEntries(visits, work.visit, work)
  const own = visits.get(work.visit)
  if (work.base !== null && (stored.base === null || stored.base.heard < work.base.heard)) stored.base = work.base
  if (![...visits.values()].some(isWaiting)) stored.base = null
  const news = work.covered.size > 0 || before?.made !== own?.made || before?.committed !== own?.committed
  return { keys, logKeys, own, epoch, news }
}
