/**
 * `npm test`: types, format, and every test; the last line counts them. With paths, with `--changed` or with anything else
 * that vitest takes, it runs just the tests that this chooses.
 */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { headlessChromium, wholeChromium } from './support/chromium.ts'
import { step } from './support/step.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const report = `${root}tests/output/results.json`
mkdirSync(`${root}tests/output`, { recursive: true })
rmSync(report, { force: true })

// What follows `--` goes to vitest: the names of files, `--changed`, `-t`.
const chosen = process.argv.slice(2)
const whole = chosen.length === 0
/** Folders whose tests need no built client. */
const bare =
  /^(?:\.\/)?tests\/(?:domain|document|wire|export|import|client|sync|simulation|architecture|formats|server\/unit)\b/
const steps: Promise<boolean>[] = []
if (whole) steps.push(step('types, format and lint', process.execPath, ['tests/check.ts', '--no-tests']))
if (whole || !chosen.every((path) => bare.test(path))) {
  steps.push(step('the client is built', process.execPath, ['setup.mjs', 'pages']))
}
const sound = (await Promise.all(steps)).every(Boolean)

const projects = ['unit', 'server']
const missing: string[] = []
const readers = ['libreoffice', 'pandoc', 'pdftotext', 'qpdf'].filter((name) => !existsSync(`/usr/bin/${name}`))
if (readers.length === 0) projects.push('formats')
else missing.push(`the tests of the formats, because there is no ${readers.join(', ')} in /usr/bin`)
const browsers = [headlessChromium, wholeChromium].filter((path) => !existsSync(path))
if (browsers.length === 0) projects.push('browser')
else missing.push(`the browser tests, because there is no Chromium at ${browsers.join(', ')}`)

const vitest = spawn(
  process.execPath,
  [
    'node_modules/vitest/vitest.mjs',
    'run',
    '--config',
    'tests/vitest.config.ts',
    ...projects.flatMap((name) => ['--project', name]),
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
    ...chosen,
  ],
  {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    // The whole keeps every core busy, which whoever waits for something has to know.
    env: whole ? { ...process.env, PARLEY_BUSY: '1' } : process.env,
  },
)
const code = await new Promise<number | null>((resolve) => vitest.on('close', resolve))

if (!existsSync(report)) {
  console.log('The tests have ended before they could be counted.')
  process.exit(1)
}

interface Counts {
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly testResults: readonly {
    readonly name: string
    readonly startTime: number
    readonly endTime: number
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[]
  }[]
}
const { numPassedTests, numFailedTests, testResults } = JSON.parse(readFileSync(report, 'utf8')) as Counts

const slowest = testResults
  .map(({ name, startTime, endTime }) => ({ name: relative(root, name), seconds: (endTime - startTime) / 1000 }))
  .sort((a, b) => b.seconds - a.seconds)
  .slice(0, 10)
if (slowest.length > 1) {
  console.log('The slowest files, s:')
  for (const { name, seconds } of slowest) console.log(`${seconds.toFixed(1).padStart(7)}  ${name}`)
}

// With `-t`, everything else is left out on purpose.
const left = chosen.some((one) => /^(?:-t|--testNamePattern)/.test(one))
  ? []
  : testResults.flatMap(({ assertionResults }) => assertionResults).filter(({ status }) => status === 'skipped')
for (const what of [...missing, ...left.map(({ fullName }) => fullName.trim())]) console.log(`Not run: ${what}.`)

if (chosen.some((one) => one.startsWith('--changed')) && clientChanged()) {
  console.log(
    'Changes in client/ are in the built page, which imports do not show: `npm test -- tests/browser` runs the browser tests.',
  )
}
console.log(`${numPassedTests} passed, ${numFailedTests} failed${left.length > 0 ? `, ${left.length} skipped` : ''}`)
process.exit(sound && code === 0 ? 0 : 1)

function clientChanged(): boolean {
  const status = spawnSync('git', ['status', '--porcelain', '--', 'client'], { cwd: root, encoding: 'utf8' })
  return status.stdout !== ''
}
