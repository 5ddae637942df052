import { after, guarded } from '../process/guard.ts'
import type { Documents, Edit, RowKey } from '../storage/documents.ts'

export interface Committer {
  /** Adds an edit to the next commit. `room` is told once, when all its edits in that commit are durable. */
  add(room: Waiting, edit: Edit): void
  /** Commits without waiting for the window, and settles when nothing is left. */
  drain(): Promise<void>
  state(): CommitState
  /** Bytes that are not yet committed. */
  waiting(): number
  close(): void
}

export interface Waiting {
  /** These edits of the room, in the order they were added, are durable. */
  committed(edits: readonly Edit[], rows: readonly RowKey[]): void
  /** `committed` has thrown. */
  failed(error: unknown): void
}

export type CommitState =
  | { readonly status: 'well' }
  | { readonly status: 'failing'; readonly since: number; readonly reason: string }

export interface CommitterOptions {
  readonly storage: Pick<Documents, 'append'>
  /** How long the first edit waits for others, ms. */
  readonly window: number
  readonly now: () => number
  /** Monotonic, ms. */
  readonly steady: () => number
  readonly observe?: {
    committed(edits: number, milliseconds: number): void
    failed(error: unknown): void
  }
}

/** Pause between attempts of a failing commit, ms. It doubles each time. */
const firstPause = 50
const longestPause = 2000

/**
 * Commits for all rooms together: the edits that arrive within a window are committed in one transaction, and nobody
 * hears of them before. A failing commit is retried until it succeeds; its edits stay first.
 */
export function createCommitter({ storage, window, now, steady, observe }: CommitterOptions): Committer {
  let next = new Map<Waiting, Edit[]>()
  let bytes = 0
  let timer: NodeJS.Timeout | null = null
  let running: Promise<void> | null = null
  let state: CommitState = { status: 'well' }
  let closed = false
  let wake: (() => void) | null = null

  const failed = (error: unknown) => observe?.failed(error)
  /** Guarded because a throw here would make `append` commit the same edits again. */
  const observed = guarded((edits: number, milliseconds: number) => observe?.committed(edits, milliseconds), failed)
  const schedule = () => {
    if (timer !== null || running !== null || next.size === 0 || closed) return
    timer = after(window, start, failed)
  }
  const start = () => {
    if (timer !== null) clearTimeout(timer)
    timer = null
    if (running !== null || next.size === 0) return
    const batch = next
    next = new Map()
    const lost = (error: unknown) => {
      for (const room of batch.keys()) room.failed(error)
    }
    running = commit(batch)
      .catch(lost)
      .finally(() => {
        running = null
        schedule()
      })
  }
  const commit = async (batch: ReadonlyMap<Waiting, readonly Edit[]>) => {
    const all = [...batch.values()].flat()
    const rows = await append(all)
    if (rows === null) return
    for (const edit of all) bytes -= edit.bytes.length
    let at = 0
    for (const [room, edits] of batch) {
      const own = rows.slice(at, at + edits.length)
      const stored = own.filter((row) => row !== null)
      // A room that has failed acknowledges nothing any more, but is told that it has nothing left to wait for.
      if (stored.length < own.length) room.failed(new Error('edits have come for a meeting that has been deleted'))
      // If one room throws, the others still learn that their edits are committed.
      guarded(room.committed, room.failed)(edits, stored)
      at += edits.length
    }
  }
  /** Null only when closed while commits fail. */
  const append = async (edits: readonly Edit[]): Promise<readonly (RowKey | null)[] | null> => {
    for (let pause = firstPause; ; pause = Math.min(pause * 2, longestPause)) {
      const began = steady()
      try {
        const rows = await storage.append(edits)
        state = { status: 'well' }
        observed(edits.length, steady() - began)
        return rows
      } catch (error) {
        if (state.status === 'well') state = { status: 'failing', since: now(), reason: String(error) }
        failed(error)
      }
      if (closed) return null
      await new Promise<void>((resolve) => {
        const retry = after(pause, resolve, failed)
        wake = () => {
          clearTimeout(retry)
          resolve()
        }
      })
      wake = null
      if (closed) return null
    }
  }

  return {
    add(room, edit) {
      const edits = next.get(room)
      if (edits === undefined) next.set(room, [edit])
      else edits.push(edit)
      bytes += edit.bytes.length
      schedule()
    },
    async drain() {
      while (running !== null || next.size > 0) {
        start()
        wake?.()
        await running
      }
    },
    state: () => state,
    waiting: () => bytes,
    close() {
      closed = true
      if (timer !== null) clearTimeout(timer)
      wake?.()
    },
  }
}
