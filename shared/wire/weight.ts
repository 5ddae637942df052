import { type Inspection, inspect, storedLimits } from './inspect.ts'

/**
 * What a document costs to keep and to open: bytes of its updates; parts, of which a replica makes objects; and structs
 * between others, which a replica may have to compare with each other.
 */
export interface Weight {
  readonly bytes: number
  readonly parts: number
  readonly wide: number
}

/** At most this is opened between two keystrokes of others: some 50 ms. Anything above is opened in another process. */
export const light: Weight = { bytes: 2 ** 21, parts: 30_000, wide: 2000 }
/** At most this is merged and split as bytes between two keystrokes, but not opened. */
export const quick: Weight = { ...light, wide: Number.POSITIVE_INFINITY }

export const nothing: Weight = { bytes: 0, parts: 0, wide: 0 }

/** The weight of an update that is to be integrated. */
export function weightOf(update: Uint8Array, { parts, wide }: Pick<Inspection, 'parts' | 'wide'>): Weight {
  return { bytes: update.length, parts, wide }
}

/** The weight of a document as a replica encoded it: nothing in it splits anything any more. */
export function weightOfWhole(base: Uint8Array, { objects, wide }: Pick<Inspection, 'objects' | 'wide'>): Weight {
  return { bytes: base.length, parts: objects, wide }
}

/** The weight of a document and the updates since. All of it has been admitted. */
export function weightOfAll(base: Uint8Array, tail: readonly Uint8Array[]): Weight {
  return plus(weightOfWhole(base, inspectStored(base)), weightOfTail(tail))
}

/** What updates add to a document that is weighed already. */
export function weightOfTail(tail: readonly Uint8Array[]): Weight {
  return tail.map((one) => weightOf(one, inspectStored(one))).reduce(plus, nothing)
}

function inspectStored(update: Uint8Array): Pick<Inspection, 'objects' | 'parts' | 'wide'> {
  return inspect(update, storedLimits) ?? { objects: 0, parts: 0, wide: 0 }
}

export function plus(one: Weight, other: Weight): Weight {
  return { bytes: one.bytes + other.bytes, parts: one.parts + other.parts, wide: one.wide + other.wide }
}

export function minus(one: Weight, other: Weight): Weight {
  return { bytes: one.bytes - other.bytes, parts: one.parts - other.parts, wide: one.wide - other.wide }
}

/** A weight times `share`, 0 to 1. */
export function partOf(weight: Weight, share: number): Weight {
  return { bytes: weight.bytes * share, parts: weight.parts * share, wide: weight.wide * share }
}

export function isWithin(weight: Weight, most: Weight): boolean {
  return weight.bytes <= most.bytes && weight.parts <= most.parts && weight.wide <= most.wide
}
