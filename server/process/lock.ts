import { mkdirSync, statSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { create, sqliteFile } from '../storage/sqlite/folder.ts'
import { ignoreErrors } from './guard.ts'

/**
 * Locks a folder for one server, since two servers on the same documents would miss each other's edits. Both locks are
 * the operating system's, so they end with the process, however that ends. Null when another process holds one.
 */
export function lockFolder(folder: string): (() => Promise<void>) | null {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const lock = new DatabaseSync(join(folder, 'serving.sqlite'))
  try {
    lock.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    lock.close()
    if (/locked|busy/i.test(String(error))) return null
    throw error
  }
  create(folder)
  const name = nameDatabase(sqliteFile(folder))
  if (name !== null && !name.listening) {
    lock.close()
    return null
  }
  return async () => {
    await new Promise<void>((resolve) => (name === null ? resolve() : name.close(() => resolve())))
    lock.close()
  }
}

/**
 * Linux: an abstract socket with the name of the database's inode. Unlike a lock file, nobody can delete it while the
 * database is there. It is seen within a network namespace; the lock file is seen in all containers on the machine.
 */
function nameDatabase(file: string): Server | null {
  if (process.platform !== 'linux') return null
  const { dev, ino } = statSync(file, { bigint: true })
  const server = createServer((socket) => socket.destroy())
  ignoreErrors(server)
  // Binding is immediate; whether it went well shows at once.
  server.listen(`\0parley ${dev} ${ino}`).unref()
  return server
}
