import { writeVarUint } from 'lib0/encoding'
import * as Y from 'yjs'
import { below, bytesOf, chance, type Dice, edges, pick } from './dice.ts'
import type { Ground } from './ground.ts'
import { strangeValue } from './json.ts'

type Struct = ReturnType<typeof Y.decodeUpdate>['structs'][number]

/** An update taken apart: structs in the order in which they came, and deletions. */
export interface Draft {
  structs: Struct[]
  deletes: { client: number; clock: number; len: number }[]
}

export function draftOf(update: Uint8Array): Draft {
  const { structs, ds } = Y.decodeUpdate(update)
  const deletes = [...ds.clients].flatMap(([client, ranges]) =>
    ranges.map(({ clock, len }) => ({ client, clock, len })),
  )
  return { structs, deletes }
}

/**
 * The bytes of a draft. Within a run of one client only the first clock is written, so structs that do not follow each
 * other come out at other clocks than they name.
 */
export function bytesOfDraft({ structs, deletes }: Draft, sorted: boolean): Uint8Array {
  const encoder = new Y.UpdateEncoderV1()
  const runs: Struct[][] = []
  for (const struct of structs) {
    const last = runs.at(-1)
    if (last?.[0]?.id.client === struct.id.client) last.push(struct)
    else runs.push([struct])
  }
  if (sorted) runs.sort((a, b) => b[0]!.id.client - a[0]!.id.client)
  writeVarUint(encoder.restEncoder, runs.length)
  for (const run of runs) {
    writeVarUint(encoder.restEncoder, run.length)
    encoder.writeClient(run[0]!.id.client)
    writeVarUint(encoder.restEncoder, run[0]!.id.clock)
    for (const struct of run) struct.write(encoder, 0)
  }
  const clients = [...new Set(deletes.map(({ client }) => client))]
  if (sorted) clients.sort((a, b) => b - a)
  writeVarUint(encoder.restEncoder, clients.length)
  for (const client of clients) {
    const ranges = deletes.filter((one) => one.client === client)
    if (sorted) ranges.sort((a, b) => a.clock - b.clock)
    writeVarUint(encoder.restEncoder, client)
    writeVarUint(encoder.restEncoder, ranges.length)
    for (const { clock, len } of ranges) {
      writeVarUint(encoder.restEncoder, clock)
      writeVarUint(encoder.restEncoder, len)
    }
  }
  return encoder.toUint8Array()
}

/** Changes a draft at its structure. */
export function spoilDraft(random: Dice, draft: Draft, other: Draft, ground: Ground): void {
  pick(random, spoilings)(random, draft, ground, other)
}

type Spoiling = (random: Dice, draft: Draft, ground: Ground, other: Draft) => void

function clientOf(random: Dice, ground: Ground): number {
  switch (below(random, 5)) {
    case 0:
      return pick(random, ground.victims)
    case 1:
      return 1
    case 2:
      return pick(random, [...ground.absent, 1])
    case 3:
      return pick(random, edges)
    default:
      return below(random, 2 ** 31)
  }
}

const clockOf = (random: Dice) => (chance(random, 0.2) ? pick(random, edges) : below(random, 3000))
const idOf = (random: Dice, ground: Ground) => Y.createID(clientOf(random, ground), clockOf(random))

/** Runs `change` on one struct, or on all of its client. */
function onStructs(change: (random: Dice, struct: Struct, ground: Ground) => Struct): Spoiling {
  return (random, draft, ground) => {
    if (draft.structs.length === 0) return
    const chosen = pick(random, draft.structs)
    const all = chance(random, 0.4)
    draft.structs = draft.structs.map((struct) => {
      return struct === chosen || (all && struct.id.client === chosen.id.client)
        ? change(random, struct, ground)
        : struct
    })
  }
}

function onItems(change: (random: Dice, item: Y.Item, ground: Ground) => void): Spoiling {
  return (random, draft, ground) => {
    const items = draft.structs.filter((struct) => struct instanceof Y.Item)
    if (items.length > 0) change(random, pick(random, items), ground)
  }
}

/** A struct knows its id for good. */
function moved(struct: Struct, client: number, clock: number): Struct {
  const id = Y.createID(client, clock)
  if (struct instanceof Y.Item) {
    const { origin, rightOrigin, parent, parentSub, content } = struct
    return new Y.Item(id, null, origin, null, rightOrigin, parent, parentSub, content)
  }
  return struct instanceof Y.GC ? new Y.GC(id, struct.length) : new Y.Skip(id, struct.length)
}

/** Nowhere is a place that cannot be written. */
function placed(item: Y.Item): void {
  if (item.origin === null && item.rightOrigin === null && item.parent === null) {
    item.parent = 'items' as unknown as Y.Item['parent']
  }
}

const spoilings: readonly Spoiling[] = [
  (random, draft, ground) => {
    const [from, to] = [draft.structs[0]?.id.client, clientOf(random, ground)]
    draft.structs = draft.structs.map((one) => (one.id.client === from ? moved(one, to, one.id.clock) : one))
  },
  (random, draft) => {
    const by = pick(random, [1, -1, 2, 100, 2 ** 20, 2 ** 31, -(2 ** 40)])
    const from = draft.structs[0]?.id.client
    draft.structs = draft.structs.map((one) => {
      return one.id.client === from ? moved(one, one.id.client, Math.max(0, one.id.clock + by)) : one
    })
  },
  onStructs((random, struct, ground) => moved(struct, clientOf(random, ground), struct.id.clock)),
  onStructs((random, struct) => moved(struct, struct.id.client, clockOf(random))),
  onStructs((random, struct) => new Y.GC(struct.id, chance(random, 0.5) ? struct.length : pick(random, edges))),
  onStructs((random, struct) => new Y.Skip(struct.id, chance(random, 0.5) ? struct.length : pick(random, edges))),
  onItems((random, item, ground) => {
    item.origin = chance(random, 0.3) ? null : chance(random, 0.2) ? item.id : idOf(random, ground)
    placed(item)
  }),
  onItems((random, item, ground) => {
    item.rightOrigin = chance(random, 0.3) ? null : chance(random, 0.2) ? item.id : idOf(random, ground)
    placed(item)
  }),
  onItems((random, item, ground) => {
    item.origin = null
    item.rightOrigin = null
    const root = pick(random, ['items', 'meta', 'days', 'people', 'glossary', 'items', 'nothing', '', '__proto__'])
    item.parent = (chance(random, 0.5) ? root : idOf(random, ground)) as unknown as Y.Item['parent']
    if (chance(random, 0.5))
      item.parentSub = pick(random, [null, '', 'title.en', 'place', '__proto__', 'x'.repeat(500)])
  }),
  onItems((random, item) => {
    item.content = pick(random, contents)(random)
  }),
  onItems((random, item) => {
    item.content = pick(random, contents)(random)
  }),
  (random, draft) => {
    const at = below(random, draft.structs.length + 1)
    const struct = draft.structs[at]
    if (struct !== undefined) draft.structs.splice(at, 0, struct)
  },
  (random, draft) => {
    draft.structs.splice(below(random, draft.structs.length + 1), 1)
  },
  (random, draft) => {
    draft.structs = draft.structs
      .map((struct) => ({ struct, at: random() }))
      .sort((a, b) => a.at - b.at)
      .map(({ struct }) => struct)
  },
  (random, draft, _ground, other) => {
    draft.structs.splice(below(random, draft.structs.length + 1), 0, ...other.structs)
    draft.deletes.push(...other.deletes)
  },
  // The second half of an item, as Yjs writes it from within.
  onStructs((random, struct) => {
    const offset = struct.length > 1 ? 1 + below(random, struct.length - 1) : 0
    if (offset === 0 || !(struct instanceof Y.Item) || !(struct.content instanceof Y.ContentString)) return struct
    const { id, rightOrigin, parent, parentSub, content } = struct
    const origin = Y.createID(id.client, id.clock + offset - 1)
    const half = new Y.ContentString(content.str.slice(offset))
    return new Y.Item(
      Y.createID(id.client, id.clock + offset),
      null,
      origin,
      null,
      rightOrigin,
      parent,
      parentSub,
      half,
    )
  }),
  (random, draft, ground) => {
    for (let left = 1 + below(random, 3); left > 0; left -= 1) {
      const len = chance(random, 0.7) ? 1 + below(random, 5) : pick(random, edges)
      draft.deletes.push({ client: clientOf(random, ground), clock: clockOf(random), len })
    }
  },
  (random, draft, ground) => {
    draft.structs = []
    draft.deletes.push({ client: clientOf(random, ground), clock: clockOf(random), len: 1 + below(random, 9) })
  },
  (random, draft) => {
    for (const one of draft.deletes) one.len = pick(random, [0, 1, one.len + 1, ...edges])
  },
  (_random, draft) => {
    draft.deletes.push(...draft.deletes)
  },
]

const contents: readonly ((random: Dice) => Y.Item['content'])[] = [
  () => new Y.ContentString('x'),
  () => new Y.ContentString('\ud800'),
  () => new Y.ContentString('议é'.repeat(50)),
  (random) => new Y.ContentDeleted(pick(random, [1, 5, ...edges])),
  (random) => new Y.ContentAny([strangeValue(random)]),
  (random) => new Y.ContentAny(Array.from({ length: below(random, 20) }, () => strangeValue(random))),
  (random) => new Y.ContentJSON([strangeValue(random), undefined]),
  (random) => new Y.ContentBinary(bytesOf(random, below(random, 20))),
  (random) => new Y.ContentEmbed(strangeValue(random) as object),
  (random) => new Y.ContentFormat(pick(random, ['bold', 'link', '__proto__', '']), strangeValue(random) as object),
  (random) => new Y.ContentType(pick(random, types)() as ConstructorParameters<typeof Y.ContentType>[0]),
  () => new Y.ContentDoc(new Y.Doc()),
]

const types: readonly (() => unknown)[] = [
  () => new Y.Array(),
  () => new Y.Map(),
  () => new Y.Text(),
  () => new Y.XmlElement('script'),
  () => new Y.XmlElement(''),
  () => new Y.XmlFragment(),
  () => new Y.XmlHook('hook'),
  () => new Y.XmlText(),
]
