import { createHash } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { type Agenda, type DayId, languages, type PersonId, type Side, sides } from '../../shared/domain/agenda.ts'
import { type CopyOptions, wholeCopy } from '../../shared/export/copy.ts'
import { fileName } from '../../shared/export/filename.ts'
import { editionAsOf, editionOfVersion } from '../../shared/export/words.ts'
import { mayFreeze, mayKeep } from '../access/permission.ts'
import { hashSecret } from '../access/secret.ts'
import { calendarLink, createCalendar, printCalendar } from '../calendars.ts'
import { listen, type Report } from '../guard.ts'
import { type Format, formats, largestFile } from '../press/job.ts'
import type { Press } from '../press/press.ts'
import { openRecent } from '../press/recent.ts'
import { type Calendar, type CalendarId, type Storage, type Version, versionLabels } from '../storage/storage.ts'
import { readVersion, saveVersion } from '../versions.ts'
import { readable, requireAgenda, requireMember } from './asker.ts'
import { disposition } from './filename.ts'
import { languageOfRequest, Refused, read } from './refused.ts'

export interface PapersOptions {
  readonly storage: Storage
  readonly press: Press
  /** Where links lead. */
  readonly origin: () => string
  readonly now: () => number
  /** Told of a press that failed. */
  readonly report: Report
}

type OfMeeting = { Params: { meeting: string } }

const yes = z.enum(['0', '1']).default('1')
const exportQuery = z.object({
  lang: z.enum([...languages, 'both']).default('both'),
  lead: z.enum(sides).optional(),
  profile: z.enum(['negotiating']).default('negotiating'),
  people: yes,
  readings: yes,
  questions: yes,
  days: z.string().max(2000).optional(),
  version: z.string().max(64).optional(),
  view: z.enum(['0', '1']).default('0'),
})
// One line: a version's name stands in headers, lists and file names.
const versionBody = z.object({
  label: z.enum(versionLabels),
  name: z
    .string()
    .transform((value) => value.normalize('NFC').trim().replace(/\s+/gu, ' '))
    .pipe(
      z
        .string()
        .max(120)
        .regex(/^[^\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]*$/u),
    ),
})
const calendarBody = z.object({ lang: z.enum([...languages, 'both']), lead: z.enum(sides), people: z.boolean() })

const types: Record<Format, string> = {
  json: 'application/json; charset=utf-8',
  md: 'text/markdown; charset=utf-8',
  html: 'text/html; charset=utf-8',
  docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  pdf: 'application/pdf',
  ics: 'text/calendar; charset=utf-8',
}
/** A minute, of one session: rendering is work. */
const papersPerMinute = 120
/** A version is the whole agenda, and stays. */
const keptPerMinute = 30
/** Of one person. */
const filesAtOnce = 3

/** What goes out of a meeting as documents, and what comes in: exports, versions, calendar addresses, files to read. */
export function servePapers(app: FastifyInstance, { storage, press, origin, now, report }: PapersOptions): void {
  const recent = openRecent(press)
  const keeping = { config: { rateLimit: { max: keptPerMinute, timeWindow: 60_000 } } }
  const limited = { config: { rateLimit: { max: papersPerMinute, timeWindow: 60_000 } } }

  const print = async (
    request: FastifyRequest<{ Params: { meeting: string; format: string } }>,
    reply: FastifyReply,
  ): Promise<FastifyReply> => {
    const member = await requireMember(storage, request)
    const format = formats.find((one) => one === request.params.format)
    if (format === undefined) throw new Refused(404, 'no-format', 'format')
    const query = read(exportQuery, request.query)
    const kept = query.version === undefined ? null : await readVersion(storage, member.meeting, query.version)
    if (query.version !== undefined && kept === null) throw new Refused(404, 'no-version', 'version')
    const agenda = kept?.agenda ?? (await requireAgenda(storage, press, member.meeting))
    const zone = agenda.zones.venue
    const options: CopyOptions = {
      language: query.lang,
      lead: query.lead ?? member.side ?? 'us',
      people: query.people === '1',
      readings: query.readings === '1',
      questions: query.questions === '1',
      days: daysOf(agenda, query.days),
      edition: kept === null ? editionAsOf(now(), zone) : editionOfVersion(kept.version, zone),
    }
    const { meeting } = member
    const link = `${origin()}/m/${meeting}`
    const bytes = await pressed(async () => {
      if (format === 'ics' && kept === null) {
        return printCalendar({ storage, press, now }, { meeting, agenda, options, link, whose: member.person })
      }
      const revisions = format === 'ics' ? await storage.revisions(meeting) : null
      // A version never changes, and neither does its copy. One of the agenda as it stands says the minute that it is of.
      const at = kept?.version.at ?? Math.floor(now() / 60_000) * 60_000
      return recent.take({ format, agenda, options, meeting, link, revisions, now: at }, member.person)
    })
    const inline = query.view === '1'
    const name = fileName(agenda, { ...options, version: kept?.version ?? null }, format)
    reply.header('content-disposition', disposition(name, inline))
    reply.header('cache-control', 'no-store')
    // The page that people wrote is shown as nobody's: it runs nothing, and has no part in this origin.
    if (format === 'html')
      reply.header(
        'content-security-policy',
        "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'",
      )
    return reply.type(types[format]).send(bytesOf(bytes))
  }
  app.get<{ Params: { meeting: string; format: string } }>('/api/meetings/:meeting/export/:format', limited, print)
  // Browsers inside chat applications name a file by its address.
  app.get<{ Params: { meeting: string; format: string } }>(
    '/api/meetings/:meeting/export/:format/:name',
    limited,
    print,
  )

  app.get<OfMeeting>('/api/meetings/:meeting/versions', async (request) => {
    const { meeting } = await requireMember(storage, request)
    return { versions: (await storage.versions(meeting)).map(shownVersion) }
  })
  app.post<OfMeeting>('/api/meetings/:meeting/versions', keeping, async (request, reply) => {
    const member = await requireMember(storage, request)
    const wanted = read(versionBody, request.body)
    if (!mayKeep(member) || (wanted.label === 'final' && !mayFreeze(member))) throw new Refused(403, 'not-allowed')
    const version = await readable(saveVersion(storage, member, wanted, now(), press.open))
    if (version === null) throw new Refused(404, 'no-meeting')
    return reply.code(201).send(shownVersion(version))
  })
  app.get<{ Params: { meeting: string; version: string } }>(
    '/api/meetings/:meeting/versions/:version',
    async (request) => {
      const { meeting } = await requireMember(storage, request)
      const found = await readVersion(storage, meeting, request.params.version)
      if (found === null) throw new Refused(404, 'no-version', 'version')
      return { version: shownVersion(found.version), agenda: found.agenda }
    },
  )

  app.get<OfMeeting>('/api/meetings/:meeting/calendars', async (request) => {
    const { meeting, person } = await requireMember(storage, request)
    return { calendars: (await storage.calendars(meeting, person)).map(shownCalendar) }
  })
  app.post<OfMeeting>('/api/meetings/:meeting/calendars', keeping, async (request, reply) => {
    const { meeting, person } = await requireMember(storage, request)
    const { lang: language, lead, people } = read(calendarBody, request.body)
    const { calendar, token } = await createCalendar(storage, { meeting, person, language, lead, people }, now())
    return reply.code(201).send({ ...shownCalendar(calendar), url: calendarLink(origin(), token) })
  })
  app.delete<{ Params: { meeting: string; calendar: string } }>(
    '/api/meetings/:meeting/calendars/:calendar',
    async (request, reply) => {
      const { meeting, person } = await requireMember(storage, request)
      const known = await storage.revokeCalendar(meeting, person, request.params.calendar as CalendarId, now())
      if (!known) throw new Refused(404, 'not-found', 'calendar')
      return reply.code(204).send()
    },
  )
  app.get<OfMeeting>('/api/meetings/:meeting/revisions', async (request) => {
    const { meeting } = await requireMember(storage, request)
    return JSON.parse((await storage.revisions(meeting)) ?? '{}')
  })

  app.get<{ Params: { file: string } }>('/calendar/:file', limited, async (request, reply) => {
    const token = /^([\w-]{1,200})\.ics$/.exec(request.params.file)?.[1]
    const found = token === undefined ? null : await storage.calendarByToken(hashSecret(token))
    if (found === null) throw new Refused(404, 'not-found')
    // Calendar programs stop asking at this answer.
    if (found.revoked) throw new Refused(410, 'calendar-revoked')
    const { meeting, person, language, lead, people } = found.calendar
    const agenda = await requireAgenda(storage, press, meeting)
    const options: CopyOptions = { ...wholeCopy, language, lead, people }
    const link = `${origin()}/m/${meeting}`
    const bytes = await pressed(() =>
      printCalendar({ storage, press, now }, { meeting, agenda, options, link, whose: person }),
    )
    const tag = `"${createHash('sha256').update(bytes).digest('base64url')}"`
    reply.header('etag', tag).header('cache-control', 'private, no-cache')
    if (request.headers['if-none-match'] === tag) return reply.code(304).send()
    reply.header('content-disposition', disposition(fileName(agenda, { language, lead }, 'ics'), true))
    return reply.type(types.ics).send(bytesOf(bytes))
  })

  /** Who is sending files at the moment: each is held in memory as it comes. */
  const sending = new Map<PersonId, number>()
  const admitFile = async (request: FastifyRequest<OfMeeting>, reply: FastifyReply): Promise<void> => {
    const member = await requireMember(storage, request)
    if (!mayKeep(member)) throw new Refused(403, 'not-allowed')
    if (request.headers['content-type'] !== 'application/octet-stream') throw new Refused(415, 'not-a-file', 'body')
    const { person } = member
    const count = sending.get(person) ?? 0
    if (count >= filesAtOnce) throw new Refused(503, 'busy')
    sending.set(person, count + 1)
    const sent = () => {
      const left = (sending.get(person) ?? 1) - 1
      if (left === 0) sending.delete(person)
      else sending.set(person, left)
    }
    listen(reply.raw, 'close', sent, report)
  }
  const receiveFiles = async (files: FastifyInstance): Promise<void> => {
    // In here alone: elsewhere nobody sends a body of this size.
    files.addContentTypeParser('application/octet-stream', { parseAs: 'buffer' }, (_request, body, done) => {
      done(null, body)
    })
    files.post('/api/meetings/:meeting/read', { ...limited, bodyLimit: largestFile, preParsing: admitFile }, readFile)
  }
  const readFile = async (
    request: FastifyRequest<OfMeeting & { Querystring: { name?: string } }>,
  ): ReturnType<Press['read']> => {
    const member = await requireMember(storage, request)
    if (!(request.body instanceof Uint8Array)) throw new Refused(415, 'not-a-file', 'body')
    const { zones, days } = await requireAgenda(storage, press, member.meeting)
    const name = String(request.query.name ?? '').slice(0, 300)
    const language = languageOfRequest(request)
    const today = days[0]?.date ?? new Date(now()).toISOString().slice(0, 10)
    const bytes = Uint8Array.from(request.body)
    return pressed(() => press.read({ name, bytes, language, zones, today }, member.person))
  }
  app.register(receiveFiles)

  const pressed = <T>(work: () => Promise<T>): Promise<T> => readable(work(), report)
}

/** The days that `days=ID,ID` names; null for all of them. */
function daysOf(agenda: Agenda, value: string | undefined): readonly DayId[] | null {
  if (value === undefined || value === '') return null
  const ids = value.split(',')
  if (ids.some((id) => !agenda.days.some((day) => day.id === id))) throw new Refused(404, 'no-day', 'days')
  return ids as DayId[]
}

function bytesOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

interface ShownVersion extends Pick<Version, 'id' | 'number' | 'label' | 'name' | 'at' | 'hash'> {
  readonly by: { readonly name: string; readonly side: Side | null; readonly role: string }
}

function shownVersion({ id, number, label, name, at, hash, personName, side, role }: Version): ShownVersion {
  return { id, number, label, name, at, hash, by: { name: personName, side, role } }
}

function shownCalendar({ id, language, lead, people, createdAt }: Calendar): object {
  return { id, lang: language, lead, people, at: createdAt }
}
