import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type Committer, createCommitter, type Waiting } from '../../../server/room/committer.ts'
import type { Edit, RowKey } from '../../../server/storage/documents.ts'

/* The committer between rooms and a disk that a test holds in its hand. */

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const window = 32

interface Disk {
  status: 'well' | 'shut' | 'failing'
  readonly attempts: string[]
  open(status?: 'well' | 'failing'): Promise<void>
}

function setUp(observe?: { committed(): void; failed(): void }): { committer: Committer; disk: Disk; heard: string[] } {
  const heard: string[] = []
  let waiting: (() => void)[] = []
  let rows = 0
  const disk: Disk = {
    status: 'well',
    attempts: [],
    async open(status = 'well') {
      disk.status = status
      for (const go of waiting) go()
      waiting = []
      await vi.advanceTimersByTimeAsync(0)
    },
  }
  const committer = createCommitter({
    storage: {
      async append(edits) {
        disk.attempts.push(edits.map(nameOf).join(' '))
        if (disk.status === 'shut') await new Promise<void>((resolve) => waiting.push(resolve))
        if (disk.status === 'failing') throw new Error('no space left')
        rows += edits.length
        return edits.map((_, i) => (rows - edits.length + 1 + i) as RowKey)
      },
    },
    window,
    now: Date.now,
    steady: () => performance.now(),
    ...(observe === undefined ? {} : { observe }),
  })
  return { committer, disk, heard }
}

function roomCalled(name: string, heard: string[]): Waiting {
  return {
    committed: (edits, rows) =>
      heard.push(`${name}: ${edits.map((edit, i) => `${nameOf(edit)}=${rows[i]}`).join(' ')}`),
    failed: (error) => heard.push(`${name} failed: ${(error as Error).message}`),
  }
}

const edit = (name: string): Edit => ({ bytes: new TextEncoder().encode(name) }) as Edit
const nameOf = ({ bytes }: Edit) => new TextDecoder().decode(bytes)

test('P2: what several rooms bring within a window is one commit, of which each hears its own, once it is durable', async () => {
  const { committer, disk, heard } = setUp()
  const [a, b] = [roomCalled('a', heard), roomCalled('b', heard)]
  disk.status = 'shut'
  committer.add(a, edit('a1'))
  await vi.advanceTimersByTimeAsync(20)
  committer.add(b, edit('b1'))
  committer.add(a, edit('a2'))
  await vi.advanceTimersByTimeAsync(window - 20 - 1)
  expect(disk.attempts).toEqual([])
  await vi.advanceTimersByTimeAsync(1)
  expect([disk.attempts, heard, committer.waiting()]).toEqual([['a1 a2 b1'], [], 6])
  await disk.open()
  expect(heard).toEqual(['a: a1=1 a2=2', 'b: b1=3'])
  expect(committer.waiting()).toBe(0)
})

test('P2: what comes while a commit is on its way waits for the next one', async () => {
  const { committer, disk, heard } = setUp()
  const a = roomCalled('a', heard)
  disk.status = 'shut'
  committer.add(a, edit('a1'))
  await vi.advanceTimersByTimeAsync(window)
  committer.add(a, edit('a2'))
  await vi.advanceTimersByTimeAsync(window * 10)
  expect(disk.attempts).toEqual(['a1'])
  await disk.open()
  expect(heard).toEqual(['a: a1=1'])
  await vi.advanceTimersByTimeAsync(window)
  expect(heard).toEqual(['a: a1=1', 'a: a2=2'])
})

test('P3: while the disk fails nobody is told that anything is committed; the same is tried again, less and less often', async () => {
  const { committer, disk, heard } = setUp()
  const a = roomCalled('a', heard)
  disk.status = 'failing'
  committer.add(a, edit('a1'))
  await vi.advanceTimersByTimeAsync(window)
  const since = Date.now()
  const counts: number[] = []
  for (const pause of [50, 100, 200, 400, 800, 1600, 2000, 2000]) {
    await vi.advanceTimersByTimeAsync(pause - 1)
    counts.push(disk.attempts.length)
    await vi.advanceTimersByTimeAsync(1)
  }
  expect(counts).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
  expect(committer.state()).toEqual({ status: 'failing', since, reason: 'Error: no space left' })
  committer.add(a, edit('a2'))
  expect(heard).toEqual([])
  disk.status = 'well'
  await vi.advanceTimersByTimeAsync(2000 + window)
  expect(disk.attempts.slice(-2)).toEqual(['a1', 'a2'])
  expect([heard, committer.state()]).toEqual([['a: a1=1', 'a: a2=2'], { status: 'well' }])
})

test('P1: closed while the disk fails, it tells nobody that anything is committed, and tries no more', async () => {
  const { committer, disk, heard } = setUp()
  disk.status = 'failing'
  committer.add(roomCalled('a', heard), edit('a1'))
  await vi.advanceTimersByTimeAsync(window)
  committer.close()
  disk.status = 'well'
  await vi.advanceTimersByTimeAsync(10_000)
  expect([disk.attempts, heard, vi.getTimerCount()]).toEqual([['a1'], [], 0])
})

test('P1: nor when it is closed in the midst of an attempt that then fails', async () => {
  const { committer, disk, heard } = setUp()
  disk.status = 'shut'
  committer.add(roomCalled('a', heard), edit('a1'))
  await vi.advanceTimersByTimeAsync(window)
  committer.close()
  await disk.open('failing')
  expect([heard, vi.getTimerCount()]).toEqual([[], 0])
})

test('P1: draining waits neither for the window nor for the next attempt, and settles when all is durable', async () => {
  const { committer, disk, heard } = setUp()
  const a = roomCalled('a', heard)
  disk.status = 'failing'
  committer.add(a, edit('a1'))
  await vi.advanceTimersByTimeAsync(window + 50 + 100)
  committer.add(a, edit('a2'))
  disk.status = 'well'
  await committer.drain()
  expect(heard).toEqual(['a: a1=1', 'a: a2=2'])
  expect([committer.waiting(), vi.getTimerCount()]).toEqual([0, 0])
})

test('P5: where one room throws as it hears of a commit, it is told so, and the others hear of theirs', async () => {
  const { committer, heard } = setUp()
  const broken = { ...roomCalled('broken', heard), committed: () => fail('a fault that a test makes') }
  committer.add(broken, edit('x1'))
  committer.add(roomCalled('b', heard), edit('b1'))
  await vi.advanceTimersByTimeAsync(window)
  expect(heard).toEqual(['broken failed: a fault that a test makes', 'b: b1=2'])
})

test('P1: what throws as it counts commits makes nothing be committed twice', async () => {
  const { committer, disk, heard } = setUp({ committed: () => fail('no metrics'), failed: () => {} })
  committer.add(roomCalled('a', heard), edit('a1'))
  await vi.advanceTimersByTimeAsync(10_000)
  expect([disk.attempts, heard]).toEqual([['a1'], ['a: a1=1']])
})

function fail(reason: string): never {
  throw new Error(reason)
}
