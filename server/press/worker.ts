import { Worker } from 'node:worker_threads'
import type { Job, Print, Read, Reply } from './job.ts'
import type { Typesetter } from './pdf.ts'
import type { Printed } from './press.ts'

// A job may hold this thread for as long as it likes; the other one ends the process when the server is gone.
new Worker(
  `const { ppid } = process; setInterval(() => { if (process.ppid !== ppid) process.kill(process.pid, 'SIGKILL') }, 500)`,
  {
    eval: true,
    execArgv: [],
  },
).unref()

/** The process of a press: one job, one reply. Libraries come in when they are first wanted. */
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
      const { merge } = await import('../../shared/wire/sync.ts')
      const { agendaOfUpdate } = await import('../../shared/document/read.ts')
      return agendaOfUpdate(merge(job.updates))
    }
  }
}

let typesetter: Typesetter | null = null
const encoder = new TextEncoder()

async function print({ format, agenda, options, meeting, link, revisions, now }: Print): Promise<Printed> {
  switch (format) {
    case 'json': {
      const { toJson } = await import('../../shared/export/json.ts')
      return { bytes: encoder.encode(toJson(agenda)) }
    }
    case 'md': {
      const { toMarkdown } = await import('../../shared/export/markdown.ts')
      return { bytes: encoder.encode(toMarkdown(agenda, options)) }
    }
    case 'html': {
      const { toHtml } = await import('../../shared/export/html.ts')
      return { bytes: encoder.encode(toHtml(agenda, options)) }
    }
    case 'docx': {
      const { toDocx } = await import('../../shared/export/docx.ts')
      return { bytes: await toDocx(agenda, { ...options, at: now }) }
    }
    case 'pdf': {
      const { toTypst } = await import('../../shared/export/typst.ts')
      typesetter ??= (await import('./pdf.ts')).openTypesetter()
      return { bytes: typesetter.pdf(toTypst(agenda, { ...options, at: now })) }
    }
    case 'ics': {
      const { toIcs } = await import('../../shared/export/ics.ts')
      const before = revisions === null ? {} : JSON.parse(revisions)
      const made = toIcs(agenda, { ...options, meeting, link, revisions: before, now })
      return { bytes: encoder.encode(made.text), revisions: JSON.stringify({ ...before, ...made.revisions }) }
    }
  }
}

async function read({ name, bytes, language, zones, today }: Read): Promise<unknown> {
  const { readAgendaFile } = await import('../../shared/import/file.ts')
  const { mintId } = await import('../access/mint.ts')
  return readAgendaFile({ name, bytes }, { language, zones, today, mint: mintId })
}
