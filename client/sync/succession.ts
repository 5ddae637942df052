import * as Y from 'yjs'
import { type DeviceCopyInfo, supersede } from './device/copylist.ts'
import type { DeviceCopy } from './device/device.ts'

/** What becomes of a copy of which the document is another from now on. */
export interface Succession {
  /** What is here of these ids goes on under others, and the document begins anew with it. */
  reissue(from: ReadonlyMap<number, number>): Promise<void>
  /** Null until that has begun: how what is written here meanwhile is kept. */
  reissuing(): ((update: Uint8Array) => Uint8Array) | null
  /**
   * The server has another lineage of the document. As soon as this tab has nothing that is nowhere else, the copy is left as
   * it is, under its name, and another begins beside it. Tabs that share it go on writing to it until they are told the same.
   * Whoever is writing goes on until then; that it is refused is said only where this takes long.
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
  /** Keeps what both had before edits that wait. */
  keep: () => void
  /** Nothing can be kept, or it takes longer than `patience`, ms. */
  refuse: () => void
  patience: number
  /** Hears of every change of the device's state. */
  subscribe: (listener: () => void) => () => void
  /** The document is to be opened anew. */
  replaced: (rebuilt: boolean) => void
}): Succession {
  const { copy, doc, device, closed, drop, keep, refuse, patience, subscribe, replaced } = options
  let reissuing: ((update: Uint8Array) => Uint8Array) | null = null
  /** A rebuilt document has been found, and not been replaced yet. */
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
      // Where the device keeps nothing, what is here stays, unsaved.
      if (reissuing !== null || closed() || device.state().status === 'failing') return
      const mint = (client: number) => successor(client, device.secret())
      reissuing = (update) => reissued(update, from, mint)
      device.exchange(reissuing(Y.encodeStateAsUpdate(doc)), [...from.keys()].map(mint))
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
