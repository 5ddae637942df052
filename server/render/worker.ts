import { Worker } from 'node:worker_threads'
import { termsOf } from '../../shared/export/formats.ts'
import type { Revisions } from '../../shared/export/revision.ts'
import type { Job, Print, Read, Reply } from './job.ts'
import type { Typesetter } from './pdf.ts'
import type { Printed } from './pool.ts'

// A job may block this thread. This worker thread ends the process when the server is gone.
new Worker(
  `const { ppid } = process; setInterval(() => { if (process.ppid !== ppid) process.kill(process.pid, 'SIGKILL') }, 500)`,
  {
    eval: true,
    execArgv: [],
  },
).unref()

/** A pool worker process: one reply per job. Libraries are loaded when first needed. */
process.on('message', (job: Job) => {
  void reply(job).then((answer) => process.send?.(answer))
})

async function reply(job: Job): Promise<Reply> {
  try {
    return { ok: true, value: await carryOut(job) }
  } catch (error) {
    const name = error instanceof Error ? error.name : ''
    const detail = error instanceof Error ? `${name}: ${error.message}` : String(error)
    return { ok: false, reason: name === 'TypesetterMissing' ? 'missing' : 'failed', detail }
  }
}

async function carryOut(job: Job): Promise<unknown> {
  switch (job.type) {
    case 'print':
      return print(job)
    case 'read':
      return read(job)
    case 'compact': {
      const { compact } = await import('../../shared/wire/sync.ts')
      return compact(job.updates)
    }
    case 'open': {
      const { merge } = await import('../../shared/wire/merge.ts')
      const { agendaOfUpdate } = await import('../../shared/document/read.ts')
      const { counted } = await import('../../shared/wire/yjs.ts')
      return counted(() => agendaOfUpdate(merge(job.updates)), mostSteps).result
    }
  }
}

/**
 * Documents that current servers accept take fewer steps. An older one is still read, within seconds: beyond the limit,
 * rivals for one place appear in arbitrary order, and of several values an arbitrary one.
 */
const mostSteps = 8_000_000

let typesetter: Typesetter | null = null
const encoder = new TextEncoder()

async function print({ format, revisions, ...job }: Print): Promise<Printed> {
  const { agenda, options, now: at } = job
  const { load } = termsOf(format)
  if (load === null) {
    const { toTypst } = await import('../../shared/export/typst.ts')
    typesetter ??= (await import('./pdf.ts')).openTypesetter()
    return { bytes: typesetter.pdf(toTypst(agenda, { ...options, at })) }
  }
  const before: Revisions = revisions === null ? {} : JSON.parse(revisions)
  const made = await (await load())({ ...job, revisions: before })
  return {
    bytes: typeof made.content === 'string' ? encoder.encode(made.content) : made.content,
    ...(made.revisions && { revisions: JSON.stringify({ ...before, ...made.revisions }) }),
  }
}

async function read({ name, bytes, language, zones, today }: Read): Promise<unknown> {
  const { readAgendaFile } = await import('../../shared/import/file.ts')
  const { newId } = await import('../access/ids.ts')
  return readAgendaFile({ name, bytes }, { language, zones, today, newId: newId })
}
