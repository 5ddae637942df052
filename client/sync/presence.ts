import * as encoding from 'lib0/encoding'
import { uint32 } from 'lib0/random'
import { Awareness, encodeAwarenessUpdate } from 'y-protocols/awareness'
import { messageAwareness } from 'y-websocket'
import * as Y from 'yjs'

/** The awareness of a document: who else is in it, and this client's own state. */
export interface DocumentPresence {
  readonly awareness: Awareness
  /** This client's awareness, as a frame. */
  frame(): Uint8Array
  /** Applies other clients' awareness with `read`. */
  hear(read: () => void): void
  /** Another connection is about to be opened. */
  reconnect(): void
  /** Somebody comes back to the document. */
  enter(): void
  leave(): void
  stop(): void
}

/** `pause`: between two renewals of this client's state, ms. */
export function openPresence(doc: Y.Doc, pause: number): DocumentPresence {
  const awareness = new Awareness(doc)
  // The built-in check goes by the wall clock: set forward by an hour, it would remove everybody.
  clearInterval(awareness._checkInterval)
  const renewing = setInterval(() => {
    const state = awareness.getLocalState()
    if (state !== null) awareness.setLocalState(state)
  }, pause)
  let connected = false

  /** Others have seen the old id, and it belongs to nobody until something is written under it. */
  function takeNewId() {
    const state = awareness.getLocalState()
    awareness.setLocalState(null)
    doc.clientID = uint32()
    awareness.clientID = doc.clientID
    awareness.setLocalState(state)
  }

  return {
    awareness,
    frame: () =>
      encoding.encode((encoder) => {
        encoding.writeVarUint(encoder, messageAwareness)
        encoding.writeVarUint8Array(encoder, encodeAwarenessUpdate(awareness, [doc.clientID]))
      }),
    hear(read) {
      const own = awareness.getLocalState()
      read()
      // Others must not change this client's own state.
      if (awareness.getLocalState() !== own) awareness.setLocalState(own)
    },
    reconnect() {
      if (connected && Y.getState(doc.store, doc.clientID) === 0) takeNewId()
      connected = true
      // The next server may have older awareness clocks, and a state with an older clock than the known one is ignored.
      for (const client of awareness.meta.keys()) if (client !== doc.clientID) awareness.meta.delete(client)
    },
    enter: () => awareness.setLocalState({}),
    leave: () => awareness.setLocalState(null),
    stop() {
      clearInterval(renewing)
      awareness.destroy()
    },
  }
}
