import type { MeetingId, PersonId } from '../../shared/domain/agenda.ts'

/** Whose copy of which document a browser keeps. `name` is the person's. */
export interface DeviceCopyInfo {
  readonly meeting: MeetingId
  readonly document: string
  readonly person: PersonId
  readonly name: string
}

/** The name of the copy's database, and of the channel on which tabs that have it open tell each other to read. */
export function copyName({ meeting, document, person }: Omit<DeviceCopyInfo, 'name'>): string {
  return `parley:${meeting}:${document}:${person}`
}

/** A copy in the list. `agreed`: when it was last known to be one with the server's, in milliseconds since 1970. */
interface Registered extends DeviceCopyInfo {
  readonly agreed?: number
}

const registerKey = 'parley.copies'

/** The copies on this device. Kept beside them, because not every browser lists its databases. */
export function deviceCopies(): readonly Registered[] {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(registerKey) ?? '[]')
    return Array.isArray(value) ? value.filter((one) => typeof one?.meeting === 'string') : []
  } catch {
    return []
  }
}

export function register(copy: DeviceCopyInfo): void {
  const agreed = agreedAt(copy)
  write([...otherCopies(copy), agreed === null ? copy : { ...copy, agreed }])
}

/** Null when that is not known. */
export function agreedAt(copy: DeviceCopyInfo): number | null {
  return deviceCopies().find((one) => copyName(one) === copyName(copy))?.agreed ?? null
}

/** Of a copy that has been deleted nothing is noted. */
export function agree(copy: DeviceCopyInfo, at: number): void {
  const known = deviceCopies().find((one) => copyName(one) === copyName(copy))
  if (known && (known.agreed ?? 0) < at) write([...otherCopies(copy), { ...known, agreed: at }])
}

export function unregister(copy: DeviceCopyInfo): void {
  write(otherCopies(copy))
}

function otherCopies(copy: DeviceCopyInfo): readonly Registered[] {
  return deviceCopies().filter((one) => copyName(one) !== copyName(copy))
}

function write(copies: readonly Registered[]) {
  try {
    localStorage.setItem(registerKey, JSON.stringify(copies))
  } catch {
    // Without it a copy stays on the device after signing out, as it does when its tab is closed by force.
  }
}
