import type { Edit, RowKey, Storage } from './storage/storage.ts'

export interface Committer {
  /** Puts an edit into the next commit. `room` is told once, when all its edits of that commit are durable. */
  add(room: Waiting, edit: Edit): void
  /** Commits what is there without waiting for the window, and settles when nothing is left. */
  drain(): Promise<void>
  state(): CommitState
  /** Bytes that are not yet committed. */
  waiting(): number
  close(): void
}

export interface Waiting {
  /** The edits of this room, in the order of adding, are durable. */
  committed(edits: readonly Edit[], rows: readonly RowKey[]): void
}

export type CommitState =
  | { readonly status: 'well' }
  | { readonly status: 'failing'; readonly since: number; readonly reason: string }

export interface CommitterOptions {
  readonly storage: Pick<Storage, 'append'>
  /** How long the first edit waits for company, ms. */
  readonly window: number
  readonly now: () => number
  readonly observe?: {
    committed(edits: number, milliseconds: number): void
    failed(error: unknown): void
  }
}

/** Between two attempts of a failing commit, ms: doubling. */
const firstPause = 50
const longestPause = 2000

/**
 * One commit for all rooms: the edits that arrive within a window go to the disk in one transaction, and only then does
 * anybody hear of them. A failing commit is tried again until it succeeds; its edits stay in front.
 */
export function createCommitter({ storage, window, now, observe }: CommitterOptions): Committer {
  let next = new Map<Waiting, Edit[]>()
  let bytes = 0
  let timer: NodeJS.Timeout | null = null
  let running: Promise<void> | null = null
  let state: CommitState = { status: 'well' }
  let closed = false
  let wake: (() => void) | null = null

  const schedule = () => {
    if (timer !== null || running !== null || next.size === 0 || closed) return
    timer = setTimeout(start, window)
  }
  const start = () => {
    if (timer !== null) clearTimeout(timer)
    timer = null
    if (running !== null || next.size === 0) return
    running = commit().finally(() => {
      running = null
      schedule()
    })
  }
  const commit = async () => {
    const batch = next
    next = new Map()
    const rows = await append([...batch.values()].flat())
    if (rows === null) return
    let at = 0
    for (const [room, edits] of batch) {
      for (const edit of edits) bytes -= edit.bytes.length
      room.committed(edits, rows.slice(at, at + edits.length))
      at += edits.length
    }
  }
  /** Null only when closed in the midst of a failure. */
  const append = async (edits: readonly Edit[]): Promise<readonly RowKey[] | null> => {
    for (let pause = firstPause; ; pause = Math.min(pause * 2, longestPause)) {
      const began = now()
      try {
        const rows = await storage.append(edits)
        state = { status: 'well' }
        observe?.committed(edits.length, now() - began)
        return rows
      } catch (error) {
        if (state.status === 'well') state = { status: 'failing', since: now(), reason: String(error) }
        observe?.failed(error)
      }
      if (closed) return null
      await new Promise<void>((resolve) => {
        const retry = setTimeout(resolve, pause)
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
