import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))

function linesOf(folder: string): { readonly path: string; readonly line: string }[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name))
    .map((name) => `${folder}/${name}`)
    .flatMap((path) =>
      readFileSync(join(root, path), 'utf8')
        .split('\n')
        .filter((line) => !/^\s*(\/\/|\/?\*)/.test(line))
        .map((line) => ({ path, line })),
    )
}

/** Where the clock that somebody may set is read: for what is stored, shown or made out to a person. */
const read: readonly string[] = [
  // As an argument of what is told the time.
  ...['server/cli/cli.ts', 'server/process/dev.ts', 'server/process/sample.ts', 'server/process/server.ts'],
  ...[
    'client/inspector/inspector.tsx',
    'client/sync/link.ts',
    'client/sync/transport.ts',
    'client/store/changes.ts',
    'client/store/devicedata.ts',
    'client/store/leaving.ts',
  ],
  // Beside the other clock.
  'client/store/attention.ts',
  // The first day that is suggested for a new meeting.
  'client/views/creating/NewMeeting.tsx',
  // When a file was made, and what time it is.
  ...['client/views/shell/now.ts', 'client/views/outline/DayDialog.tsx', 'client/views/export/ExportDialog.tsx'],
  ...[
    'client/views/people/InviteDialog.tsx',
    'client/views/people/Limits.tsx',
    'client/views/export/Subscriptions.tsx',
  ],
]

test('the clock that somebody may set is read only for moments that are stored or shown', () => {
  const found = ['server', 'client', 'shared']
    .flatMap(linesOf)
    .filter(({ line }) => /\bDate\.now\b|\bnew Date\(\)|\bgetUnixTime\b/.test(line))
  expect([...new Set(found.map(({ path }) => path))].sort()).toEqual([...read].sort())
})

test('P5: no connection and no limit of the server is given that clock', () => {
  const connections = /^server\/(sync\/\w+|room\/pace|http\/requestcounts)\.ts$/
  const found = linesOf('server').filter(({ path, line }) => {
    return /\bnow\(\)/.test(line) && (connections.test(path) || /createPaces?\(|\.take\(/.test(line))
  })
  expect(found).toEqual([])
  expect(linesOf('server').filter(({ path }) => connections.test(path)).length).toBeGreaterThan(100)
})
