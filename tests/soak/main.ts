/**
 * `npm run soak`: the long campaigns. Without options each is played whole, from its own seed. `--minutes N` shares so much
 * time among them and goes on from seed to seed; `--seed N` begins elsewhere; `--only NAME` (again and again) chooses;
 * `--count N` says how many units.
 */
import { parseArgs } from 'node:util'
import { type Campaign, describe, type Result, type Run, together } from './campaign.ts'
import { campaigns } from './campaigns.ts'

const options = { minutes: { type: 'string' }, seed: { type: 'string' }, count: { type: 'string' } } as const
const { values } = parseArgs({ options: { ...options, only: { type: 'string', multiple: true } } })

const minutes = number('minutes')
const seed = number('seed')
const count = number('count')
const unknown = values.only?.find((name) => !campaigns.some((one) => one.name === name))
if (unknown !== undefined) stop(`--only ${unknown}: there are ${campaigns.map(({ name }) => name).join(', ')}`)
const chosen = campaigns.filter(({ name }) => values.only?.includes(name) ?? true)

interface Row {
  readonly campaign: Campaign
  readonly first: number
  readonly played: number
  readonly seconds: number
  readonly result: Result
}

const rows: Row[] = []
for (const campaign of chosen) {
  const first = seed ?? campaign.seed
  const rounds: Result[] = []
  const began = performance.now()
  const share = minutes === null ? null : (minutes * 60_000) / chosen.length
  let played = 0
  do {
    const run: Run = { seed: first + played, count: count ?? (share === null ? campaign.whole : campaign.sample) }
    console.log(`${campaign.name}: ${run.count} ${campaign.unit} from seed ${run.seed} ...`)
    const result = await play(campaign, run)
    played += run.count
    rounds.push(result)
    for (const fault of result.faults) console.log(`FAULT ${campaign.name}: ${fault}`)
  } while (share !== null && performance.now() - began < share)
  const row = { campaign, first, played, seconds: (performance.now() - began) / 1000, result: together(rounds) }
  rows.push(row)
  console.log(`${campaign.name}: ${describe(row.result)}`)
}
console.log(`\n${table(rows)}`)
process.exit(rows.some(({ result }) => result.faults.length > 0) ? 1 : 0)

/** A campaign that breaks off is a fault of this seed, and the others are played all the same. */
async function play(campaign: Campaign, run: Run): Promise<Result> {
  try {
    return await campaign.play(run)
  } catch (error) {
    return { faults: [`seed ${run.seed}: ${error instanceof Error ? error.stack : String(error)}`], sums: {} }
  }
}

function table(all: readonly Row[]): string {
  const head = ['campaign', 'played', 'from seed', 'minutes', 'faults', 'what happened']
  const cells = all.map(({ campaign, first, played, seconds, result }) => [
    campaign.name,
    `${played} ${campaign.unit}`,
    String(first),
    (seconds / 60).toFixed(1),
    String(result.faults.length),
    describe(result),
  ])
  const widths = head.map((title, column) =>
    Math.max(...[head, ...cells].map((row) => row[column]?.length ?? 0), title.length),
  )
  const line = (row: readonly string[]) =>
    row.map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0))).join('  ')
  return [head, ...cells].map(line).join('\n')
}

function number(name: 'minutes' | 'seed' | 'count'): number | null {
  const said = values[name]
  if (said === undefined) return null
  const value = Number(said)
  if (!Number.isFinite(value) || value <= 0) stop(`--${name} takes a number above zero, not ${said}`)
  return value
}

function stop(sentence: string): never {
  console.error(sentence)
  process.exit(2)
}
