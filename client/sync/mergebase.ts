import * as Y from 'yjs'
import { emptyUpdate, merge } from '../../shared/wire/merge.ts'

/**
 * A merge of this device's edits with edits that others made meanwhile. All three states are whole Yjs states (V1): the
 * merge base (`base`), what this device had just before the merge (`mine`) and what the server had before it
 * (`theirs`). `since` is when both last had the same.
 */
export interface ConcurrentEdits {
  readonly at: number
  readonly since: number
  readonly base: Uint8Array
  readonly mine: Uint8Array
  readonly theirs: Uint8Array
}

/** A merge base as the device stores it. `heard`: when its newest update from the server came. */
export interface MergeBase {
  readonly state: Uint8Array
  readonly since: number
  readonly heard: number
}

/**
 * The merge base: all that the server has sent, and this device's own edits that it has acknowledged. Updates are
 * collected as bytes; nothing is encoded or merged until `state` is called or there are many.
 */
export interface MergeBaseKeeper {
  /** Loads the copy on this device. If it holds edits that wait, it is not the merge base; then `kept` is. */
  load(updates: readonly Uint8Array[], waiting: boolean, kept: MergeBase | null, at: number): void
  heard(update: Uint8Array, at: number): void
  edited(update: Uint8Array): void
  /** The first `edits` of this visit are acknowledged. */
  covered(edits: number): void
  /** The document is exactly what both have. */
  settle(doc: Y.Doc, at: number): void
  /** Null while it is not known. */
  state(): MergeBase | null
}

/** Above this many collected updates, or twice the bytes of the last whole state, one whole state replaces them. */
const longest = 1000
const leastBytes = 64 * 2 ** 10

export function createMergeBase(): MergeBaseKeeper {
  let parts: Uint8Array[] = []
  let bytes = 0
  let bound = leastBytes
  let known = true
  let since = 0
  let heard = 0
  /** Own edits that wait for an acknowledgement; the first of them is number `first`. */
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
        // The stored base has not been validated. With a second part beside it, `state` merges both, which reads it.
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
        // The stored base is damaged. Conflicts are not reported then; edits are still sent.
        console.error('What both had cannot be told', error)
        known = false
        return null
      }
      return { state: parts[0] as Uint8Array, since, heard }
    },
  }
}
