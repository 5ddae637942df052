import { expect, test } from 'vitest'
import type { VersionId } from '../../client/store/api.ts'
import { pathOf, type Route, routeOf } from '../../client/store/route.ts'
import type { ItemId, MeetingId } from '../../shared/domain/agenda.ts'

const meeting = 'm 1/ü' as MeetingId

test('every place has an address that leads back to it', () => {
  const places: Route[] = [
    { type: 'home' },
    { type: 'join', token: null },
    { type: 'join', token: 'a_B-9' },
    { type: 'outline', meeting },
    { type: 'people', meeting },
    { type: 'item', meeting, item: 'x/y' as ItemId },
    { type: 'versions', meeting },
    { type: 'comparison', meeting, before: 'a_1-' as VersionId, after: 'b.2' as VersionId },
    { type: 'comparison', meeting, before: 'a_1-' as VersionId, after: 'now' },
  ]
  for (const place of places) {
    const [path = '', hash = ''] = pathOf(place).split('#')
    expect(routeOf(path, hash === '' ? '' : `#${hash}`)).toEqual(place)
  }
})

test.each([
  '/m',
  '/m/',
  '/m/a/b',
  '/m/a/i',
  '/m/a/i/b/c',
  '/m/a/versions/b',
  '/m/a/versions/b..',
  '/m/a/versions/b..c..d',
  '/m/%E0%A4%A',
  '/else',
  '/join/x',
])('the address %s leads nowhere, and breaks nothing', (path) => {
  expect(routeOf(path)).toEqual({ type: 'nowhere' })
})
