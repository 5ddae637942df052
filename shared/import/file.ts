import { isTooMuch } from '../domain/refuse.ts'
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

/** The most bytes of a file; an agenda of 200 items is under 1 MB in every format. */
const largestFile = 20 * 1024 * 1024
/** The most characters of a text. JSON may have more, since it is not scanned line by line. */
const largestText = 2_000_000

/**
 * Makes an agenda from any file, with a report on all of its content, or a reason why not. The content decides the file
 * type. Nothing in the file is executed, and reading always ends: sizes, depths and counts are bounded, and no pattern
 * backtracks.
 */
export async function readAgendaFile(file: AgendaFile, options: ReadOptions): Promise<Understanding> {
  const { language } = options
  if (file.bytes.length > largestFile) return refusal.tooLarge(language)
  const said = sayingOf(file.name)
  const signature = signatureOf(file.bytes)
  const decoded = signature === 'text' ? textOf(file.bytes) : null
  const text = decoded ?? ''
  const value = parsed(text)
  const content = signature !== 'text' ? signature : decoded === null ? 'binary' : seemingOf(text, value, said)
  if (content === 'empty') return refusal.empty(language)
  if (content === 'encrypted') return refusal.encrypted(language)
  if ((content === 'calendar' || content === 'markdown') && text.length > largestText) return refusal.tooLarge(language)
  // JSON is text, too.
  const fits = said === null || said === content || (said === 'markdown' && content === 'json')
  if (!fits) return refusal.misnamed(said, content, language)
  const nothing = refusal.nothingFound(language)
  switch (content) {
    case 'word':
      return guarded(content, options, async () => (await readWord(file.bytes, options)) ?? nothing)
    case 'calendar':
      return guarded(content, options, async () => (await readCalendar(text, options)) ?? nothing)
    case 'json':
      return guarded(content, options, async () => readJson(text, value, options) ?? nothing)
    case 'markdown':
      return guarded(content, options, async () => readProgramme(markdownPassages(text), options) ?? nothing)
    default:
      return refusal.unknown(content, language)
  }
}

function seemingOf(text: string, value: unknown, said: Seeming | null): Seeming {
  if (text.trim() === '') return 'empty'
  const start = text.slice(0, 1000).trimStart().toLowerCase()
  if (start.startsWith('<!doctype html') || start.startsWith('<html')) return 'web-page'
  if (start.startsWith('begin:vcalendar')) return 'calendar'
  return value !== undefined || (said === 'json' && /^[{[]/.test(start)) ? 'json' : 'markdown'
}

async function readWord(bytes: Uint8Array, options: ReadOptions): Promise<Understanding | null> {
  const read = await wordPassages(bytes)
  switch (read.status) {
    case 'broken':
      return refusal.broken('word', options.language)
    case 'encrypted':
      return refusal.encrypted(options.language)
    case 'too-large':
      return refusal.unpacksTooLarge(options.language)
    case 'read':
      return readProgramme(read.passages, options)
  }
}

function readJson(text: string, value: unknown, options: ReadOptions): Understanding | null {
  if (value === undefined) return refusal.broken('json', options.language)
  return isSchedule(value) ? readSchedule(value, options) : readCanonical(text, options)
}

/** Parses an object or a list; undefined for any other text. */
function parsed(text: string): unknown {
  if (!/^\s*[{[]/.test(text.slice(0, 1000))) return undefined
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

/** If a library throws on unforeseen input, the file is reported as broken. */
async function guarded(
  what: Seeming,
  options: ReadOptions,
  read: () => Promise<Understanding>,
): Promise<Understanding> {
  try {
    const understood = await read()
    const fits = understood.status === 'refused' || !isTooMuch(understood.agenda)
    return fits ? understood : refusal.tooMany(options.language)
  } catch {
    return refusal.broken(what, options.language)
  }
}

const extensions: readonly (readonly [Seeming, string])[] = [
  ['word', 'docx docm dotx'],
  ['json', 'json'],
  ['calendar', 'ics ical ifb'],
  ['markdown', 'md markdown mkd txt text'],
]

/** The file type that the name claims; null when it claims none that matters here. */
function sayingOf(name: string): Seeming | null {
  const extension = /\.([A-Za-z0-9]{1,10})$/.exec(name.slice(-20))?.[1]?.toLowerCase()
  return extensions.find(([, list]) => list.split(' ').includes(extension ?? ''))?.[0] ?? null
}
