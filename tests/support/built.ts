import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { root } from './server.ts'

const folder = join(root, 'tests', 'output', 'built')

/**
 * A folder that `build` has filled: made once for all workers of all runs, until something changes in the files that it is
 * made of. Nobody may write to it.
 */
export async function built(
  name: string,
  sources: readonly string[],
  build: (folder: string) => Promise<void>,
): Promise<string> {
  const place = join(folder, `${name}-${digest(sources)}`)
  if (existsSync(place)) return place
  mkdirSync(folder, { recursive: true })
  // The lock is the operating system's, so it goes with the process, however that ends.
  const lock = new DatabaseSync(join(folder, `${name}.lock`), { timeout: 120_000 })
  lock.exec('BEGIN EXCLUSIVE')
  const { NODE_ENV: before } = process.env
  process.env.NODE_ENV = 'production'
  try {
    if (existsSync(place)) return place
    for (const old of readdirSync(folder)) {
      if (old.startsWith(`${name}-`)) rmSync(join(folder, old), { recursive: true })
    }
    const draft = join(folder, `${name}-draft`)
    await build(draft)
    renameSync(draft, place)
    return place
  } finally {
    if (before === undefined) delete process.env.NODE_ENV
    else process.env.NODE_ENV = before
    lock.close()
  }
}

function digest(sources: readonly string[]): string {
  const hash = createHash('sha256')
  const visit = (path: string) => {
    if (statSync(join(root, path)).isDirectory()) {
      for (const name of readdirSync(join(root, path)).sort()) visit(join(path, name))
    } else {
      hash.update(`${path}\n`).update(readFileSync(join(root, path)))
    }
  }
  for (const path of ['client', 'shared', 'package-lock.json', ...sources]) visit(path)
  return hash.digest('hex').slice(0, 16)
}
