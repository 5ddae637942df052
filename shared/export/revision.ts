/** The latest revision of each event in a calendar: by item id, and `meeting` for the meeting itself. */
export type Revisions = Readonly<Record<string, Revision>>

export interface Revision {
  readonly hash: string
  /** Increases with every change of the facts (RFC 5545, 3.8.7.4). */
  readonly sequence: number
  /** When it last changed, in milliseconds since 1970. */
  readonly at: number
}

/** The next revision of an event with these `facts`: the last one itself while they are unchanged. */
export function revised(last: Revision | undefined, facts: unknown, now: number): Revision {
  const hash = hashOf(canonical(facts))
  if (last === undefined) return { hash, sequence: 0, at: now }
  return last.hash === hash ? last : { hash, sequence: last.sequence + 1, at: now }
}

/** JSON with sorted keys, so that equal facts give equal text, wherever they were put together. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null'
  const fields = Object.entries(value).filter(([, field]) => field !== undefined)
  fields.sort(([one], [other]) => (one < other ? -1 : 1))
  return `{${fields.map(([key, field]) => `${JSON.stringify(key)}:${canonical(field)}`).join()}}`
}

/**
 * A 53-bit hash of a text in hexadecimal (cyrb53 by bryc, public domain). It detects accidental changes, a few thousand
 * per meeting; it does not resist somebody who seeks a collision.
 */
export function hashOf(text: string): string {
  let high = 0xdeadbeef
  let low = 0x41c6ce57
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    high = Math.imul(high ^ unit, 2654435761)
    low = Math.imul(low ^ unit, 1597334677)
  }
  high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909)
  low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909)
  return (4294967296 * (2097151 & low) + (high >>> 0)).toString(16).padStart(14, '0')
}
