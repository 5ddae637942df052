/** `npm run check`: types, format and lint, and the tests that need nothing but Node, in under a minute. */
import { step } from './support/step.ts'

const node = process.execPath
const typescript = 'node_modules/typescript/bin/tsc'

const results = [
  ...(await Promise.all(
    ['shared', 'server', 'client', 'client/worker', 'tests'].map((part) =>
      step(`types of ${part}`, node, [typescript, '-p', part]),
    ),
  )),
  await step('format and lint', node, [
    'node_modules/@biomejs/biome/bin/biome',
    'ci',
    '--error-on-warnings',
    '--colors=off',
    '.',
  ]),
]
if (process.argv[2] !== '--no-tests') {
  const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--config', 'tests/vitest.config.ts', '--project', 'unit']
  results.push(await step('unit tests', node, vitest))
}
process.exit(results.every(Boolean) ? 0 : 1)
