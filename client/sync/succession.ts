import * as Y from 'yjs'
import { type DeviceCopyInfo, supersede } from './device/copylist.ts'
import type { DeviceCopy } from './device/device.ts'

/** Replaces the device's copy when the document goes on under new client ids, or in another lineage. */
export interface Succession {
  /** Moves what is here under these client ids to new ids; the document is then opened again. */
  reissue(from: ReadonlyMap<number, number>): Promise<void>
  /** Converts updates that are written meanwhile; null unless a reissue is under way. */
  reissuing(): ((update: Uint8Array) => Uint8Array) | null
  /**
   * The server has another lineage of the document. Once this tab's edits are stored, the copy is left untouched under
   * its name, and another begins beside it. Tabs that share the copy keep writing to it until they are told the same.
   * Editing continues until then; the refusal is shown only if this takes long.
   */
  renounce(): void
}

export function createSuccession(options: {
  copy: DeviceCopyInfo
  doc: Y.Doc
  device: DeviceCopy
  closed: () => boolean
  /** Ends the connection. */
  drop: () => void
  /** Stores the merge base of edits that wait. */
  keep: () => void
  /** Called when nothing can be stored, or it takes longer than `patience`, ms. */
  refuse: () => void
  patience: number
  /** Notifies of every change of the device's state. */
  subscribe: (listener: () => void) => () => void
  /** The document must be opened again. */
  replaced: (rebuilt: boolean) => void
}): Succession {
  const { copy, doc, device, closed, drop, keep, refuse, patience, subscribe, replaced } = options
  let reissuing: ((update: Uint8Array) => Uint8Array) | null = null
  /** The server's document was rebuilt, and the copy has not been replaced yet. */
  let renounced = false
  let stop = () => {}

  function refuseRebuilt() {
    if (!closed() && renounced) refuse()
  }
  function beginAnew() {
    const { status } = device.state()
    if (closed() || !renounced) return
    if (status !== 'stored' && device.unsaved() > 0) return status === 'failing' ? refuseRebuilt() : undefined
    renounced = false
    stop()
    if (supersede(copy) || status === 'failing') replaced(true)
  }

  return {
    async reissue(from) {
      if (reissuing !== null || closed()) return
      const { reissued, successor } = await import('./reissue.ts')
      // If the device stores nothing, the edits stay here, unsaved.
      if (reissuing !== null || closed() || device.state().status === 'failing') return
      const successorOf = (client: number) => successor(client, device.secret())
      reissuing = (update) => reissued(update, from, successorOf)
      device.exchange(reissuing(Y.encodeStateAsUpdate(doc)), [...from.keys()].map(successorOf))
      drop()
      const stopWaiting = device.subscribe(() => {
        if (device.state().status !== 'stored') return
        stopWaiting()
        replaced(false)
      })
    },
    reissuing: () => reissuing,
    renounce() {
      if (renounced) return
      renounced = true
      keep()
      setTimeout(refuseRebuilt, patience)
      void device.tried.then(() => {
        stop = subscribe(beginAnew)
        beginAnew()
      })
    },
  }
}
