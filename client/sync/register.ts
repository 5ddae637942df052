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

const registerKey = 'parley.copies'

/** The copies on this device. Kept beside them, because not every browser lists its databases. */
export function deviceCopies(): readonly DeviceCopyInfo[] {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(registerKey) ?? '[]')
    return Array.isArray(value) ? value.filter((one) => typeof one?.meeting === 'string') : []
  } catch {
    return []
  }
}

export function register(copy: DeviceCopyInfo): void {
  write([...otherCopies(copy), copy])
}

export function unregister(copy: DeviceCopyInfo): void {
  write(otherCopies(copy))
}

function otherCopies(copy: DeviceCopyInfo): readonly DeviceCopyInfo[] {
  return deviceCopies().filter((one) => copyName(one) !== copyName(copy))
}

function write(copies: readonly DeviceCopyInfo[]) {
  try {
    localStorage.setItem(registerKey, JSON.stringify(copies))
  } catch {
    // Without it a copy stays on the device after signing out, as it does when its tab is closed by force.
  }
}
