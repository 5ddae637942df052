import type { Member } from '../storage/members.ts'

/** Who owns a budget. A new name over the same link brings nobody a fresh one: its link, meeting and server stay. */
export const owners = ['person', 'link', 'meeting', 'server'] as const
export type Owner = (typeof owners)[number]

/** Whose use it is: a member, or as much of one as is known. */
export type Of = Pick<Member, 'meeting'> & Partial<Pick<Member, 'invitation' | 'person'>>

export interface Budget {
  readonly most: number
  /** How much comes back each minute. Without it, only what is given back. */
  readonly perMinute?: number
}

/** `lasts`: what is used stays used, so waiting does not help. */
export type Budgets = { readonly lasts?: true } & { readonly [owner in Owner]?: Budget }

const MB = 2 ** 20

/**
 * A delegation of 40 or a class of 30 that comes in within a minute, pastes, prints and comes back after a week takes a
 * fraction of each. A link has less than half of what its meeting has, so that two that are misused leave room for a third.
 */
export const budgets = {
  people: { lasts: true, link: { most: 200 }, meeting: { most: 1000 }, server: { most: 50_000 } },
  sessions: { lasts: true, link: { most: 1000 }, meeting: { most: 5000 }, server: { most: 200_000 } },
  joins: {
    link: { most: 80, perMinute: 60 },
    meeting: { most: 300, perMinute: 200 },
    server: { most: 1200, perMinute: 600 },
  },
  /** One for each open document of each page. */
  connections: { link: { most: 800 }, meeting: { most: 2000 }, server: { most: 6000 } },
  /** Frames and their bytes beyond what somebody who types needs. */
  frames: {
    link: { most: 20_000, perMinute: 120_000 },
    meeting: { most: 60_000, perMinute: 360_000 },
    server: { most: 120_000, perMinute: 600_000 },
  },
  'frame-bytes': {
    link: { most: 128 * MB, perMinute: 480 * MB },
    meeting: { most: 384 * MB, perMinute: 1440 * MB },
    server: { most: 512 * MB, perMinute: 1920 * MB },
  },
  /** Bytes added to the log beyond what somebody who types needs, and all bytes of the log. */
  'log-growth': {
    link: { most: 32 * MB, perMinute: 4 * MB },
    meeting: { most: 96 * MB, perMinute: 12 * MB },
    server: { most: 512 * MB, perMinute: 60 * MB },
  },
  log: { lasts: true, link: { most: 1024 * MB }, meeting: { most: 4096 * MB }, server: { most: 32_768 * MB } },
  /** Versions, and the bytes of those that differ from the earlier ones. */
  'version-growth': {
    link: { most: 30, perMinute: 15 },
    meeting: { most: 100, perMinute: 50 },
    server: { most: 600, perMinute: 300 },
  },
  versions: { lasts: true, link: { most: 1500 }, meeting: { most: 5000 }, server: { most: 500_000 } },
  'version-bytes-growth': {
    link: { most: 24 * MB, perMinute: 3 * MB },
    meeting: { most: 80 * MB, perMinute: 10 * MB },
    server: { most: 512 * MB, perMinute: 60 * MB },
  },
  'version-bytes': {
    lasts: true,
    link: { most: 160 * MB },
    meeting: { most: 512 * MB },
    server: { most: 16_384 * MB },
  },
  /** That an organizer makes: each has documents of its own, and links with budgets of their own. */
  meetings: { link: { most: 20, perMinute: 0.05 }, server: { most: 300, perMinute: 2 } },
  exports: {
    link: { most: 300, perMinute: 240 },
    meeting: { most: 1000, perMinute: 800 },
    server: { most: 3000, perMinute: 2400 },
  },
  /** Bytes of bodies that are being received or read. */
  uploads: { link: { most: 40 * MB }, meeting: { most: 104 * MB }, server: { most: 256 * MB } },
  /** Bytes that wait for slow readers, and of frames that have not arrived whole. */
  waiting: {
    person: { most: 48 * MB },
    link: { most: 96 * MB },
    meeting: { most: 128 * MB },
    server: { most: 256 * MB },
  },
} as const satisfies Record<string, Budgets>
export type Kind = keyof typeof budgets
export type Limits = Readonly<Record<Kind, Budgets>>

export interface Denial {
  readonly kind: Kind
  readonly owner: Owner
  /** After how many seconds it may be granted. Null when waiting does not help. */
  readonly seconds: number | null
}

export interface Use {
  readonly kind: Kind
  readonly owner: Owner
  readonly percent: number
}

/** Counted budgets of persons, links, meetings and the server. */
export interface Quotas {
  /** Takes `amount` from all owners, or from none and says why. */
  take(kind: Kind, of: Of, amount?: number): Denial | null
  /** Counts what cannot be refused, or has gone (negative). The narrowest owner that then has too much, or null. */
  add(kind: Kind, of: Of, amount: number): Owner | null
  give(kind: Kind, of: Of, amount?: number): void
  /** Sets what an owner has used, as storage knows it. */
  learn(kind: Kind, owner: Owner, of: Of, used: number): void
  used(kind: Kind, owner: Owner, of: Of): number
  most(kind: Kind, owner: Owner): number
  /** The highest use among the owners of each budget. */
  use(): readonly Use[]
  /** How often each budget has denied something. */
  denials(): readonly (Use & { readonly count: number })[]
}

export interface QuotasOptions {
  readonly limits?: Partial<Limits>
  /** Monotonic, ms. */
  readonly steady: () => number
  /** Called when a budget is nearly used up, and for the same one not again for an hour. */
  readonly warn: (nearly: Use & { readonly id: string }) => void
}

/** Per cent at which the operator is told, and how long once is enough, ms. */
const near = 80
const often = 3_600_000
/** For what others give back: how long to wait, s. */
const usualWait = 10

interface Count {
  used: number
  at: number
}

/** What one kind of owner may use of one budget, and what each of them uses. */
interface Shares {
  readonly owner: Owner
  readonly budget: Budget
  readonly counts: Map<string, Count>
}

export function createQuotas({ limits: given = {}, steady, warn }: QuotasOptions): Quotas {
  const limits: Limits = { ...budgets, ...given }
  const warned = new Map<string, number>()
  const denied = new Map<string, { readonly kind: Kind; readonly owner: Owner; count: number }>()
  /** Made once: they are asked for with every frame. */
  const ofKind = new Map(
    (Object.keys(limits) as Kind[]).map((kind) => [
      kind,
      owners.flatMap((owner): Shares[] => {
        const budget = limits[kind][owner]
        return budget === undefined ? [] : [{ owner, budget, counts: new Map() }]
      }),
    ]),
  )
  const sharesOf = (kind: Kind) => ofKind.get(kind) ?? []

  const drain = (count: Count, { perMinute }: Budget) => {
    if (perMinute === undefined) return count.used
    const time = steady()
    count.used = Math.max(0, count.used - ((time - count.at) * perMinute) / 60_000)
    count.at = time
    return count.used
  }
  const set = (kind: Kind, { owner, budget, counts }: Shares, id: string, used: number) => {
    if (used <= 0) {
      counts.delete(id)
      return
    }
    const known = counts.get(id)
    if (known === undefined) counts.set(id, { used, at: steady() })
    else known.used = used
    if (used * 100 < budget.most * near) return
    const key = `${kind} ${owner} ${id}`
    for (const [told, at] of warned) if (steady() - at >= often) warned.delete(told)
    if (warned.has(key)) return
    warned.set(key, steady())
    warn({ kind, owner, percent: Math.round((used / budget.most) * 100), id })
  }
  const deny = (kind: Kind, owner: Owner, seconds: number | null): Denial => {
    const key = `${kind} ${owner}`
    const known = denied.get(key) ?? { kind, owner, count: 0 }
    known.count += 1
    denied.set(key, known)
    return { kind, owner, seconds }
  }
  const usedOf = ({ budget, counts }: Shares, id: string) => {
    const count = counts.get(id)
    return count === undefined ? 0 : drain(count, budget)
  }
  const add = (kind: Kind, of: Of, amount: number): Owner | null => {
    let beyond: Owner | null = null
    for (const shares of sharesOf(kind)) {
      const id = idOf(shares.owner, of)
      if (id === undefined) continue
      const used = usedOf(shares, id) + amount
      set(kind, shares, id, used)
      if (used > shares.budget.most) beyond ??= shares.owner
    }
    if (beyond !== null) deny(kind, beyond, null)
    return beyond
  }
  const find = (kind: Kind, owner: Owner) => sharesOf(kind).find((one) => one.owner === owner)
  return {
    take(kind, of, amount = 1) {
      for (const shares of sharesOf(kind)) {
        const { owner, budget } = shares
        const id = idOf(owner, of)
        if (id === undefined) continue
        const beyond = usedOf(shares, id) + amount - budget.most
        if (beyond <= 0) continue
        if (limits[kind].lasts) return deny(kind, owner, null)
        return deny(kind, owner, budget.perMinute ? Math.ceil((beyond * 60) / budget.perMinute) : usualWait)
      }
      add(kind, of, amount)
      return null
    },
    add,
    give: (kind, of, amount = 1) => void add(kind, of, -amount),
    learn(kind, owner, of, used) {
      const [shares, id] = [find(kind, owner), idOf(owner, of)]
      if (shares !== undefined && id !== undefined) set(kind, shares, id, used)
    },
    used(kind, owner, of) {
      const [shares, id] = [find(kind, owner), idOf(owner, of)]
      return shares === undefined || id === undefined ? 0 : usedOf(shares, id)
    },
    most: (kind, owner) => limits[kind][owner]?.most ?? Number.POSITIVE_INFINITY,
    use() {
      return (Object.keys(limits) as Kind[]).flatMap((kind) =>
        sharesOf(kind).map(({ owner, budget, counts }) => {
          let highest = 0
          for (const [id, count] of counts) {
            const used = drain(count, budget)
            if (used === 0) counts.delete(id)
            highest = Math.max(highest, used)
          }
          return { kind, owner, percent: (highest / budget.most) * 100 }
        }),
      )
    },
    denials: () => [...denied.values()].map((one) => ({ ...one, percent: 100 })),
  }
}

/** Undefined when it is not known who the owner is: a calendar program comes by no link. */
function idOf(owner: Owner, of: Of): string | undefined {
  switch (owner) {
    case 'person':
      return of.person
    case 'link':
      return of.invitation
    case 'meeting':
      return of.meeting
    case 'server':
      return ''
  }
}
