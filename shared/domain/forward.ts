import { type Agenda, proseText } from './agenda.ts'
import { collisions, type Stand } from './collision.ts'

/**
 * Whether all that is other in `now` than in `base`, where `mine` is other as well, is a beginning of what `mine` has there:
 * letters of one's own that were on their way. Then nobody else has written where I did.
 */
export function isForward(base: Agenda, mine: Agenda, now: Agenda): boolean {
  const stand = (agenda: Agenda): Stand => ({ agenda, places: new Map() })
  return collisions(stand(base), stand(mine), stand(now)).every(({ about }) => {
    if (about.type === 'words') return isBeginning(about.base, about.mine, about.theirs)
    if (about.type !== 'text') return false
    return isBeginning(proseText(about.base), proseText(about.mine), proseText(about.theirs))
  })
}

/** Whether `theirs` has a beginning of what `mine` put into `base`, at the same place. */
function isBeginning(base: string, mine: string, theirs: string): boolean {
  const [before, behind] = [alike(base, mine), alike(reversed(base), reversed(mine))]
  // Of letters that are alike on both sides nobody can say where they were put.
  return [before, base.length - behind].some((at) => {
    const start = Math.min(at, before)
    const end = Math.min(base.length - start, behind)
    const [head, tail] = [base.slice(0, start), base.slice(base.length - end)]
    if (!theirs.startsWith(head) || !theirs.endsWith(tail) || theirs.length < head.length + tail.length) return false
    const put = mine.slice(start, mine.length - end)
    return put.startsWith(theirs.slice(start, theirs.length - end))
  })
}

/** How many letters the two begin alike with. */
function alike(a: string, b: string): number {
  let count = 0
  while (count < a.length && count < b.length && a[count] === b[count]) count += 1
  return count
}

function reversed(text: string): string {
  return [...text].reverse().join('')
}
