import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** What may do by itself what the guard does for the others, and why. */
const apart: Record<string, RegExp> = {
  // The guard.
  'server/process/guard.ts': /./,
  // The last resort.
  'server/process/serve.ts': /process\.on(ce)?\(|=> process\.exit\(faulty\), lastWait\)/,
  // The press guards what it starts, and the server what it opens.
  'server/render/pool.ts': /\bfork\(/,
  'server/process/server.ts': /\bcreateHttpServer\(/,
  // Processes of their own, which may end.
  'server/render/worker.ts': /./,
  'server/cli/command.ts': /./,
  'server/process/dev.ts': /./,
}

/** What the event loop calls by itself, and what has an 'error' that ends the process where nobody listens for it. */
const unguarded: Record<string, RegExp> = {
  // A socket's own time limit calls nothing but the socket's listeners.
  'a timer': /(?<!function |socket\.)\bset(Timeout|Interval|Immediate)\(|\bqueueMicrotask\(|\bnextTick\(/,
  // Yjs calls its listeners in the midst of what one asks of it.
  'a listener': /(?<!\bdoc)\.(on|once|addListener|prependListener|addEventListener)\(/,
  'a promise that goes on alone': /^\s*void\s/,
  'a process, a thread or a server': /\b(fork|spawn|execFile|createHttpServer|createConnection)\(|new Worker\(/,
}

const files = readdirSync(join(root, 'server'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => `server/${name}`)

/** A promise's own timers are awaited. */
function linesOf(path: string): string[] {
  const text = readFileSync(join(root, path), 'utf8')
  if (/from 'node:timers\/promises'/.test(text)) return text.replaceAll(/await (pause|setImmediate)\(/g, '').split('\n')
  return text.split('\n')
}

test.each(Object.entries(unguarded))('P5: %s stands nowhere in the server but behind its guard', (_what, pattern) => {
  const found = files.flatMap((path) =>
    linesOf(path)
      .filter((line) => pattern.test(line) && !/^\s*(\/\/|\/?\*)/.test(line) && !apart[path]?.test(line))
      .map((line) => `${path}: ${line.trim()}`),
  )
  expect(found).toEqual([])
})

test('each of them is found where it stands', () => {
  const lines = ['  timer = setTimeout(start, 5)', "  socket.on('close', closed)", '  void fold()', '  fork(file)']
  for (const [i, pattern] of Object.values(unguarded).entries()) expect(lines[i]).toMatch(pattern)
  expect(files.length).toBeGreaterThan(30)
})
