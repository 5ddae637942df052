import { deleteDB, openDB } from 'idb'
import * as Y from 'yjs'
import { EPOCH } from '../../shared/document/schema.ts'
import { type Backup, writeBackup } from './backup.ts'
import type { DeviceCopyInfo, Rows } from './device.ts'

/** A copy on this device that no link has open. */

export async function unsentIn(name: string): Promise<number> {
  return (await read(name)).edits
}

/** All that it holds, as one update. */
export async function stateIn(name: string): Promise<Uint8Array> {
  return (await read(name)).state
}

export async function backupOf(
  name: string,
  { meeting, document, person, name: called }: DeviceCopyInfo,
): Promise<Backup> {
  const { state, edits } = await read(name)
  return writeBackup({
    meeting,
    document,
    person: { id: person, name: called },
    epoch: EPOCH,
    at: Date.now(),
    edits,
    state,
  })
}

export async function deleteCopy(name: string): Promise<void> {
  await deleteDB(name)
}

async function read(name: string): Promise<{ state: Uint8Array; edits: number }> {
  const database = await openDB<Rows>(name)
  try {
    if (!database.objectStoreNames.contains('updates')) return { state: new Uint8Array([0, 0]), edits: 0 }
    const reading = database.transaction(['updates', 'visits'])
    const [updates, visits] = await Promise.all([
      reading.objectStore('updates').getAll(),
      reading.objectStore('visits').getAll(),
    ])
    const doc = new Y.Doc()
    for (const update of updates) Y.applyUpdate(doc, update)
    const state = Y.encodeStateAsUpdate(doc)
    doc.destroy()
    return { state, edits: visits.reduce((sum, visit) => sum + Math.max(0, visit.made - visit.committed), 0) }
  } finally {
    database.close()
  }
}
