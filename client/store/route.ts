import { createStore, type StoreApi } from 'zustand/vanilla'
import type { ItemId, MeetingId } from '../../shared/domain/agenda.ts'
import type { VersionId } from './api.ts'

/** Every page of the interface has an address. */
export type Route =
  | { readonly type: 'home' }
  | { readonly type: 'new' }
  | { readonly type: 'join'; readonly token: string | null }
  | { readonly type: 'outline'; readonly meeting: MeetingId }
  | { readonly type: 'item'; readonly meeting: MeetingId; readonly item: ItemId }
  | { readonly type: 'people'; readonly meeting: MeetingId }
  | { readonly type: 'versions'; readonly meeting: MeetingId }
  /** What is new to this person. */
  | { readonly type: 'changes'; readonly meeting: MeetingId }
  /** The differences from `before` to `after`. Both are versions; `after` may also be the current agenda. */
  | {
      readonly type: 'comparison'
      readonly meeting: MeetingId
      readonly before: VersionId
      readonly after: VersionId | 'now'
    }
  | { readonly type: 'nowhere' }

export function routeOf(path: string, hash = ''): Route {
  const parts = path.split('/').filter((part) => part !== '')
  if (parts.length === 0) return { type: 'home' }
  if (parts.length === 1 && parts[0] === 'new') return { type: 'new' }
  if (parts.length === 1 && parts[0] === 'join') {
    const token = decoded(hash.replace(/^#/, ''))
    return { type: 'join', token: token === '' ? null : token }
  }
  const meeting = parts[0] === 'm' ? (decoded(parts[1] ?? '') as MeetingId) : ('' as MeetingId)
  if (meeting !== '') {
    if (parts.length === 2) return { type: 'outline', meeting }
    if (parts.length === 3 && parts[2] === 'people') return { type: 'people', meeting }
    if (parts.length === 3 && parts[2] === 'away') return { type: 'changes', meeting }
    if (parts[2] === 'versions' && parts.length === 3) return { type: 'versions', meeting }
    if (parts[2] === 'versions' && parts.length === 4) {
      const [before, after, ...more] = decoded(parts[3] ?? '').split('..')
      if (before && after && more.length === 0) {
        return { type: 'comparison', meeting, before: before as VersionId, after: after as VersionId | 'now' }
      }
    }
    const item = parts.length === 4 && parts[2] === 'i' ? decoded(parts[3] ?? '') : ''
    if (item !== '') return { type: 'item', meeting, item: item as ItemId }
  }
  return { type: 'nowhere' }
}

export function pathOf(route: Route): string {
  switch (route.type) {
    case 'home':
    case 'nowhere':
      return '/'
    case 'new':
      return '/new'
    case 'join':
      return route.token === null ? '/join' : `/join#${encodeURIComponent(route.token)}`
    case 'outline':
      return `/m/${encodeURIComponent(route.meeting)}`
    case 'item':
      return `/m/${encodeURIComponent(route.meeting)}/i/${encodeURIComponent(route.item)}`
    case 'people':
      return `/m/${encodeURIComponent(route.meeting)}/people`
    case 'versions':
      return `/m/${encodeURIComponent(route.meeting)}/versions`
    case 'changes':
      return `/m/${encodeURIComponent(route.meeting)}/away`
    case 'comparison': {
      const { meeting, before, after } = route
      return `/m/${encodeURIComponent(meeting)}/versions/${encodeURIComponent(before)}..${encodeURIComponent(after)}`
    }
  }
}

/** Broken escapes in an address must not throw: such a page does not exist. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return ''
  }
}

export interface Router {
  readonly store: StoreApi<Route>
  go(to: Route): void
  /** Replaces the current history entry, so that its address (with an invitation's token) is gone. */
  replace(to: Route): void
}

/** Follows the address bar of `window`, and changes it. */
export function openRouter(window: Window): Router {
  const here = () => routeOf(window.location.pathname, window.location.hash)
  const store = createStore<Route>(here)
  const follow = () => store.setState(here(), true)
  window.addEventListener('popstate', follow)
  window.addEventListener('hashchange', follow)
  return {
    store,
    go(to) {
      if (pathOf(to) === pathOf(store.getState())) return
      window.history.pushState(null, '', pathOf(to))
      store.setState(to, true)
    },
    replace(to) {
      window.history.replaceState(null, '', pathOf(to))
      store.setState(to, true)
    },
  }
}
