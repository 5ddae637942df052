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
    file: 'server/room/committer.ts',
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
    what: 'the device is said to keep what it has not written',
    file: 'client/sync/device/state.ts',
    from: "return isOwn(from) ? rested : keeping(rested, 'stored')",
    to: "return keeping(rested, 'stored')",
    test: 'tests/sync/device/state.test.ts',
    name: 'what comes in during a write goes into the next',
  },
  {
    what: 'what the device could not write is forgotten with what it could',
    file: 'client/sync/device/state.ts',
    from: 'from.pending.slice(pending.length)',
    to: '[]',
    test: 'tests/sync/device/device.test.ts',
    name: 'P1, P3: whatever fails in whatever order',
  },
  {
    what: 'each tab counts its own edits alone',
    file: 'client/sync/device/unsaved.ts',
    from: 'return unsaved.made - unsaved.committed + elsewhere(unsaved)',
    to: 'return unsaved.made - unsaved.committed',
    test: 'tests/sync/device/device.test.ts',
    name: 'P1: two tabs count what waits once',
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
    file: 'shared/wire/merge.ts',
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
    file: 'server/sync/connection.ts',
    from: "if (verdict.status === 'refused') close",
    to: "if (verdict.status === 'refused' && verdict.code !== 4400) close",
    test: 'tests/server/fuzz.test.ts',
    name: 'hostile frames of every kind',
  },
  {
    what: 'of many updates one in sixty-five is left out',
    file: 'shared/wire/merge.ts',
    from: 'i += widest)',
    to: 'i += widest + 1)',
    test: 'tests/server/replay.test.ts',
    name: 'an afternoon of writing by three people',
  },
  {
    what: 'something reads a file outside of the repository',
    file: 'server/process/config.ts',
    from: 'export',
    to: `export const outside = new URL('${'../'.repeat(3)}elsewhere/data.json', import.meta.url)\n\nexport`,
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
    file: 'server/sync/requests.ts',
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
  {
    what: 'a failing disk counts as having committed',
    file: 'server/room/committer.ts',
    from: 'const rows = await storage.append(edits)',
    to: 'const rows = await storage.append(edits).catch(() => edits.map((_, index) => index as RowKey))',
    test: 'tests/server/unit/room.test.ts',
    name: 'P3: while the disk fails',
  },
  {
    what: 'a commit does not wait for the disk',
    file: 'server/storage/sqlite/database.ts',
    from: 'synchronous = FULL',
    to: 'synchronous = OFF',
    test: 'tests/server/unit/sqlite.test.ts',
    name: 'P1: a commit has reached the disk',
  },
  {
    what: 'what comes during a commit is committed beside it',
    file: 'server/room/committer.ts',
    from: '    running = commit(batch)',
    to: '    void (running ?? commit(batch))',
    test: 'tests/server/unit/committer.test.ts',
    name: 'P2: what comes while a commit',
  },
  {
    what: 'a writer hears that it is saved before the commit',
    file: 'server/room/room.ts',
    from: 'if (seat.last <= done && !isJudged(seat)) return seat.send(frame)',
    to: 'return seat.send(frame)',
    test: 'tests/server/unit/room.test.ts',
    name: 'P2: nobody is sent',
  },
  {
    what: 'a room is loaded for each who asks',
    file: 'server/room/rooms.ts',
    from: '    rooms.set(name, entry)\n',
    to: '',
    test: 'tests/server/unit/rooms.test.ts',
    name: 'P3: however many ask',
  },
  {
    what: 'a room is let go with edits that are not committed',
    file: 'server/room/rooms.ts',
    from: 'return seats === 0 && uncommitted === 0',
    to: 'return seats === 0',
    test: 'tests/server/unit/rooms.test.ts',
    name: 'P3: a room is not let go',
  },
  {
    what: 'what is not committed is folded into the base',
    file: 'server/room/room.ts',
    from: 'storage.fold(key, bytes.whole(), folded)',
    to: 'storage.fold(key, merge([bytes.whole(), ...underway.map((edit) => edit.bytes)]), folded)',
    test: 'tests/server/unit/room.test.ts',
    name: 'P3: folding',
  },
  {
    what: 'the log holds something else than what came',
    file: 'server/room/room.ts',
    from: 'bytes: copy, ...by',
    to: 'bytes: merge([...underway.map((edit) => edit.bytes), copy]), ...by',
    test: 'tests/server/unit/room.test.ts',
    name: 'P4: the log holds',
  },
  {
    what: 'a person may send as much on each connection as on all',
    file: 'server/sync/connection.ts',
    from: ' || !allows(shared, size, time)',
    to: '',
    test: 'tests/server/unit/connection.test.ts',
    name: 'P5: what ends a connection',
  },
  {
    what: 'a promise that is rejected in a timer ends the process',
    file: 'server/process/guard.ts',
    from: 'if (result instanceof Promise) result.catch(failed)',
    to: '',
    test: 'tests/server/unit/guard.test.ts',
    name: 'P5: what rejects later',
  },
  {
    what: 'who is revoked while a room is loaded comes in',
    file: 'server/sync/gateway.ts',
    from: '    await review([open])\n',
    to: '',
    test: 'tests/server/unit/gateway.test.ts',
    name: 'P6: who is revoked while',
  },
  {
    what: 'a server that goes away hears whoever has just come',
    file: 'server/sync/gateway.ts',
    from: 'else if (!closing) opening.resume()',
    to: 'else opening.resume()',
    test: 'tests/server/unit/gateway.test.ts',
    name: 'P1: a server that goes away',
  },
  {
    what: 'client ids are nobody’s once their writer has left',
    file: 'server/room/room.ts',
    from: 'owners.get(client) ?? (held',
    to: 'undefined ?? (held',
    test: 'tests/server/unit/room.test.ts',
    name: 'P7: a client id under which',
  },
  {
    what: 'the log does not say who has written',
    file: 'server/room/room.ts',
    from: '{ person: seat.member.person, session: seat.session }',
    to: '{ person: nobody, session: seat.session }',
    test: 'tests/server/unit/room.test.ts',
    name: 'P7: each edit',
  },
  {
    what: 'people are who they say they are',
    file: 'server/room/presence.ts',
    from: 'const state = stateOf(by.member, said)',
    to: 'const state = JSON.stringify(said)',
    test: 'tests/server/unit/presence.test.ts',
    name: 'P7: who somebody is',
  },
  {
    what: 'the history of a document stays in memory',
    file: 'server/room/bytes.ts',
    from: 'if (isLight()) compactHere()\n      else whole()',
    to: 'whole()',
    test: 'tests/server/unit/room.test.ts',
    name: 'P9: an hour of typing',
  },
  {
    what: 'a room stays when its last guest has left',
    file: 'server/sync/gateway.ts',
    from: '          rooms.left(meeting, document)\n          ended(code)',
    to: '          ended(code)',
    test: 'tests/server/unit/gateway.test.ts',
    name: 'P9: when the last has gone',
  },
  {
    what: 'a folder is served whatever it has lost',
    file: 'server/storage/sqlite/folder.ts',
    from: '  if (mark === null) return\n',
    to: '  if (mark !== undefined) return\n',
    test: 'tests/server/damage.test.ts',
    name: 'where the write-ahead log is gone',
  },
  {
    what: 'a backup is verified without its hashes',
    file: 'server/storage/sqlite/content.ts',
    from: '    hash.update(bytes)\n',
    to: '',
    test: 'tests/server/backup.test.ts',
    name: '200 damaged backups',
  },
  {
    what: 'one observer who does not read takes all memory',
    file: 'server/sync/backlog.ts',
    from: "return more === 0 ? null : quotas.add('waiting', one.member, more)",
    to: 'return null',
    test: 'tests/server/unit/backlog.test.ts',
    name: 'of the lines of a person',
  },
  {
    what: 'a flood over a link keeps its delegation from typing',
    file: 'server/sync/connection.ts',
    from: 'if (!shared.modest.log.take(bytes, steady()) && quotas',
    to: 'if (quotas',
    test: 'tests/server/unit/connection.test.ts',
    name: 'what somebody types is taken',
  },
  {
    what: 'one meeting’s PDF delays the calendars of all others',
    file: 'server/render/pool.ts',
    from: "const line = job.format === 'pdf' ? typesetting : printing",
    to: 'const line = typesetting',
    test: 'tests/server/exports.hostile.test.ts',
    name: 'holds up no copy',
  },
  {
    what: 'a frame is heard with the rights of a moment ago',
    file: 'server/sync/connection.ts',
    from: 'else if (touches && rights.doubtful()) wait([step])',
    to: '',
    test: 'tests/server/who.test.ts',
    name: 'are noticed before the next frame',
  },
  {
    what: 'two people may look the same',
    file: 'server/storage/sqlite/members.ts',
    from: "if (taken !== undefined) return { status: 'taken' }",
    to: '',
    test: 'tests/server/who.test.ts',
    name: 'whoever types a colleague',
  },
  {
    what: 'whoever comes in has the session that somebody else knows',
    file: 'server/http/sessions.ts',
    from: 'const secret = newSecret()\n    const session',
    to: 'const secret = known ?? newSecret()\n    const session',
    test: 'tests/server/who.test.ts',
    name: 'that somebody has planted',
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
