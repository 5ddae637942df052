/**
 * Where somebody's caret is, as the bindings of Yjs to editors say it in awareness under `cursor`: the two ends of a
 * selection, each in Yjs' own JSON of a relative position.
 */
export interface Caret {
  readonly anchor: RelativePosition
  readonly head: RelativePosition
}

/** At least one of the first three is there, or it would be a position in nothing. */
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

/** Letters. */
const longestRoot = 100

/**
 * A copy of what `value`, which has come as JSON, says of a caret, or null when that is none. It may be of anywhere: in
 * another document, in what there is not yet, or no longer.
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

/** Null when there is none, undefined when it is not one. */
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
