import { expect, test } from 'vitest'
import { readVersion } from '../../../server/meeting/versions.ts'
import type { Versions } from '../../../server/storage/versions.ts'
import type { MeetingId } from '../../../shared/domain/agenda.ts'
import { itemFlags } from '../../../shared/domain/fields.ts'
import { sample } from '../../support/agenda.ts'

test('a version that was stored before a flag came is read as if nobody had set it', async () => {
  const known = (key: string, value: unknown) => (itemFlags.some((flag) => flag === key) ? undefined : value)
  const stored = new TextEncoder().encode(JSON.stringify(sample(), known))
  const storage = { version: async () => ({ version: { id: 'v1' }, agenda: stored }) } as unknown as Versions
  const found = await readVersion(storage, 'm1' as MeetingId, 'v1')
  const [first] = found!.agenda.days[0]!.items
  expect(itemFlags.map((flag) => first![flag])).toEqual(itemFlags.map(() => false))
})
