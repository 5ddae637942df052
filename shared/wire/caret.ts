/**
 * Somebody's caret, as Yjs editor bindings put it into awareness under `cursor`: the two ends of a selection, each as a
 * Yjs relative position in JSON.
 */
export interface Caret {
  readonly anchor: RelativePosition
  readonly head: RelativePosition
}

/** At least one of the first three fields is set, or the position would be in nothing. */
export interface RelativePosition {
  readonly type: Id | null
  /** The name of a root type. */
  readonly tname: string | null
  readonly item: Id | null
  readonly assoc: number
}

interface Id {
  readonly client: number
  readonly clock: number
}

/** Characters in the name of a root. */
const longestRoot = 100

/**
 * A copy of the caret in `value`, which was received as JSON; null when it is not a caret. It may point anywhere: into
 * another document, or to content that does not exist yet, or any more.
 */
export function caretOf(value: unknown): Caret | null {
  if (!isRecord(value)) return null
  const [anchor, head] = [positionOf(value.anchor), positionOf(value.head)]
  return anchor && head && { anchor, head }
}

function positionOf(value: unknown): RelativePosition | null {
  if (!isRecord(value)) return null
  const { assoc = 0, tname = null } = value
  const [type, item] = [idOf(value.type), idOf(value.item)]
  if (type === undefined || item === undefined || !Number.isSafeInteger(assoc)) return null
  if (tname !== null && (typeof tname !== 'string' || tname.length > longestRoot)) return null
  if (type === null && item === null && tname === null) return null
  return { type, tname, item, assoc: assoc as number }
}

/** Null when absent, undefined when invalid. */
function idOf(value: unknown): Id | null | undefined {
  if (value === undefined || value === null) return null
  if (!isRecord(value)) return undefined
  const { client, clock } = value
  return isCount(client) && isCount(clock) ? { client, clock } : undefined
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
