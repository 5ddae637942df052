import * as Y from 'yjs'
import { edges } from './dice.ts'

/** Where the two write, as one of them has it. */
export interface Words {
  /**
   * Whether an id is in what they write in, or may come to be there. `known`: it is in the frame that names it. `absent`: ids
   * that others write under.
   */
  near(id: Y.ID, absent: readonly number[], known: boolean): boolean
  /** Whether something was written between these. */
  between(origin: Y.ID | null, rightOrigin: Y.ID | null): boolean
}

/** No client writes so much in a round. */
const neverReached = 2 ** 20

export function openWords(doc: Y.Doc, victims: readonly number[], holders: readonly Y.ID[]): Words {
  const itemAt = (id: Y.ID): Y.Item | null => {
    if (id.clock >= Y.getState(doc.store, id.client)) return null
    const item = Y.getItem(doc.store, id)
    return item instanceof Y.Item ? item : null
  }
  const isHolder = ({ id }: Y.Item) => holders.some((one) => Y.compareIDs(one, id))
  const within = (item: Y.Item): boolean => {
    for (let at: Y.Item | null = item; at !== null; at = parentOf(at)._item) if (isHolder(at)) return true
    return false
  }
  return {
    near(id, absent, known) {
      const item = itemAt(id)
      if (item !== null) return within(item)
      if (known || id.clock > neverReached || id.clock < Y.getState(doc.store, id.client)) return false
      return [1, ...victims, ...absent, ...edges].includes(id.client)
    },
    between(origin, rightOrigin) {
      const beside = [origin, rightOrigin].map((id) => (id === null ? null : itemAt(id))).find((item) => item !== null)
      if (beside === undefined) return false
      for (let at = parentOf(beside)._start; at !== null; at = at.right) {
        if (Y.compareIDs(at.origin, origin) && Y.compareIDs(at.rightOrigin, rightOrigin)) return true
      }
      return false
    },
  }
}

const parentOf = ({ parent }: Y.Item) => parent as Y.AbstractType<unknown>
