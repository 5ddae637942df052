import type * as Y from 'yjs'
import type { Base, KeptBase } from './base.ts'

/** A time in which edits wait for the server. What both had before them is kept on the device, to merge against later. */
export interface Spell {
  /** To be called whenever edits have been made or covered. */
  counted(unsaved: number, status: string): void
  /** It may be long until the edits that wait meet what others do: from now on the device knows what both had. */
  keep(): void
  /** Edits have met what others did: what both had before is another now. */
  met(): void
  stop(): void
}

export function createSpell(options: {
  base: Base
  doc: Y.Doc
  unsaved: () => number
  /** Keeps it on the device. */
  store: (base: KeptBase) => void
  now: () => number
  /** After so long edits begin a spell, ms. */
  pause: number
}): Spell {
  const { base, doc, unsaved, store, now, pause } = options
  /** The base is on the device. */
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
    met() {
      kept = false
    },
    stop,
  }
}
