import * as encoding from 'lib0/encoding'
import { uint32 } from 'lib0/random'
import { Awareness, encodeAwarenessUpdate } from 'y-protocols/awareness'
import { messageAwareness } from 'y-websocket'
import * as Y from 'yjs'

/** Who else is in a document, and what one says of oneself. */
export interface DocumentPresence {
  readonly awareness: Awareness
  /** Oneself, as a frame. */
  frame(): Uint8Array
  /** Reads what others have said of themselves. */
  hear(read: () => void): void
  /** Another connection is about to be opened. */
  reconnect(): void
  /** Somebody comes back to the document. */
  enter(): void
  leave(): void
  stop(): void
}

/** `pause`: between two signs that somebody is still here, ms. */
export function openPresence(doc: Y.Doc, pause: number): DocumentPresence {
  const awareness = new Awareness(doc)
  // It goes by the clock that somebody may set: an hour forward, and everybody is gone.
  clearInterval(awareness._checkInterval)
  const renewing = setInterval(() => {
    const state = awareness.getLocalState()
    if (state !== null) awareness.setLocalState(state)
  }, pause)
  let connected = false

  /** Others have seen the id, and it is nobody's until something is written under it. */
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
      // Nobody else says where one is oneself.
      if (awareness.getLocalState() !== own) awareness.setLocalState(own)
    },
    reconnect() {
      if (connected && Y.getState(doc.store, doc.clientID) === 0) takeNewId()
      connected = true
      // The next server's clock may be behind, and what is older than what is known of somebody passes for old.
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
