import * as Y from 'yjs'
import { EPOCH } from '../../shared/document/schema.ts'
import { type Backup, writeBackup } from './backup.ts'
import { mergeAll } from './base.ts'
import { copyName, type DeviceCopyInfo } from './register.ts'
import { openRows, readRows } from './rows.ts'

/** A copy on this device that no link has open. */

export async function unsentIn(copy: DeviceCopyInfo): Promise<number> {
  return (await read(copy)).edits
}

/** All that it holds, as one update. */
export async function stateIn(copy: DeviceCopyInfo): Promise<Uint8Array> {
  return (await read(copy)).state
}

/** Whether all that it holds is in `state`. */
export async function isWithin(copy: DeviceCopyInfo, state: Uint8Array): Promise<boolean> {
  const doc = new Y.Doc()
  try {
    Y.applyUpdate(doc, state)
    const before = Y.snapshot(doc)
    Y.applyUpdate(doc, await stateIn(copy))
    return Y.equalSnapshots(before, Y.snapshot(doc))
  } finally {
    doc.destroy()
  }
}

export async function backupOf(copy: DeviceCopyInfo): Promise<Backup> {
  const { state, edits, epoch } = await read(copy)
  const { meeting, document, person, name } = copy
  return writeBackup({ meeting, document, person: { id: person, name }, epoch, at: Date.now(), edits, state })
}

async function read(copy: DeviceCopyInfo): Promise<{ state: Uint8Array; edits: number; epoch: number }> {
  const database = await openRows(copyName(copy), () => database.close())
  try {
    const { fresh, entries, epoch } = await readRows(database, null)
    return {
      state: wholeOf([...fresh.values()]),
      edits: entries.reduce((sum, [, visit]) => sum + Math.max(0, visit.made - visit.committed), 0),
      epoch: Math.max(epoch, EPOCH),
    }
  } finally {
    database.close()
  }
}

/** As Yjs would write it; where it cannot, one row after the other. */
function wholeOf(updates: readonly Uint8Array[]): Uint8Array {
  const doc = new Y.Doc()
  try {
    for (const update of updates) Y.applyUpdate(doc, update)
    return Y.encodeStateAsUpdate(doc)
  } catch {
    return mergeAll(updates)
  } finally {
    doc.destroy()
  }
}
