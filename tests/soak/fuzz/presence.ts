import { createEncoder, toUint8Array, writeVarString, writeVarUint, writeVarUint8Array } from 'lib0/encoding'
import { encodeAwareness } from '../../../shared/wire/frame.ts'
import { below, bytesOf, chance, type Dice, edges, joined, pick, spoil, varUints } from './dice.ts'
import type { Ground } from './ground.ts'
import { spoilJson, strangeValue } from './json.ts'

type Position = (random: Dice, ground: Ground) => unknown

const id = (random: Dice, ground: Ground) => ({
  client: pick(random, [...ground.victims, ...ground.absent, 1]),
  clock: below(random, 500),
})

/** The ends of a selection, as bindings say them, and as nobody does. */
const positions: readonly Position[] = [
  (random, ground) => ({ type: id(random, ground), tname: null, item: id(random, ground), assoc: 0 }),
  (random, ground) => ({ item: id(random, ground), assoc: -1 }),
  (random, ground) => ({ type: id(random, ground) }),
  (random) => ({ tname: pick(random, ['items', 'meta', 'nothing', '', '__proto__', 'x'.repeat(5000)]), assoc: 0 }),
  // Of another document, and of nothing.
  (random) => ({ type: { client: below(random, 2 ** 32), clock: pick(random, edges) }, item: null }),
  () => ({ type: null, tname: null, item: null, assoc: 0 }),
  () => ({}),
  (random) => ({ item: { client: pick(random, [-1, 1.5, 2 ** 53, 1e308, '1', null]), clock: pick(random, edges) } }),
  (random, ground) => ({ item: { ...id(random, ground), clock: -1 }, assoc: pick(random, [1e308, 0.5, 'x', null]) }),
  (random) => strangeValue(random),
]

/** What stands under `cursor`. */
const cursors: readonly Position[] = [
  (random, ground) => ({
    anchor: pick(random, positions)(random, ground),
    head: pick(random, positions)(random, ground),
  }),
  (random, ground) => ({
    anchor: pick(random, positions)(random, ground),
    head: pick(random, positions)(random, ground),
  }),
  () => ({}),
  () => 5,
  () => [],
  () => null,
  () => 'x',
  () => ({ anchor: null, head: null }),
  (random, ground) => ({ anchor: pick(random, positions)(random, ground) }),
  () => JSON.parse('{"__proto__":{"anchor":{"tname":"items"},"head":{"tname":"items"}}}'),
  (random) => strangeValue(random),
]

function stateOf(random: Dice, ground: Ground): Record<string, unknown> {
  const state: Record<string, unknown> = {
    user: { id: pick(random, ground.persons), name: 'forged', side: 'us', role: 'organizer', color: '#000' },
  }
  if (chance(random, 0.8)) state.cursor = pick(random, cursors)(random, ground)
  if (chance(random, 0.5)) state.item = chance(random, 0.5) ? pick(random, ground.items) : strangeValue(random)
  if (chance(random, 0.2)) state[pick(random, ['extra', 'selection', 'cursor ', 'constructor'])] = strangeValue(random)
  return state
}

function jsonOf(random: Dice, ground: Ground): string {
  if (chance(random, 0.05)) return 'null'
  const state = stateOf(random, ground)
  return chance(random, 0.5) ? JSON.stringify(state) : spoilJson(random, state)
}

/** Own ids, those of others who are there or have been, and those that nobody can have. */
function clientOf(random: Dice, ground: Ground): number {
  switch (below(random, 4)) {
    case 0:
      return pick(random, ground.victims)
    case 1:
      return pick(random, [...ground.absent, 1])
    case 2:
      return pick(random, edges)
    default:
      return below(random, 2 ** 31)
  }
}

const clockOf = (random: Dice) => (chance(random, 0.5) ? pick(random, edges) : below(random, 10))

/** Frames that tell where somebody is; `own` is the id that this connection has announced, or would. */
export function presenceFrame(random: Dice, ground: Ground, own: number): Uint8Array {
  const entry = (client = clientOf(random, ground)) => ({
    client,
    clock: clockOf(random),
    state: jsonOf(random, ground),
  })
  switch (below(random, 12)) {
    case 0:
    case 1:
    case 2:
    case 3:
      return encodeAwareness([entry(own)])
    case 4:
      return encodeAwareness([entry()])
    case 5:
      return encodeAwareness([entry(), entry(own), entry(own), entry()])
    case 6:
      return encodeAwareness(
        ground.victims.map((client) => ({ client, clock: 2 ** 40, state: jsonOf(random, ground) })),
      )
    case 7:
      return encodeAwareness(
        Array.from({ length: below(random, 300) }, (_, i) => ({ client: i, clock: 1, state: '{}' })),
      )
    case 8:
      // Something that is no JSON, or no text.
      return entries(own, clockOf(random), pick(random, [bytesOf(random, below(random, 40)), new Uint8Array([0xff])]))
    case 9:
      // More or fewer than it says.
      return body(joined(varUints(pick(random, edges)), encodeAwareness([entry(own)]).subarray(2)))
    case 10:
      return chance(random, 0.2) ? Uint8Array.of(3) : encodeAwareness([])
    default:
      return spoil(random, encodeAwareness([entry(own)]), [encodeAwareness([entry()])])
  }
}

function entries(client: number, clock: number, json: Uint8Array): Uint8Array {
  const inner = createEncoder()
  for (const n of [1, client, clock]) writeVarUint(inner, n)
  writeVarUint8Array(inner, json)
  return body(toUint8Array(inner))
}

function body(inner: Uint8Array): Uint8Array {
  const encoder = createEncoder()
  writeVarUint(encoder, 1)
  writeVarUint8Array(encoder, inner)
  return toUint8Array(encoder)
}

/** A frame in which every state that can be said at all is well-formed. */
export function announcement(client: number): Uint8Array {
  const encoder = createEncoder()
  for (const n of [1, client, 1]) writeVarUint(encoder, n)
  writeVarString(encoder, '{}')
  return body(toUint8Array(encoder))
}
