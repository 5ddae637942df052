/**
 * `npm run breaks`: a test that cannot fail guards nothing. Breaks the product in one place at a time, in a copy, and sees
 * that the test which guards it goes red. First all of them have to be green.
 */
import { spawn, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

interface Break {
  /** What people would lose. */
  readonly what: string
  readonly file: string
  readonly from: string
  readonly to: string
  /** The file of the test, and a part of its name. */
  readonly test: string
  readonly name: string
}

const breaks: readonly Break[] = [
  {
    what: 'edits are acknowledged before the disk has them',
    file: 'server/committer.ts',
    from: 'const rows = await storage.append(edits)',
    to: 'const rows = edits.map((_, index) => index as RowKey)\n        setTimeout(() => void storage.append(edits), 400)',
    test: 'tests/server/durability.test.ts',
    name: 'of kills under typing',
  },
  {
    what: '"saved" is said of everything as soon as anything is',
    file: 'client/sync/device/unsaved.ts',
    from: 'return { ...entry, committed: Math.max(entry.committed, Math.min(entry.made, edits)) }',
    to: 'return { ...entry, committed: entry.made }',
    test: 'tests/browser/storm.test.ts',
    name: 'two people edit through seeded faults',
  },
  {
    what: 'acknowledgements that an earlier connection owed are taken from the next',
    file: 'client/sync/exchange.ts',
    from: 'wire: closedWire, owed: [], arrived',
    to: 'wire: closedWire, arrived',
    test: 'tests/sync/exchange.test.ts',
    name: 'P1',
  },
  {
    what: 'what the server has is let in before it has said what it takes',
    file: 'client/sync/exchange.ts',
    from: 'if (!greeted || wary || admitted)',
    to: 'if (!greeted || admitted)',
    test: 'tests/sync/exchange.test.ts',
    name: 'P7',
  },
  {
    what: 'of several updates the first is forgotten',
    file: 'shared/wire/sync.ts',
    from: 'return Y.mergeUpdates(updates as Uint8Array[])',
    to: 'return Y.mergeUpdates(updates.slice(1) as Uint8Array[])',
    test: 'tests/simulation/simulation.test.ts',
    name: 'P4',
  },
  {
    what: 'what comes in is shown in the midst of a composition',
    file: 'client/sync/gate.ts',
    from: 'if (holds > 0) queue.push(arrival)',
    to: 'if (holds > 99) queue.push(arrival)',
    test: 'tests/browser/composition.test.ts',
    name: 'composing Chinese stays whole',
  },
  {
    what: 'malformed frames end nothing',
    file: 'server/session.ts',
    from: "if (verdict.status === 'refused') close",
    to: "if (verdict.status === 'refused' && verdict.code !== 4400) close",
    test: 'tests/server/fuzz.test.ts',
    name: 'hostile frames of every kind',
  },
  {
    what: 'of many updates one in sixty-five is left out',
    file: 'shared/wire/sync.ts',
    from: 'i += widest)',
    to: 'i += widest + 1)',
    test: 'tests/server/replay.test.ts',
    name: 'an afternoon of writing by three people',
  },
  {
    what: 'something reads a file outside of the repository',
    file: 'server/config.ts',
    from: 'export',
    to: `export const outside = new URL('${'../'.repeat(2)}elsewhere/data.json', import.meta.url)\n\nexport`,
    test: 'tests/architecture/fences.test.ts',
    name: 'outside of the repository',
  },
  {
    what: 'observers may write',
    file: 'server/access/permission.ts',
    from: "who.role !== 'observer' && mayRead",
    to: 'mayRead',
    test: 'tests/server/access.test.ts',
    name: 'an observer’s write ends that connection',
  },
  {
    what: 'lines that nobody uses any more stay open',
    file: 'server/requests.ts',
    from: '> quietFor) return false',
    to: '> quietFor) return true',
    test: 'tests/server/line.test.ts',
    name: 'a line that nobody uses any more ends',
  },
  {
    what: 'Update never takes the newer version',
    file: 'client/worker/worker.ts',
    from: "if (data?.type === 'take-over') void worker.skipWaiting()",
    to: '',
    test: 'tests/browser/takeover.test.ts',
    name: 'Update exchanges the page at once',
  },
]

const root = fileURLToPath(new URL('..', import.meta.url))
const copy = mkdtempSync(join(tmpdir(), 'parley-breaks-'))
process.on('exit', () => rmSync(copy, { recursive: true, force: true }))

const { stdout } = spawnSync('git', ['ls-files', '-co', '--exclude-standard'], { cwd: root, encoding: 'utf8' })
for (const path of stdout.split('\n').filter((line) => line !== '')) {
  mkdirSync(dirname(join(copy, path)), { recursive: true })
  cpSync(join(root, path), join(copy, path))
}
symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))

console.log('Unbroken ...')
const whole = await run([...new Set(breaks.map(({ test }) => test))])
if (whole.code !== 0) {
  console.log(`${whole.output}\nWhat is unbroken is not green.`)
  process.exit(1)
}

const survived: string[] = []
for (const { what, file, from, to, test, name } of breaks) {
  const path = join(copy, file)
  const source = readFileSync(path, 'utf8')
  if (!source.includes(from)) throw new Error(`${file} has no ${JSON.stringify(from)} to break`)
  writeFileSync(
    path,
    source.replace(from, () => to),
  )
  const { code, output } = await run([test, '-t', name])
  writeFileSync(path, source)
  const red = code !== 0 && /\b[1-9]\d* failed/.test(output)
  const reason = /^(?:\w*Error|AssertionError): (.*)$/m.exec(output)?.[1] ?? 'no reason found'
  console.log(`${red ? 'red    ' : 'GREEN  '} ${what}\n        ${file} -> ${test}\n        ${reason.slice(0, 160)}`)
  if (!red) survived.push(what)
}
console.log(`${breaks.length - survived.length} of ${breaks.length} breaks were found`)
process.exit(survived.length === 0 ? 0 : 1)

async function run(args: readonly string[]): Promise<{ code: number | null; output: string }> {
  const env = { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0' }
  const child = spawn(process.execPath, ['tests/all.ts', ...args], {
    cwd: copy,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk))
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
  return { code, output }
}
