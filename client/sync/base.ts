import * as Y from 'yjs'
import { emptyUpdate, merge } from '../../shared/wire/merge.ts'

/**
 * What met when a device came back with edits of its own to a server where others had edited. Whole Yjs states (V1): what
 * both had when the connection went, what this device had just before it met the other's work, what the server had
 * without it. `since` is when both last had the same.
 */
export interface Met {
  readonly at: number
  readonly since: number
  readonly base: Uint8Array
  readonly mine: Uint8Array
  readonly theirs: Uint8Array
}

/** A base as the device keeps it. `heard`: when the server last said something that is in it. */
export interface KeptBase {
  readonly state: Uint8Array
  readonly since: number
  readonly heard: number
}

/**
 * What this device and the server both have: all that the server has said, and the own edits that it has acknowledged.
 * Only bytes are gathered; nothing is encoded or merged until somebody asks, or there are many.
 */
export interface Base {
  /** The copy on this device. With edits in it that wait for their echo, it is not what both have; then `kept` is. */
  load(updates: readonly Uint8Array[], waiting: boolean, kept: KeptBase | null, at: number): void
  heard(update: Uint8Array, at: number): void
  edited(update: Uint8Array): void
  /** The first `edits` of this visit are acknowledged. */
  covered(edits: number): void
  /** Both have just what the document holds. */
  settle(doc: Y.Doc, at: number): void
  /** Null while it is not known. */
  state(): KeptBase | null
}

/** Gathered updates are replaced by a whole state when there are so many, or twice as many bytes as the last had. */
const longest = 1000
const leastBytes = 64 * 2 ** 10

export function createBase(): Base {
  let parts: Uint8Array[] = []
  let bytes = 0
  let bound = leastBytes
  let known = true
  let since = 0
  let heard = 0
  /** Own edits that wait for their echo; the first of them is number `first`. */
  let waiting: Uint8Array[] = []
  let first = 1

  function add(update: Uint8Array) {
    parts.push(update)
    bytes += update.length
  }
  function replace(state: Uint8Array) {
    parts = [state]
    bytes = state.length
    bound = Math.max(leastBytes, bytes * 2)
  }

  return {
    load(updates, unsaved, kept, at) {
      since = Math.max(since, at)
      if (!unsaved) for (const update of updates) add(update)
      else if (kept !== null) {
        // Nobody has read it yet: beside another, it is read before it is handed on.
        add(emptyUpdate)
        add(kept.state)
        if (heard === 0) ({ since, heard } = kept)
      } else if (heard === 0) known = false
    },
    heard(update, at) {
      add(update)
      heard = at
    },
    edited(update) {
      waiting.push(update)
    },
    covered(edits) {
      const done = waiting.slice(0, Math.max(0, edits - first + 1))
      waiting = waiting.slice(done.length)
      first += done.length
      for (const update of done) add(update)
    },
    settle(doc, at) {
      since = at
      if (known && parts.length < longest && bytes < bound) return
      known = true
      replace(Y.encodeStateAsUpdate(doc))
    },
    state() {
      if (!known) return null
      try {
        if (parts.length !== 1) replace(merge(parts))
      } catch (error) {
        // What the device had kept is damaged. Nothing is said of a meeting then, and everything is sent.
        console.error('What both had cannot be told', error)
        known = false
        return null
      }
      return { state: parts[0] as Uint8Array, since, heard }
    },
  }
}
