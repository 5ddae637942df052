import { readProgramme } from './agenda/programme.ts'
import { readCalendar } from './calendar.ts'
import { readCanonical } from './canonical.ts'
import { textOf } from './encoding.ts'
import { markdownPassages } from './markdown.ts'
import { refusal, type Seeming } from './refusal.ts'
import { isSchedule, readSchedule } from './schedule.ts'
import { signatureOf } from './signature.ts'
import type { ReadOptions, Understanding } from './understanding.ts'
import { wordPassages } from './word.ts'

export interface AgendaFile {
  readonly name: string
  readonly bytes: Uint8Array
}

/** Bytes: what a file may have at most; an agenda of 200 items is under 1 MB in every format. */
const largestFile = 20 * 1024 * 1024
/** Characters of a text; JSON may have more, for it is not looked at line by line. */
const largestText = 2_000_000

/**
 * Makes an agenda of a file as people have it, with an account of everything that stands in it; or says why not. What a
 * file is is told by its contents. Nothing of it is carried out, and whatever is in it, this comes to an end: sizes, depths
 * and counts are bounded, and no pattern goes back over what it has read.
 */
export async function readAgendaFile(file: AgendaFile, options: ReadOptions): Promise<Understanding> {
  const { language } = options
  const { bytes } = file
  if (bytes.length > largestFile) return refusal.tooLarge(language)
  const said = sayingOf(file.name)
  const signature = signatureOf(bytes)
  if (signature === 'empty') return refusal.empty(language)
  if (signature === 'encrypted') return refusal.encrypted(language)
  if (signature === 'word')
    return misnamed(said, 'word', options) ?? (await guarded('word', options, () => word(bytes, options)))
  if (signature !== 'text') return misnamed(said, signature, options) ?? refusal.unknown(signature, language)

  const text = textOf(bytes)
  if (text === null) return misnamed(said, 'binary', options) ?? refusal.unknown('binary', language)
  if (text.trim() === '') return refusal.empty(language)
  const start = text.slice(0, 1000).trimStart().toLowerCase()
  if (start.startsWith('<!doctype html') || start.startsWith('<html')) {
    return misnamed(said, 'web-page', options) ?? refusal.unknown('web-page', language)
  }
  if (start.startsWith('begin:vcalendar')) {
    if (text.length > largestText) return refusal.tooLarge(language)
    return misnamed(said, 'calendar', options) ?? (await guarded('calendar', options, () => calendar(text, options)))
  }
  if (start.startsWith('{') || start.startsWith('[')) {
    const value = parsed(text)
    if (value !== undefined || said === 'json')
      return guarded('json', options, async () => json(text, value, said, options))
  }
  if (text.length > largestText) return refusal.tooLarge(language)
  return (
    misnamed(said, 'markdown', options) ??
    guarded('markdown', options, async () => {
      const read = readProgramme(markdownPassages(text), options)
      return read ? { status: 'understood', ...read } : refusal.nothingFound(language)
    })
  )
}

async function word(bytes: Uint8Array, options: ReadOptions): Promise<Understanding> {
  const { language } = options
  const read = await wordPassages(bytes)
  switch (read.status) {
    case 'broken':
      return refusal.broken('word', language)
    case 'encrypted':
      return refusal.encrypted(language)
    case 'too-large':
      return refusal.unpacksTooLarge(language)
    case 'read': {
      const programme = readProgramme(read.passages, options)
      return programme ? { status: 'understood', ...programme } : refusal.nothingFound(language)
    }
  }
}

async function calendar(text: string, options: ReadOptions): Promise<Understanding> {
  const read = await readCalendar(text, options)
  if (read === 'broken') return refusal.broken('calendar', options.language)
  return read ?? refusal.nothingFound(options.language)
}

function json(text: string, value: unknown, said: Seeming | null, options: ReadOptions): Understanding {
  const { language } = options
  if (value === undefined) return refusal.broken('json', language)
  const wrong = said === 'json' || said === 'markdown' ? null : misnamed(said, 'json', options)
  if (wrong) return wrong
  if (isSchedule(value)) return readSchedule(value, options) ?? refusal.nothingFound(language)
  return readCanonical(text, options)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

/** What libraries throw at a file that nobody foresaw is that file's fault, and is told as such. */
async function guarded(
  what: Seeming,
  options: ReadOptions,
  read: () => Promise<Understanding>,
): Promise<Understanding> {
  try {
    return await read()
  } catch {
    return refusal.broken(what, options.language)
  }
}

const sayings: Readonly<Record<string, Seeming>> = {
  docx: 'word',
  docm: 'word',
  dotx: 'word',
  json: 'json',
  ics: 'calendar',
  ical: 'calendar',
  ifb: 'calendar',
  md: 'markdown',
  markdown: 'markdown',
  mkd: 'markdown',
  txt: 'markdown',
  text: 'markdown',
}

/** What the name says that the file is; null when it says nothing that matters here. */
function sayingOf(name: string): Seeming | null {
  const extension = /\.([A-Za-z0-9]{1,10})$/.exec(name.slice(-20))?.[1]?.toLowerCase()
  return extension === undefined ? null : (sayings[extension] ?? null)
}

/** A refusal when the name says one thing and the contents are another. */
function misnamed(said: Seeming | null, content: Seeming, { language }: ReadOptions): Understanding | null {
  return said === null || said === content ? null : refusal.misnamed(said, content, language)
}
