import { createEncoder, toUint8Array, writeUint8, writeVarString, writeVarUint } from 'lib0/encoding'
import * as Y from 'yjs'
import {
  decode,
  encodeAcknowledge,
  encodeLacking,
  encodeStep1,
  encodeStep2,
  encodeUpdate,
} from '../../../shared/wire/frame.ts'
import { inspect } from '../../../shared/wire/inspect.ts'
import { below, bytesOf, chance, type Dice, edges, joined, pick, spoil, varUints } from './dice.ts'
import type { Ground } from './ground.ts'
import { bytesOfDraft, draftOf, spoilDraft } from './update.ts'

type Frame = Uint8Array | string
type Kind = (random: Dice, ground: Ground, own: number) => Frame

/** A frame of the sync exchange. `own` is the id of the client that sends it. */
export function syncFrame(random: Dice, ground: Ground, own: number): Frame {
  for (let tries = 0; tries < 10; tries += 1) {
    const frame = pick(random, kinds)(random, ground, own)
    if (!vandalises(frame, ground)) return frame
  }
  return new Uint8Array()
}

/** The update that a frame brings, when it is one that the server would look at. */
export function updateIn(frame: Frame): Uint8Array | null {
  const message = typeof frame === 'string' ? null : decode(frame)
  if (message?.type !== 'update' && message?.type !== 'step-2') return null
  return inspect(message.update) === null ? null : message.update
}

/**
 * Whether a frame does what is in the power of whoever may edit, and would end the round: it deletes what the two write in, with
 * all they will ever write; or it puts something among their words between neighbours that never were. Yjs places that by
 * the order in which it comes, and lets it vanish where such a neighbour is collected, with what others have written beside it.
 */
function vandalises(frame: Frame, ground: Ground): boolean {
  const update = updateIn(frame)
  if (update === null) return false
  const { structs, deletes } = draftOf(update)
  const { holders, spared, words } = ground
  const holds = (client: number, from: number, to: number) =>
    holders.some((id) => id.client === client && id.clock >= from && id.clock < to)
  if (deletes.some(({ client, clock, len }) => holds(client, clock, clock + len))) return true
  const inFrame = (id: Y.ID) =>
    structs.find(
      (one) => one.id.client === id.client && id.clock >= one.id.clock && id.clock < one.id.clock + one.length,
    )
  const near = new Set<unknown>()
  for (const struct of structs) {
    if (!(struct instanceof Y.Item)) continue
    const { origin, rightOrigin, parent, parentSub } = struct
    if (spared.some((id) => id === parentSub)) return true
    const named = [origin, rightOrigin, parent].filter((id) => id instanceof Y.ID)
    if (!named.some((id) => near.has(inFrame(id)) || words.near(id, ground.absent, inFrame(id) !== undefined))) continue
    near.add(struct)
    if (parentSub !== null || !words.between(origin, rightOrigin)) return true
  }
  return false
}

const fresh = (random: Dice) => 1 + below(random, 2 ** 31)
const frameOf = (random: Dice, update: Uint8Array) => (chance(random, 0.7) ? encodeUpdate(update) : encodeStep2(update))

const edited: Kind = (random, ground, own) => {
  const client = chance(random, 0.5) ? own : fresh(random)
  return frameOf(random, ground.writer.edit(random, client))
}

/** A real edit, changed at its structure. */
const changed: Kind = (random, ground, own) => {
  const client = pick(random, [own, fresh(random), pick(random, [...ground.absent, own])])
  return respoken(random, ground, ground.writer.edit(random, client), own)
}

/** What the two have just sent, changed and said again. */
const echoed: Kind = (random, ground, own) => {
  return respoken(random, ground, pick(random, ground.recent), own)
}

function respoken(random: Dice, ground: Ground, update: Uint8Array, own: number): Frame {
  const draft = draftOf(update)
  const other = draftOf(chance(random, 0.5) ? pick(random, ground.recent) : ground.writer.edit(random, own))
  for (let left = 1 + below(random, 3); left > 0; left -= 1) spoilDraft(random, draft, other, ground)
  return frameOf(random, bytesOfDraft(draft, chance(random, 0.85)))
}

/** A frame changed as bytes. */
const spoiled: Kind = (random, ground, own) => {
  const update = chance(random, 0.5) ? pick(random, ground.recent) : ground.writer.edit(random, own)
  const frame = pick(random, [
    () => encodeUpdate(spoil(random, update, ground.recent)),
    () => encodeStep2(spoil(random, update, ground.recent)),
    () => spoil(random, encodeUpdate(update), [encodeStep2(update), ...ground.recent]),
    () => spoil(random, encodeStep1(vectorOf(random, ground)), ground.recent),
    () => spoil(random, encodeAcknowledge(bytesOf(random, below(random, 10))), ground.recent),
  ])()
  return frame
}

function vectorOf(random: Dice, ground: Ground): Map<number, number> {
  const vector = ground.writer.vector()
  for (let left = below(random, 4); left > 0; left -= 1) {
    const client = pick(random, [...ground.victims, fresh(random), ...edges])
    vector.set(client, pick(random, edges))
  }
  return vector
}

/** An item of one letter in a root, at whatever clock. */
function letter(client: number, clock: number): Uint8Array {
  const encoder = createEncoder()
  for (const n of [1, 1, client, clock]) writeVarUint(encoder, n)
  writeUint8(encoder, 4)
  writeVarUint(encoder, 1)
  writeVarString(encoder, 'items')
  writeVarString(encoder, 'h')
  writeVarUint(encoder, 0)
  return toUint8Array(encoder)
}

/** Each made by hand, for something that it tries. */
const handmade: readonly Kind[] = [
  // Random bytes, and in an update and a step 2.
  (random) => bytesOf(random, below(random, 200)),
  (random) => encodeUpdate(bytesOf(random, below(random, 200))),
  (random) => encodeStep2(bytesOf(random, below(random, 200))),
  // A length that the frame does not have, and a count that allocates.
  (random) => varUints(0, 2, below(random, 2 ** 30), 1, 2, 3),
  (random) => encodeUpdate(varUints(1, 2 ** 25 + below(random, 99), 1, 0)),
  // Clocks that are huge or far ahead.
  (random) => encodeUpdate(letter(5, 2 ** 31 + below(random, 2 ** 20))),
  (random) => encodeUpdate(letter(below(random, 2 ** 30), 2 ** 30)),
  // Something collected for somebody else, and deletions of what they are going to type.
  (random, { victims }) => encodeUpdate(varUints(1, 1, pick(random, victims), 1 + below(random, 9999), 0, 2 ** 20, 0)),
  (random, { victims }) => encodeStep2(varUints(1, 1, pick(random, victims), 0, 0, 2 ** 20, 0)),
  (random, { victims }) => encodeStep2(varUints(0, 1, pick(random, victims), 1, 2 ** 20, 2 ** 29)),
  // State vectors that claim too much, and from the future.
  () => varUints(0, 0, 5, 255, 255, 255, 255, 127),
  (_random, { victims }) => encodeStep1(new Map(victims.map((client) => [client, 2 ** 40] as const))),
  // Types that there are not, and the server's part of the protocol.
  (random) => varUints(4 + below(random, 200), 1, 2, 3),
  () => varUints(2, 0, 3, 1, 2, 3),
  (random, { victims }) => encodeLacking([pick(random, victims)]),
  // An item that is its own parent.
  () => encodeUpdate(varUints(1, 1, 5, 3, 4, 0, 5, 3, 1, 120, 0)),
  () => 'hello',
  () => new Uint8Array(),
  // Two frames in one, and one within another.
  (random, { recent }) => joined(encodeUpdate(pick(random, recent)), encodeAcknowledge(Uint8Array.of(1))),
  (random, { recent }) => encodeUpdate(encodeUpdate(pick(random, recent))),
  (random) => encodeAcknowledge(bytesOf(random, below(random, 2000))),
  // A range of deletions after the other.
  (random) =>
    encodeUpdate(varUints(0, 1, 7, 300, ...Array.from({ length: 300 }, (_, i) => [i && 1, 1]).flat(), random() * 9)),
  (random) =>
    encodeUpdate(varUints(0, 1, 7, 300, ...Array.from({ length: 300 }, () => [2, 1 + below(random, 2)]).flat())),
  // Rarely: four megabytes each, or the whole document.
  (random, ground) => (chance(random, 0.2) ? new Uint8Array(4 * 2 ** 20 + 1) : edited(random, ground, fresh(random))),
  (random, ground) => {
    if (chance(random, 0.9)) return encodeStep1(vectorOf(random, ground))
    return encodeStep2(chance(random, 0.5) ? ground.writer.whole() : spoil(random, ground.writer.whole(), []))
  },
]

/** Of twenty frames. */
const kinds: readonly Kind[] = [
  ...Array.from({ length: 3 }, () => edited),
  ...Array.from({ length: 7 }, () => changed),
  ...Array.from({ length: 3 }, () => echoed),
  ...Array.from({ length: 3 }, () => spoiled),
  ...Array.from({ length: 4 }, (): Kind => (random, ground, own) => pick(random, handmade)(random, ground, own)),
]
