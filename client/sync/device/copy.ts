import * as Y from 'yjs'
import { type Backup, writeBackup } from '../backup.ts'
import type { MergeBase } from '../mergebase.ts'
import { usualTiming } from '../timing.ts'
import { type Browser, thisBrowser } from './browser.ts'
import { copyName, type DeviceCopyInfo } from './copylist.ts'
import type { Database } from './database.ts'
import { inTime } from './timer.ts'
import { changesIn } from './unsaved.ts'

/** Reads a copy on this device that no link has open. Each function rejects if the browser does not answer in time. */

/** Rejects if there may be edits that cannot be counted. */
export async function unsentIn(copy: DeviceCopyInfo, browser?: Browser): Promise<number> {
  const { edits, unread } = await read(copy, browser)
  if (unread && edits === 0) throw new Error('Part of the copy cannot be read')
  return edits
}

/** All of it that can be read, as one update. */
export async function stateIn(copy: DeviceCopyInfo, browser?: Browser): Promise<Uint8Array> {
  return (await read(copy, browser)).state
}

/** Whether `state` contains all that the copy holds. */
export async function isWithin(copy: DeviceCopyInfo, state: Uint8Array, browser?: Browser): Promise<boolean> {
  const doc = new Y.Doc()
  try {
    Y.applyUpdate(doc, state)
    const before = Y.snapshot(doc)
    const { state: held, unread } = await read(copy, browser)
    Y.applyUpdate(doc, held)
    return !unread && Y.equalSnapshots(before, Y.snapshot(doc))
  } finally {
    doc.destroy()
  }
}

/** `at`: when the file is made. */
export async function backupOf(copy: DeviceCopyInfo, at: number, browser?: Browser): Promise<Backup> {
  const { state, base, edits, epoch } = await read(copy, browser)
  const { meeting, document, person, name } = copy
  return writeBackup({ meeting, document, person: { id: person, name }, epoch, at, edits, state, base })
}

interface Content {
  readonly state: Uint8Array
  readonly base: MergeBase | null
  /** The changes that the server may lack, as a person counts them. */
  readonly edits: number
  readonly epoch: number
  /** There is more that cannot be read. */
  readonly unread: boolean
}

async function read(copy: DeviceCopyInfo, { databases, timer } = thisBrowser()): Promise<Content> {
  const close = () => void coming.then((database) => database.close(), ignore)
  const coming = databases.open(copyName(copy), { blocking: close, terminated: close })
  try {
    return await inTime(coming.then(contentOf), usualTiming.deviceLost, timer)
  } finally {
    // A database that opens late must not block others.
    close()
  }
}

const ignore = () => {}

async function contentOf(database: Database): Promise<Content> {
  const { fresh, visits, epoch, base } = await database.read(null)
  return {
    ...wholeOf([...fresh.values()]),
    base,
    edits: visits.reduce((sum, [, visit]) => sum + changesIn(visit), 0),
    epoch,
  }
}

function wholeOf(updates: readonly Uint8Array[]): Pick<Content, 'state' | 'unread'> {
  const doc = new Y.Doc()
  let unread = false
  for (const update of updates) {
    try {
      Y.applyUpdate(doc, update)
    } catch {
      unread = true
    }
  }
  const state = Y.encodeStateAsUpdate(doc)
  doc.destroy()
  return { state, unread }
}
