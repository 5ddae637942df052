/**
 * A promise that only many tries can break. `npm run soak` plays it at length; `npm test` plays a random sample. Later
 * campaigns join the list in tests/soak/campaigns.ts.
 */
export interface Campaign {
  readonly name: string
  /** What is counted: 'scripts', 'kills'. */
  readonly unit: string
  /** Units in `npm run soak`, where it is given no time. */
  readonly whole: number
  /** Units in `npm test`, and in one round of a soak that is given time. */
  readonly sample: number
  /** The first seed of the whole. */
  readonly seed: number
  /** The same seed and count are the same tries, as far as clocks allow. Throws for what is no answer at all. */
  play(run: Run): Promise<Result>
}

export interface Run {
  readonly seed: number
  /** In units of the campaign. */
  readonly count: number
}

export interface Result {
  /** What broke the promise, in words, with the seed. Empty when it held. */
  readonly faults: readonly string[]
  /** Added up over rounds. */
  readonly sums: Readonly<Record<string, number>>
  /** The largest over rounds, with units in their names. */
  readonly worst?: Readonly<Record<string, number>>
}

export function together(results: readonly Result[]): Result {
  const sums: Record<string, number> = {}
  const worst: Record<string, number> = {}
  for (const one of results) {
    for (const [name, value] of Object.entries(one.sums)) sums[name] = (sums[name] ?? 0) + value
    for (const [name, value] of Object.entries(one.worst ?? {})) {
      worst[name] = Math.max(worst[name] ?? Number.NEGATIVE_INFINITY, value)
    }
  }
  return { faults: results.flatMap(({ faults }) => faults), sums, worst }
}

/** The figures in one line. */
export function describe({ sums, worst = {} }: Result): string {
  const figure = (value: number) => (Number.isInteger(value) ? String(value) : value.toFixed(1))
  return [
    ...Object.entries(sums).map(([name, value]) => `${name} ${figure(value)}`),
    ...Object.entries(worst).map(([name, value]) => `${name} ${figure(value)} at worst`),
  ].join(', ')
}
