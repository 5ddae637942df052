import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** The table of rooms in ARCHITECTURE.md: what each room may import. */
const rooms = new Map(
  readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8')
    .split('\n')
    .filter((line) => /^\| `(shared|client|server)\//.test(line))
    .map((line) => {
      const [room, , may] = line.split('|').slice(1, -1)
      const names = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].map((match) => match[1]!)
      return [names(room!)[0]!, new Set(names(may!))] as const
    }),
)

function files(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    return entry.isDirectory() ? files(path) : /\.tsx?$/.test(entry.name) ? [path] : []
  })
}

function roomOf(path: string): string | null {
  const file = path.replace(/\.tsx?$/, '')
  const names = [...rooms.keys()].filter((room) => file === room || file.startsWith(`${room}/`))
  return names.sort((a, b) => b.length - a.length)[0] ?? null
}

/** Rooms and packages that a file imports, types included. */
function importsOf(path: string): string[] {
  const text = readFileSync(join(root, path), 'utf8')
  const found = [...text.matchAll(/(?:from|import)\s*\(?\s*['"]([^'"]+)['"]/g)].map((match) => match[1]!)
  return found.map((name) => {
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

test.each([...rooms.keys()])('%s imports only what its room may', (room) => {
  const may = rooms.get(room)!
  const wrong = all
    .filter((path) => roomOf(path) === room)
    .flatMap((path) => {
      const beyond = importsOf(path).filter(
        (name) =>
          name !== room &&
          !may.has(name) &&
          ![...may].some((one) => one.endsWith('/*') && name.startsWith(one.slice(0, -1))),
      )
      return beyond.map((name) => `${path} imports ${name}`)
    })
  expect(wrong).toEqual([])
})
