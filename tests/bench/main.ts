/** `npm run bench [-- fanout reading ...]`: ours beside the peers in one run, a table each at the end. */
import { parseArgs } from 'node:util'
import { bundling } from './bundle.ts'
import { fanout } from './fanout.ts'
import { finding } from './finding.ts'
import { formats } from './formats.ts'
import { joins } from './joins.ts'
import { opening } from './opening.ts'
import { reading } from './reading.ts'
import { type Report, render } from './report.ts'
import { visits } from './visits.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '8' },
    'warm-up': { type: 'string', default: '5' },
    only: { type: 'string' },
    profile: { type: 'string' },
  },
})
const rounds = Number(values.rounds)

const sections: Readonly<Record<string, () => Promise<Report>>> = {
  fanout: () =>
    fanout({
      rounds,
      seconds: Number(values.seconds),
      warmUp: Number(values['warm-up']),
      only: values.only,
      profile: values.profile,
    }),
  reading,
  opening: () => opening({ rounds }),
  joins: () => joins({ rounds }),
  formats: () => formats({ rounds }),
  find: () => finding({ rounds }),
  bundle: bundling,
  visits: () => visits({ rounds }),
}

const chosen = positionals.length === 0 ? Object.keys(sections) : positionals
const unknown = chosen.filter((name) => sections[name] === undefined)
if (unknown.length > 0 || !(rounds >= 1) || !(Number(values.seconds) > 0)) {
  console.error(
    `Sections: ${Object.keys(sections).join(', ')}. Options: --rounds N --seconds N --warm-up N --only NAME --profile FOLDER`,
  )
  process.exit(2)
}

const reports: Report[] = []
for (const name of chosen) {
  try {
    reports.push(await sections[name]!())
  } catch (error) {
    reports.push({ tables: [], notes: [], wrong: [`${name}: ${error instanceof Error ? error.stack : error}`] })
  }
}
for (const { tables, notes, wrong } of reports) {
  for (const table of tables) console.log(`\n${render(table)}`)
  if (notes.length > 0) console.log(`\n${notes.join('\n')}`)
  if (wrong.length > 0) console.log(`\nWRONG\n${wrong.map((line) => `  ${line}`).join('\n')}`)
}
process.exit(reports.every(({ wrong }) => wrong.length === 0) ? 0 : 1)
