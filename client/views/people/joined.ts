import type { StoreApi } from 'zustand/vanilla'
import type { MeetingId } from '../../../shared/domain/agenda.ts'
import type { MeetingPerson } from '../../store/api.ts'
import type { Preferences } from '../../store/preferences.ts'

/** Whoever has joined so far is no news on this device from now on. The times are the server's. */
export function markJoined(
  preferences: StoreApi<Preferences>,
  meeting: MeetingId,
  people: readonly MeetingPerson[],
): void {
  const { joined } = preferences.getState()
  const latest = Math.max(joined[meeting] ?? 0, ...people.map(({ joinedAt }) => joinedAt))
  if (joined[meeting] !== latest) preferences.setState({ joined: { ...joined, [meeting]: latest } })
}
