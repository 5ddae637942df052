import * as Y from 'yjs'
import { commandOrigin } from './write.ts'

/** The undo history of a person's own edits, structure and prose together. */
export interface History {
  /** False when there was nothing of one's own to undo. */
  undo(): boolean
  redo(): boolean
  readonly canUndo: boolean
  readonly canRedo: boolean
  /** Ends the current step: what follows is undone separately. */
  boundary(): void
  /** Until the returned function is called, time ends no step; a boundary still does. */
  untimed(): () => void
  /** Adds an origin whose transactions count as one's own, such as the editor binding's. */
  track(origin: unknown): void
  subscribe(listener: () => void): () => void
  close(): void
}

/** Milliseconds. Typing within this time is one undo step. */
const captureTimeout = 500

/** The undo history of the person at `doc`. It never undoes others' edits or removes what they wrote. */
export function openHistory(doc: Y.Doc): History {
  const trackedOrigins = new Set<unknown>([commandOrigin])
  const manager = new Y.UndoManager(doc, {
    captureTimeout,
    trackedOrigins,
    deleteFilter: mayDelete,
    // The binding also makes transactions that change nothing. Counted as edits, they would empty the redo stack.
    captureTransaction: ({ changedParentTypes }) => changedParentTypes.size > 0,
  })
  const listeners = new Set<() => void>()
  const changed = () => {
    for (const listener of listeners) listener()
  }
  manager.on('stack-item-added', changed)
  manager.on('stack-item-popped', changed)
  manager.on('stack-cleared', changed)
  return {
    undo: () => manager.undo() !== null,
    redo: () => manager.redo() !== null,
    get canUndo() {
      return manager.canUndo()
    },
    get canRedo() {
      return manager.canRedo()
    },
    boundary: () => manager.stopCapturing(),
    untimed() {
      manager.stopCapturing()
      manager.captureTimeout = Number.POSITIVE_INFINITY
      return () => {
        manager.captureTimeout = captureTimeout
        manager.stopCapturing()
      }
    },
    track: (origin) => manager.addTrackedOrigin(origin),
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    close() {
      manager.destroy()
      listeners.clear()
    },
  }
}

/**
 * A paragraph that one person added and another wrote in stays when the addition is undone. The undo manager deletes
 * children before parents, so what is still inside is somebody else's.
 */
function mayDelete(item: Y.Item): boolean {
  const content = item.content
  if (!(content instanceof Y.ContentType)) return true
  const type = content.type
  if (type instanceof Y.XmlElement || type instanceof Y.XmlText) return type.length === 0
  return !(type instanceof Y.Map || type instanceof Y.XmlFragment)
}
