import type { ItemId, PersonId, Side } from '../../shared/domain/agenda.ts'
import type { Role } from './api.ts'

/** Somebody who is in the meeting right now, on however many devices. */
export interface Visitor {
  readonly id: PersonId
  readonly name: string
  readonly side: Side | null
  readonly role: Role
  readonly own: boolean
  /** The items that they have open. */
  readonly items: readonly ItemId[]
}

export interface Presence {
  readonly visitors: readonly Visitor[]
  /** The others (never oneself) by the item that they have open. */
  readonly byItem: ReadonlyMap<ItemId, readonly Visitor[]>
}

export const nobody: Presence = { visitors: [], byItem: new Map() }

/**
 * Who is here, from the awareness states by client id. The server vouches for the `user` in them, except for one's own,
 * which is `me`. What is unchanged since `previous` stays the same object: carets move ten times a second.
 */
export function nextPresence(
  previous: Presence,
  states: ReadonlyMap<number, unknown>,
  ownClient: number,
  me: Omit<Visitor, 'own' | 'items'>,
): Presence {
  const found = new Map<PersonId, Visitor>()
  for (const [client, state] of states) {
    if (typeof state !== 'object' || state === null) continue
    const { user, item } = state as { user?: unknown; item?: unknown }
    const who = client === ownClient ? me : visitorOf(user)
    if (!who) continue
    const known = found.get(who.id)
    const items = new Set(known?.items ?? [])
    if (typeof item === 'string' && item !== '') items.add(item as ItemId)
    found.set(who.id, { ...who, own: who.id === me.id, items: [...items].sort() })
  }
  const visitors = [...found.values()]
    .sort((a, b) => Number(b.own) - Number(a.own) || a.name.localeCompare(b.name) || (a.id < b.id ? -1 : 1))
    .map((one) => {
      const old = previous.visitors.find((other) => other.id === one.id)
      return old && sameVisitor(old, one) ? old : one
    })
  if (sameList(previous.visitors, visitors)) return previous
  const byItem = new Map<ItemId, readonly Visitor[]>()
  for (const visitor of visitors) {
    if (visitor.own) continue
    for (const item of visitor.items) byItem.set(item, [...(byItem.get(item) ?? []), visitor])
  }
  for (const [item, list] of byItem) {
    const old = previous.byItem.get(item)
    if (old && sameList(old, list)) byItem.set(item, old)
  }
  return { visitors, byItem }
}

export function visitorOf(user: unknown): Omit<Visitor, 'own' | 'items'> | null {
  if (typeof user !== 'object' || user === null) return null
  const { id, name, side, role } = user as Record<string, unknown>
  if (typeof id !== 'string' || id === '') return null
  return {
    id: id as PersonId,
    name: typeof name === 'string' ? name : '',
    side: side === 'us' || side === 'cn' ? side : null,
    role: role === 'organizer' || role === 'delegate' ? role : 'observer',
  }
}

function sameVisitor(a: Visitor, b: Visitor): boolean {
  return a.name === b.name && a.side === b.side && a.role === b.role && a.own === b.own && sameList(a.items, b.items)
}

function sameList<T>(a: readonly T[], b: readonly T[]): boolean {
  return a.length === b.length && a.every((one, index) => b[index] === one)
}
