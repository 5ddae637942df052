import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { Quotas } from '../access/quota.ts'

/** Metrics for the operator. Counts and sizes only: no content and no names. */
export interface Metrics {
  readonly registry: Registry
  committed(edits: number, milliseconds: number): void
  commitFailed(): void
  damaged(outcome: 'rebuilt' | 'lost'): void
  opened(): void
  ended(code: number): void
}

export interface Sources {
  readonly connections: () => number
  readonly rooms: () => { readonly rooms: number; readonly bytes: number }
  /** Uncommitted bytes. */
  readonly waiting: () => number
  readonly failing: () => boolean
  readonly quotas: Pick<Quotas, 'use' | 'denials'>
}

export function createMetrics({ connections, rooms, waiting, failing, quotas }: Sources): Metrics {
  const registry = new Registry()
  const registers = [registry]
  const gauge = (name: string, help: string, value: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(value())
      },
    })
  gauge('parley_connections', 'Open connections.', connections)
  gauge('parley_rooms', 'Open documents.', () => rooms().rooms)
  gauge('parley_room_bytes', 'Bytes of the open documents.', () => rooms().bytes)
  gauge('parley_uncommitted_bytes', 'Bytes of edits that are not yet committed.', waiting)
  gauge('parley_commit_failing', '1 while commits fail.', () => (failing() ? 1 : 0))
  gauge('process_resident_memory_bytes', 'Resident memory.', () => process.memoryUsage.rss())
  gauge('nodejs_heap_size_used_bytes', 'Heap in use.', () => process.memoryUsage().heapUsed)
  new Counter({
    name: 'process_cpu_seconds_total',
    help: 'User and system CPU time.',
    registers,
    collect() {
      const { user, system } = process.cpuUsage()
      this.reset()
      this.inc((user + system) / 1e6)
    },
  })

  new Gauge({
    name: 'parley_budget_used_percent',
    help: 'Highest use of a budget among the links, the meetings, the persons, or of the server.',
    labelNames: ['kind', 'owner'],
    registers,
    collect() {
      for (const { kind, owner, percent } of quotas.use()) this.set({ kind, owner }, percent)
    },
  })
  new Counter({
    name: 'parley_budget_denials_total',
    help: 'What a budget did not allow.',
    labelNames: ['kind', 'owner'],
    registers,
    collect() {
      this.reset()
      for (const { kind, owner, count } of quotas.denials()) this.inc({ kind, owner }, count)
    },
  })
  const edits = new Counter({ name: 'parley_edits_total', help: 'Committed edits.', registers })
  const failures = new Counter({ name: 'parley_commit_failures_total', help: 'Failed attempts to commit.', registers })
  const damages = new Counter({
    name: 'parley_documents_damaged_total',
    help: 'Damaged documents that were asked for: rebuilt from their log, or refused.',
    labelNames: ['outcome'],
    registers,
  })
  const openings = new Counter({ name: 'parley_connections_total', help: 'Connections opened.', registers })
  const endings = new Counter({
    name: 'parley_connections_ended_total',
    help: 'Connections ended or refused, by close code.',
    labelNames: ['code'],
    registers,
  })
  const commits = new Histogram({
    name: 'parley_commit_seconds',
    help: 'Time to make a commit durable.',
    buckets: [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 2],
    registers,
  })
  return {
    registry,
    committed(count, milliseconds) {
      edits.inc(count)
      commits.observe(milliseconds / 1000)
    },
    commitFailed: () => failures.inc(),
    damaged: (outcome) => damages.inc({ outcome }),
    opened: () => openings.inc(),
    // A peer may close with any number. Only our codes and the protocol's get a series.
    ended: (code) => endings.inc({ code: (code >= 1000 && code < 1016) || (code >= 4400 && code < 4500) ? code : 0 }),
  }
}
