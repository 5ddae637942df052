import type { MeetingId, PersonId } from '../../../shared/domain/agenda.ts'

/** Identifies a copy in this browser: whose it is and of which document. `name` is the person's. */
export interface DeviceCopyInfo {
  readonly meeting: MeetingId
  readonly document: string
  readonly person: PersonId
  readonly name: string
  /** Counts the document's lineages on this device. A rebuilt document takes in nothing from before. Absent: 1. */
  readonly lineage?: number
}

type Identity = Omit<DeviceCopyInfo, 'name'>

/** The name of the copy's database, and of the broadcast channel between the tabs that have it open. */
export function copyName(copy: Identity): string {
  const lineage = lineageOf(copy)
  return `parley:${copy.meeting}:${copy.document}:${copy.person}${lineage > 1 ? `:${lineage}` : ''}`
}

export function lineageOf({ lineage = 1 }: Identity): number {
  return lineage
}

/** Whether `copy` is an older copy of `other`'s document: of an earlier lineage, or under another invitation. */
export function isEarlier(copy: Identity, other: Identity): boolean {
  if (copy.meeting !== other.meeting || copy.document !== other.document) return false
  return copy.person !== other.person || lineageOf(copy) < lineageOf(other)
}

/** A copy in the list. `agreed`: when it was last known to equal the server's, in milliseconds since 1970. */
interface ListedCopy extends DeviceCopyInfo {
  readonly agreed?: number
}

/** Where the list is; null where the browser forbids it. */
export type ListStorage = Pick<Storage, 'length' | 'key' | 'getItem' | 'setItem' | 'removeItem'> | null

/** Each copy has an entry: tabs of other meetings would overwrite a single list with stale data. */
const prefix = 'parley.copy '
/** The single list that earlier releases kept. */
const listKey = 'parley.copies'

export function browserStorage(): ListStorage {
  try {
    return localStorage
  } catch {
    return null
  }
}

/** The copies on this device. They are listed here because not every browser lists its databases. */
export function deviceCopies(storage: ListStorage = browserStorage()): readonly ListedCopy[] {
  if (!storage) return []
  try {
    splitList(storage)
    const keys = Array.from({ length: storage.length }, (_, index) => storage.key(index) ?? '')
    return keys.filter((key) => key.startsWith(prefix)).flatMap((key) => copiesIn(`[${storage.getItem(key)}]`))
  } catch {
    return []
  }
}

function splitList(storage: NonNullable<ListStorage>) {
  const list = storage.getItem(listKey)
  if (list === null) return
  for (const copy of copiesIn(list)) if (storage.getItem(prefix + copyName(copy)) === null) write(copy, storage)
  storage.removeItem(listKey)
}

export function isListed(copy: DeviceCopyInfo, storage?: ListStorage): boolean {
  return find(copy, storage) !== undefined
}

/** `copy` with the latest lineage that this device has in its list. */
export function latest(copy: DeviceCopyInfo, storage?: ListStorage): DeviceCopyInfo {
  const lineages = deviceCopies(storage).filter(
    (one) => copyName({ ...one, lineage: 1 }) === copyName({ ...copy, lineage: 1 }),
  )
  const lineage = Math.max(1, ...lineages.map(lineageOf))
  return lineage > 1 ? { ...copy, lineage } : copy
}

/** Makes another copy the latest, unless one already is; `copy` stays as it is. False if that cannot be stored. */
export function supersede(copy: DeviceCopyInfo, storage?: ListStorage): boolean {
  const isLatest = () => lineageOf(latest(copy, storage)) === lineageOf(copy)
  if (isLatest()) register({ ...copy, lineage: lineageOf(copy) + 1 }, storage)
  return !isLatest()
}

export function register(copy: DeviceCopyInfo, storage?: ListStorage): void {
  const agreed = agreedAt(copy, storage)
  write(agreed === null ? copy : { ...copy, agreed }, storage)
}

/** Null when that is not known. */
export function agreedAt(copy: DeviceCopyInfo, storage?: ListStorage): number | null {
  return find(copy, storage)?.agreed ?? null
}

/** Does nothing for a copy that has been deleted. */
export function agree(copy: DeviceCopyInfo, at: number, storage?: ListStorage): void {
  const known = find(copy, storage)
  if (known && (known.agreed ?? 0) < at) write({ ...known, agreed: at }, storage)
}

export function unregister(copy: DeviceCopyInfo, storage: ListStorage = browserStorage()): void {
  try {
    storage?.removeItem(prefix + copyName(copy))
  } catch {
    // Storage that cannot be reached lists nothing either.
  }
}

function find(copy: DeviceCopyInfo, storage?: ListStorage): ListedCopy | undefined {
  return deviceCopies(storage).find((one) => copyName(one) === copyName(copy))
}

function write(copy: ListedCopy, storage: ListStorage = browserStorage()) {
  try {
    storage?.setItem(prefix + copyName(copy), JSON.stringify(copy))
  } catch {
    // Without its entry a copy stays on the device after signing out, as it does when its tab is killed.
  }
}

function copiesIn(text: string): ListedCopy[] {
  try {
    const value: unknown = JSON.parse(text)
    return Array.isArray(value) ? value.filter((one) => typeof one?.meeting === 'string') : []
  } catch {
    return []
  }
}
