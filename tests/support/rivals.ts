import { createEncoder, type Encoder, toUint8Array, writeUint8, writeVarString, writeVarUint } from 'lib0/encoding'

/* Items that claim to stand between any two others, as a program of somebody's own can write them. */

export type Id = readonly [client: number, clock: number]

export interface Claim {
  readonly client: number
  readonly clock: number
  readonly origin: Id | null
  readonly next: Id | null
  /** Where it stands when it names no neighbour: in a root, under a key of a root, or within an item. */
  readonly list: string | readonly [root: string, key: string] | Id
  /** Letters; of an element, null. */
  readonly text: string | null
}

/** One update of these, which are in rising order for each client, and of deletions: client, clock, length. */
export function claimed(claims: readonly Claim[], deletes: readonly (readonly [...Id, number])[] = []): Uint8Array {
  const encoder = createEncoder()
  const clients = [...new Set(claims.map(({ client }) => client))].sort((a, b) => b - a)
  writeVarUint(encoder, clients.length)
  for (const client of clients) {
    const own = claims.filter((claim) => claim.client === client)
    for (const n of [own.length, client, own[0]!.clock]) writeVarUint(encoder, n)
    for (const claim of own) writeClaim(encoder, claim)
  }
  const deleted = [...new Set(deletes.map(([client]) => client))].sort((a, b) => b - a)
  writeVarUint(encoder, deleted.length)
  for (const client of deleted) {
    const own = deletes.filter((one) => one[0] === client)
    for (const n of [client, own.length, ...own.flatMap(([, clock, length]) => [clock, length])])
      writeVarUint(encoder, n)
  }
  return toUint8Array(encoder)
}

function writeClaim(encoder: Encoder, { origin, next, list, text }: Claim): void {
  const named = origin !== null || next !== null
  const isEntry = typeof list !== 'string' && typeof list[1] === 'string'
  const place = (origin === null ? 0 : 128) | (next === null ? 0 : 64) | (!named && isEntry ? 32 : 0)
  writeUint8(encoder, (text === null ? 7 : 4) | place)
  for (const id of [origin, next]) for (const n of id ?? []) writeVarUint(encoder, n)
  if (!named && typeof list === 'string') writeRoot(encoder, list)
  else if (!named && isEntry) {
    writeRoot(encoder, list[0] as string)
    writeVarString(encoder, list[1] as string)
  } else if (!named) for (const n of [0, ...(list as Id)]) writeVarUint(encoder, n)
  if (text === null) writeVarUint(encoder, 3)
  writeVarString(encoder, text ?? 'paragraph')
}

function writeRoot(encoder: Encoder, root: string): void {
  writeVarUint(encoder, 1)
  writeVarString(encoder, root)
}

/** A deletion, or a claim. */
export type Deed = Claim | readonly [client: number, clock: number, length: number]

/** Updates of so many deeds each, one after the other. */
export function updatesOf(deeds: readonly Deed[], each = 1): Uint8Array[] {
  const updates: Uint8Array[] = []
  for (let at = 0; at < deeds.length; at += each) {
    const some = deeds.slice(at, at + each)
    updates.push(claimed(some.filter(isClaim), some.filter((deed) => !isClaim(deed)) as Exclude<Deed, Claim>[]))
  }
  return updates
}

function isClaim(deed: Deed): deed is Claim {
  return 'client' in deed
}

const list = 'glossary'
const first = 50_000
const claim = (
  client: number,
  clock: number,
  origin: Id | null,
  next: Id | null,
  text: string | null = 'x',
): Claim => ({
  ...{ client, clock, origin, next, list, text },
})
const range = <T>(count: number, make: (at: number) => T): T[] => Array.from({ length: count }, (_, at) => make(at))
/** Each before the last; the first of them before `next`. */
const backwards = (client: number, origin: Id | null, next: Id | null, many: number, text: string | null = 'x') =>
  range(many, (at) => claim(client, at, origin, at === 0 ? next : [client, at - 1], text))
const within = (claims: readonly Claim[], parent: Claim['list']) => claims.map((one) => ({ ...one, list: parent }))

/** What takes a replica steps by the square, in the order that costs it most. */
export const rivalries: Readonly<Record<string, (many: number) => Deed[]>> = {
  'letters between the same two others, of many writers': (many) => [
    claim(first, 0, null, null, 'AZ'),
    ...range(many, (at) => claim(first + 1 + at, 0, [first, 0], [first, 1])),
  ],
  'letters behind the same other, each before another': (many) => [
    claim(first, 0, null, null, `A${'z'.repeat(many)}`),
    ...range(many, (at) => claim(first + 1, at, [first, 0], [first, at + 1])),
  ],
  'letters behind different others, in front of the same': (many) => [
    claim(first, 0, null, null, 'A'),
    ...range(many, (at) => claim(first, 1 + at, [first, at], null, 'z')),
    ...range(many, (at) => claim(first + 1 + at, 0, [first, many - 1 - at], null)),
  ],
  'two who each put every letter before the last': (many) => [
    claim(first, 0, null, null, 'AZ'),
    ...[1, 2].flatMap((who) => backwards(first + who, [first, 0], [first, 1], many)),
  ],
  'letters at the beginning, which name no neighbour': (many) => range(many, (at) => claim(first + at, 0, null, null)),
  'values under one key': (many) =>
    within(
      [
        ...range(many, (at) => claim(first, at, null, null)),
        ...range(many, (at) => claim(first + 1 + at, 0, null, null)),
      ],
      ['meta', 'k'],
    ),
  'values under one key, each in front of the last': (many) =>
    within(backwards(first, null, null, many), ['meta', 'k']),
  'paragraphs of a text': (many) => [
    { ...claim(first, 0, null, null, null), list: ['meta', 'text'] },
    ...[1, 2].flatMap((who) => within(backwards(first + who, null, null, many, null), [first, 0])),
  ],
  'a few letters beside a text that is cut in pieces': (many) => [
    claim(first, 0, null, null, `A${'z'.repeat(many * 4)}`),
    ...range(many * 2, (at) => [first, 1 + at * 2, 1] as const),
    ...range(many / 2, (at) => claim(first + 1 + at, 0, [first, 0], null)),
  ],
}
