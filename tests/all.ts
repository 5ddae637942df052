/** `npm test`: types, format, and every test. The last line counts them. */
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { headlessChromium, wholeChromium } from './support/people.ts'
import { step } from './support/step.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const report = `${root}tests/output/results.json`
mkdirSync(`${root}tests/output`, { recursive: true })
rmSync(report, { force: true })

const sound = await step('types, format and lint', process.execPath, ['tests/check.ts', '--no-tests'])

const projects = ['unit', 'server']
const readers = ['libreoffice', 'pandoc', 'pdftotext', 'qpdf'].filter((name) => !existsSync(`/usr/bin/${name}`))
if (readers.length === 0) projects.push('formats')
else console.log(`Not run: the tests of the formats, because there is no ${readers.join(', ')} in /usr/bin.`)
const browsers = [headlessChromium, wholeChromium].filter((path) => !existsSync(path))
if (browsers.length === 0) projects.push('browser')
else console.log(`Not run: the browser tests, because there is no Chromium at ${browsers.join(', ')}.`)

// What follows `--` goes to vitest, for example the name of a file.
const chosen = process.argv.slice(2)
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
  { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] },
)
const code = await new Promise<number | null>((resolve) => vitest.on('close', resolve))

if (!existsSync(report)) {
  console.log('The tests have ended before they could be counted.')
  process.exit(1)
}
const counts = JSON.parse(readFileSync(report, 'utf8')) as { numPassedTests: number; numFailedTests: number }
console.log(`${counts.numPassedTests} passed, ${counts.numFailedTests} failed`)
process.exit(sound && code === 0 ? 0 : 1)
