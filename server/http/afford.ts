import type { Denial, Kind, Of, Quotas } from '../access/quota.ts'
import { Refused } from './refused.ts'

/** Takes `amount`, or refuses and says whose budget is used up. */
export function afford(quotas: Quotas, kind: Kind, of: Of, amount = 1): void {
  const refused = refusalOf(quotas.take(kind, of, amount))
  if (refused !== null) throw refused
}

export function refusalOf(denial: Denial | null): Refused | null {
  if (denial === null) return null
  const { seconds } = denial
  // No budget of a person is taken from by requests.
  const owner = denial.owner === 'person' ? 'link' : denial.owner
  return seconds === null
    ? new Refused(429, `${owner}-full`)
    : new Refused(429, `${owner}-busy`, undefined, Math.max(1, seconds))
}
