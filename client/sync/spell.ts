import type * as Y from 'yjs'
import type { MergeBase, MergeBaseKeeper } from './mergebase.ts'

/** A period in which edits wait for the server. The device stores the merge base from before them. */
export interface Spell {
  /** Must be called whenever edits are made or acknowledged. */
  counted(unsaved: number, status: string): void
  /** Stores the merge base now: it may be long until the waiting edits are merged with what others do. */
  keep(): void
  /** Edits were merged with what others did: there is another merge base now. */
  caughtUp(): void
  stop(): void
}

export function createSpell(options: {
  base: MergeBaseKeeper
  doc: Y.Doc
  unsaved: () => number
  /** Stores the merge base on the device. */
  store: (base: MergeBase) => void
  now: () => number
  /** Edits that wait this long begin a spell, ms. */
  pause: number
}): Spell {
  const { base, doc, unsaved, store, now, pause } = options
  /** The merge base is on the device. */
  let kept = false
  let timer: ReturnType<typeof setTimeout> | undefined

  function stop() {
    clearTimeout(timer)
    timer = undefined
  }
  function keep() {
    stop()
    const state = kept || unsaved() === 0 ? null : base.state()
    if (state === null) return
    kept = true
    store(state)
  }
  return {
    counted(edits, status) {
      if (edits === 0) {
        stop()
        kept = false
        if (status === 'live') base.settle(doc, now())
      } else if (!kept && status === 'offline') keep()
      else if (!kept) timer ??= setTimeout(keep, pause)
    },
    keep,
    caughtUp() {
      kept = false
    },
    stop,
  }
}
