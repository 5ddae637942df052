import type { Denial, Kind, Of, Quotas } from './quota.ts'

/** What something takes of a budget while it arrives. */
export interface Charge {
  /** Takes more, or says why not. After the end it takes nothing. */
  take(amount: number): Denial | null
  /** Gives all of it back, once. */
  end(): void
}

export function openCharge(quotas: Quotas, kind: Kind, of: Of): Charge {
  let taken = 0
  let over = false
  return {
    take(amount) {
      if (over) return null
      const denial = quotas.take(kind, of, amount)
      if (denial === null) taken += amount
      return denial
    },
    end() {
      if (!over) quotas.give(kind, of, taken)
      over = true
    },
  }
}
