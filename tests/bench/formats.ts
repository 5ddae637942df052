import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { openTypesetter } from '../../server/render/pdf.ts'
import type { Agenda, MeetingId } from '../../shared/domain/agenda.ts'
import { wholeCopy } from '../../shared/export/copy.ts'
import { toDocx } from '../../shared/export/docx.ts'
import { toHtml } from '../../shared/export/html.ts'
import { toIcs } from '../../shared/export/ics.ts'
import { toMarkdown } from '../../shared/export/markdown.ts'
import { toTypst } from '../../shared/export/typst.ts'
import { large } from '../support/agenda.ts'
import { median } from './figures.ts'
import type { Report } from './report.ts'

/** Milliseconds for 24 bilingual items, warm. */
const aims: Readonly<Record<string, number>> = { PDF: 50, Word: 100, calendar: 10, Markdown: 10 }
const sizes = [24, 200] as const
/** Copies a round; every one is of another agenda, so that nothing is found in a cache. */
const copies = 15

/** What it takes to write a bilingual copy in each format, warm, beside LibreOffice making the PDF out of the Word file. */
export async function formats({ rounds }: { rounds: number }): Promise<Report> {
  const typesetter = openTypesetter()
  const now = Date.UTC(2026, 2, 12)
  const options = { ...wholeCopy, language: 'both', lead: 'us' } as const
  const calendar = { ...options, meeting: 'bench' as MeetingId, link: null, revisions: {}, now }
  const writers: Readonly<Record<string, (agenda: Agenda) => Promise<number>>> = {
    PDF: async (agenda) => typesetter.pdf(toTypst(agenda, { ...options, at: now })).byteLength,
    Word: async (agenda) => (await toDocx(agenda, { ...options, at: now })).byteLength,
    'web page': async (agenda) => toHtml(agenda, options).length,
    calendar: async (agenda) => toIcs(agenda, calendar).text.length,
    Markdown: async (agenda) => toMarkdown(agenda, options).length,
  }
  const rows: string[][] = []
  const took = new Map<string, number>()
  for (const size of sizes) {
    for (const [name, write] of Object.entries(writers)) {
      for (let copy = 0; copy < 3; copy++) await write(another(size, -copy))
      const medians: number[] = []
      let bytes = 0
      for (let round = 0; round < rounds; round++) {
        const times: number[] = []
        for (let copy = 0; copy < copies; copy++) {
          const agenda = another(size, round * copies + copy)
          const start = performance.now()
          bytes = await write(agenda)
          times.push(performance.now() - start)
        }
        medians.push(median(times))
      }
      took.set(`${name} ${size}`, median(medians))
      const aim = size === 24 ? aims[name] : undefined
      rows.push([
        `${name}, ${size} items`,
        median(medians).toFixed(1),
        Math.min(...medians).toFixed(1),
        aim === undefined ? '' : `${aim}`,
        (bytes / 1000).toFixed(0),
      ])
    }
  }
  const notes: string[] = []
  for (const size of sizes) {
    const office = await officeTime(another(size, 1), rounds)
    if (office === null) {
      notes.push('LibreOffice is not installed here, so there is nothing beside ours.')
      break
    }
    rows.push([`LibreOffice, Word file to PDF, ${size} items`, office.toFixed(0), '', '', ''])
    const ratio = took.get(`PDF ${size}`)! / office
    notes.push(`PDF of ${size} items: ${ratio.toFixed(3)} of what LibreOffice takes, its start included.`)
  }
  return {
    tables: [{ title: 'A bilingual copy, ms', columns: ['', 'median', 'best round', 'aim', 'kB'], rows }],
    notes,
    wrong: [],
  }

  async function officeTime(agenda: Agenda, times: number): Promise<number | null> {
    if (!existsSync('/usr/bin/libreoffice')) return null
    const folder = await mkdtemp(join(tmpdir(), 'parley-bench-'))
    const word = join(folder, 'agenda.docx')
    await writeFile(word, await toDocx(agenda, { ...options, at: now }))
    const profile = `-env:UserInstallation=${pathToFileURL(join(folder, 'profile')).href}`
    const convert = () =>
      promisify(execFile)(
        '/usr/bin/libreoffice',
        [profile, '--headless', '--convert-to', 'pdf', '--outdir', folder, word],
        { timeout: 120_000 },
      )
    await convert()
    const found: number[] = []
    for (let time = 0; time < times; time++) {
      const start = performance.now()
      await convert()
      found.push(performance.now() - start)
    }
    const pages = await readFile(join(folder, 'agenda.pdf'))
    await rm(folder, { recursive: true })
    if (pages.length < 1000) throw new Error('LibreOffice wrote no PDF')
    return median(found)
  }
}

function another(size: number, number: number): Agenda {
  const agenda = large(size)
  return {
    ...agenda,
    days: agenda.days.map((day) => ({
      ...day,
      items: day.items.map((item) => ({
        ...item,
        title: { en: `${item.title.en} ${number}`, zh: `${item.title.zh} ${number}` },
      })),
    })),
  }
}
