import * as Y from 'yjs'

/** Whether a transaction goes on with the change of the one before it. */
export type Runs = (transaction: Y.Transaction) => boolean

/**
 * Tells changes apart as a person would count them: a run of typing in one text is one, and so is a register that is
 * set several times in a row. Each move is one, and so is each command that changes several things.
 */
export function createRuns(): Runs {
  let last: Place | null = null
  return (transaction) => {
    const before = last
    last = placeOf(transaction)
    return last !== null && before !== null && last.type === before.type && last.register === before.register
  }
}

/** A text, or a register of a map. */
interface Place {
  readonly type: unknown
  readonly register: string | null
}

/** The one place that a transaction changed; null when there are several, and for a move. */
function placeOf({ changed }: Y.Transaction): Place | null {
  let found: Place | null = null
  for (const [type, keys] of changed) {
    const text = textOf(type)
    for (const key of text === null ? keys : [null]) {
      if (key === 'place') return null
      const place = { type: text ?? type, register: key }
      if (found !== null && (found.type !== place.type || found.register !== place.register)) return null
      found = place
    }
  }
  return found
}

/** The whole text that `type` is, or is a part of; null when it is neither. */
function textOf(type: unknown): unknown {
  let found: unknown = null
  for (let at = type; isText(at); at = at.parent) found = at
  return found
}

function isText(type: unknown): type is Y.XmlFragment | Y.Text {
  return type instanceof Y.XmlFragment || type instanceof Y.Text
}
