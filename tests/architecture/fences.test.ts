import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))

interface Room {
  /** The names of its folder or files; the first is the name of the room. */
  readonly names: readonly string[]
  readonly may: readonly string[]
}

/** The table of rooms in ARCHITECTURE.md: what each room may import. */
const rooms: readonly Room[] = readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8')
  .split('\n')
  .filter((line) => /^\| `(shared|client|server)\//.test(line))
  .map((line) => {
    const [room, , may] = line.split('|').slice(1, -1)
    const quoted = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].map((match) => match[1]!)
    return { names: quoted(room!), may: quoted(may!) }
  })

function files(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    return entry.isDirectory() ? files(path) : /\.tsx?$/.test(entry.name) ? [path] : []
  })
}

function roomOf(path: string): string | null {
  const file = path.replace(/\.tsx?$/, '')
  const room = rooms.find(({ names }) => names.some((name) => file === name || file.startsWith(`${name}/`)))
  return room?.names[0] ?? null
}

/** `import ... from 'x'`, `export ... from 'x'`, `import 'x'` and `import('x')`. */
const statement =
  /^(?:import|export)\b[^'"=;()]*?\bfrom\s*['"]([^'"]+)['"]|^import\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/gm

/** Rooms and packages that a file imports, types included. */
function importsOf(path: string): string[] {
  const text = readFileSync(join(root, path), 'utf8')
  const found = [...text.matchAll(statement)].map((match) => (match[1] ?? match[2] ?? match[3])!)
  // Style sheets belong to whoever shows them.
  const code = found.filter((name) => !name.endsWith('.css'))
  return code.map((name) => {
    if (name.startsWith('.')) {
      const target = normalize(join(dirname(path), name))
      return roomOf(target) ?? relative('.', target)
    }
    return name.startsWith('node:')
      ? 'node'
      : name
          .split('/')
          .slice(0, name.startsWith('@') ? 2 : 1)
          .join('/')
  })
}

const all = ['shared', 'server', 'client'].flatMap(files)

test('every file belongs to a room of ARCHITECTURE.md', () => {
  expect(all.filter((path) => roomOf(path) === null)).toEqual([])
  expect(all.length).toBeGreaterThan(20)
})

function allowed(name: string, { names, may }: Room): boolean {
  return (
    name === names[0] || may.some((one) => one === name || (one.endsWith('/*') && name.startsWith(one.slice(0, -1))))
  )
}

test.each(rooms.map((room) => [room.names[0]!, room] as const))('%s imports only what its room may', (name, room) => {
  const own = all.filter((path) => roomOf(path) === name)
  expect(own.length).toBeGreaterThan(0)
  const wrong = own.flatMap((path) =>
    importsOf(path)
      .filter((one) => !allowed(one, room))
      .map((one) => `${path} imports ${one}`),
  )
  expect(wrong).toEqual([])
})

/** Files that a file imports when it is loaded, types included. What is loaded later is another part of the program. */
function loadedWith(path: string): string[] {
  const text = readFileSync(join(root, path), 'utf8')
  return [...text.matchAll(statement)]
    .map((match) => match[1] ?? match[2])
    .filter((name) => name?.startsWith('.') && !name.endsWith('.css'))
    .map((name) => normalize(join(dirname(path), name!)))
}

/** The first circle that a walk from `path` finds, as a path that ends where it began. */
function circleFrom(path: string, way: readonly string[], done: Set<string>): readonly string[] | null {
  const at = way.indexOf(path)
  if (at >= 0) return [...way.slice(at), path]
  if (done.has(path)) return null
  for (const next of loadedWith(path)) {
    const circle = circleFrom(next, [...way, path], done)
    if (circle !== null) return circle
  }
  done.add(path)
  return null
}

test('no file imports itself by way of others', () => {
  const done = new Set<string>()
  for (const path of all) expect(circleFrom(path, [], done)).toBe(null)
  expect(done.size).toBe(all.length)
})

test('no file of the server lies outside of a folder but the entries', () => {
  expect(readdirSync(join(root, 'server')).filter((name) => /\.(ts|mjs)$/.test(name))).toEqual([
    'main.ts',
    'parley.mjs',
  ])
  expect(readdirSync(join(root, 'client/views')).filter((name) => name.includes('.'))).toEqual([])
})

/** Relative paths that lead out of the repository, as `file: path`, wherever code or configuration names one. */
function waysOut(): string[] {
  const skipped = new Set(['node_modules', 'dist', 'data', '.git', 'output'])
  const walk = (folder: string): string[] =>
    readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) return skipped.has(entry.name) ? [] : walk(path)
      return /\.(?:tsx?|mjs|js|json|css|html)$|^\.ci\/run$/.test(path) && entry.name !== 'package-lock.json'
        ? [path]
        : []
    })
  return walk('.').flatMap((path) => {
    const text = readFileSync(join(root, path), 'utf8')
    return [...text.matchAll(/(\$\{root\}\/?|\broot, ?')?((?:\.\.\/)+[\w@./-]*)/g)].flatMap(([, fromRoot, way]) => {
      const target = normalize(join(fromRoot === undefined ? dirname(path) : '.', way!))
      return target.startsWith('..') ? [`${path}: ${way}`] : []
    })
  })
}

test('nothing reaches for a file outside of the repository, but for recorded histories where they stand beside it', () => {
  expect(waysOut()).toEqual(['tests/support/history.ts: ../shared/data/'])
})
