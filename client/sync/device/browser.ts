import { browserStorage, type ListStorage } from './copylist.ts'
import type { Databases } from './database.ts'
import { indexedDatabases } from './indexeddb.ts'
import { type OpenTabs, openChannel } from './tabs.ts'
import { browserTimer, type Timer } from './timer.ts'

/** The browser features that a copy uses. An argument, so that a test can replace them and the clock. */
export interface Browser {
  readonly databases: Databases
  readonly openTabs: OpenTabs
  readonly storage: ListStorage
  readonly timer: Timer
}

export function thisBrowser(): Browser {
  return { databases: indexedDatabases, openTabs: openChannel, storage: browserStorage(), timer: browserTimer }
}
