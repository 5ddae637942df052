/** What a calendar was last told of each event: by item id, and `meeting` for the meeting itself. */
export type Revisions = Readonly<Record<string, Revision>>

export interface Revision {
  readonly hash: string
  /** Rises with every change of the facts (RFC 5545, 3.8.7.4). */
  readonly sequence: number
  /** Milliseconds since 1970 of the last change. */
  readonly at: number
}

/** The next revision of an event whose facts are `facts`: the last one itself as long as they are the same. */
export function revised(last: Revision | undefined, facts: unknown, now: number): Revision {
  const hash = hashOf(canonical(facts))
  if (last === undefined) return { hash, sequence: 0, at: now }
  return last.hash === hash ? last : { hash, sequence: last.sequence + 1, at: now }
}

/** JSON with its keys in order, so that the same facts are the same text wherever they were put together. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null'
  const fields = Object.entries(value).filter(([, field]) => field !== undefined)
  fields.sort(([one], [other]) => (one < other ? -1 : 1))
  return `{${fields.map(([key, field]) => `${JSON.stringify(key)}:${canonical(field)}`).join()}}`
}

/**
 * 53 bits of a text in hexadecimal (cyrb53 by bryc, public domain). It tells changes apart, which come by accident, a few
 * thousand a meeting; against somebody who looks for a collision it is no good.
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
