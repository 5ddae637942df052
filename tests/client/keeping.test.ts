import { expect, test } from 'vitest'
import type { Membership } from '../../client/store/api.ts'
import type { Desk } from '../../client/store/desk.ts'
import { remainders } from '../../client/store/keeping.ts'
import { createMeeting } from '../../client/store/meeting.ts'
import type { Connection } from '../../client/sync/connection.ts'
import type { Device } from '../../client/sync/device.ts'
import type { MeetingId, PersonId } from '../../shared/domain/agenda.ts'

const membership: Membership = {
  meeting: 'm' as MeetingId,
  person: { id: 'p' as PersonId, side: 'us', role: 'delegate', name: 'Delegate A' },
  title: { en: 'Dialogue', zh: '' },
}
const connected = (unsaved: number): Connection => ({ status: 'catching-up', unsaved })
const unread: Device = { status: 'failing', cause: 'slow', reason: '', unread: true }

/** A meeting on the table whose copy on the device is still being opened. */
function opening() {
  const store = createMeeting(membership, connected(0), { status: 'opening' })
  return { store, desk: { store, link: {} } as unknown as Desk }
}

test('what waits in a copy that is still being opened is counted once it is open, and never taken for nothing', async () => {
  const { store, desk } = opening()
  const looking = remainders([], desk)
  store.setState({ connection: connected(3), device: { status: 'stored' } })
  const [one] = await looking
  expect(one?.edits).toBe(3)
})

test('of a copy that does not open in time nobody says how much waits in it', async () => {
  const { store, desk } = opening()
  const looking = remainders([], desk)
  store.setState({ device: unread })
  const [one] = await looking
  expect(one?.edits).toBe(null)
})

test('what is written after a copy was looked at is known before the copy is removed', async () => {
  const { store, desk } = opening()
  store.setState({ device: { status: 'stored' } })
  const [one] = await remainders([], desk)
  expect(one?.edits).toBe(0)
  store.setState({ connection: connected(1) })
  expect(await one?.count()).toBe(1)
})
