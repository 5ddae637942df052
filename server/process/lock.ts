import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/**
 * Locks a folder for one server, since two servers on the same documents would miss each other's edits. The lock is the
 * operating system's, so it ends with the process, however that ends. Null when another process holds it.
 */
export function lockFolder(folder: string): (() => void) | null {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const lock = new DatabaseSync(join(folder, 'serving.sqlite'))
  try {
    lock.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    lock.close()
    if (/locked|busy/i.test(String(error))) return null
    throw error
  }
  return () => lock.close()
}
