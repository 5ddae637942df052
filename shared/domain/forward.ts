import { type Agenda, proseText } from './agenda.ts'
import { type AgendaState, collisions } from './collision.ts'

/**
 * Whether, wherever `mine` and `now` conflict, `now` holds only a prefix of what `mine` inserted: one's own letters,
 * the rest of which was still in transit. Then nobody else has written there.
 */
export function isForward(base: Agenda, mine: Agenda, now: Agenda): boolean {
  const stateOf = (agenda: Agenda): AgendaState => ({ agenda, places: new Map() })
  return collisions(stateOf(base), stateOf(mine), stateOf(now)).every(({ about }) => {
    if (about.type === 'words') return isBeginning(about.base, about.mine, about.theirs)
    if (about.type !== 'text') return false
    return isBeginning(proseText(about.base), proseText(about.mine), proseText(about.theirs))
  })
}

/** Whether `theirs` has a prefix of what `mine` inserted into `base`, at the same place. */
function isBeginning(base: string, mine: string, theirs: string): boolean {
  const [before, behind] = [alike(base, mine), alike(reversed(base), reversed(mine))]
  // Letters that equal their neighbours on both sides may have been inserted at either end.
  return [before, base.length - behind].some((at) => {
    const start = Math.min(at, before)
    const end = Math.min(base.length - start, behind)
    const [head, tail] = [base.slice(0, start), base.slice(base.length - end)]
    if (!theirs.startsWith(head) || !theirs.endsWith(tail) || theirs.length < head.length + tail.length) return false
    const put = mine.slice(start, mine.length - end)
    return put.startsWith(theirs.slice(start, theirs.length - end))
  })
}

/** The length of the common prefix. */
function alike(a: string, b: string): number {
  let count = 0
  while (count < a.length && count < b.length && a[count] === b[count]) count += 1
  return count
}

function reversed(text: string): string {
  return [...text].reverse().join('')
}
