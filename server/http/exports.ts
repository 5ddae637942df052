import { createHash } from 'node:crypto'
import { pipeline, type Readable, Transform } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { AnswerOf, Calendar, Version } from '../../shared/api/contract.ts'
import type { Params } from '../../shared/api/routes.ts'
import { type CalendarId, largestFile } from '../../shared/api/terms.ts'
import type { Agenda, DayId, PersonId } from '../../shared/domain/agenda.ts'
import { type CopyOptions, wholeCopy } from '../../shared/export/copy.ts'
import { fileName } from '../../shared/export/filename.ts'
import { formatNames, formats } from '../../shared/export/formats.ts'
import { editionAsOf, editionOfVersion } from '../../shared/export/words.ts'
import { openCharge } from '../access/charge.ts'
import { keepPace } from '../access/pace.ts'
import { mayFreeze, mayKeep } from '../access/permission.ts'
import type { Quotas } from '../access/quota.ts'
import { hashSecret } from '../access/secret.ts'
import { calendarLink, createCalendar, printCalendar } from '../meeting/calendars.ts'
import { readVersion, saveVersion } from '../meeting/versions.ts'
import { listen, type Report } from '../process/guard.ts'
import type { RenderPool } from '../render/pool.ts'
import { openRecent } from '../render/recent.ts'
import type { Calendars, Calendar as StoredCalendar } from '../storage/calendars.ts'
import type { Documents } from '../storage/documents.ts'
import type { Members } from '../storage/members.ts'
import type { Version as StoredVersion, Versions } from '../storage/versions.ts'
import { afford, refusalOf } from './afford.ts'
import { readable, requireAgenda, requireMember } from './asker.ts'
import { disposition } from './filename.ts'
import { languageOfRequest, Refused } from './refused.ts'
import { type Asked, serve, serveRaw } from './serve.ts'

export interface PapersOptions {
  readonly storage: Calendars & Documents & Members & Versions
  readonly pool: RenderPool
  readonly quotas: Quotas
  /** The origin for links. */
  readonly origin: () => string
  readonly now: () => number
  /** Receives failures of the pool. */
  readonly report: Report
}

/** Per session and minute, because rendering is expensive. */
const papersPerMinute = 120
/** Per session and minute, because a version stores the whole agenda for good. */
const storedPerMinute = 30
/** Concurrent uploads of one person. */
const filesAtOnce = 3

/** Exports, versions, calendar addresses, and files to read. */
export function serveExports(
  app: FastifyInstance,
  { storage, pool, quotas, origin, now, report }: PapersOptions,
): void {
  const recent = openRecent(pool)
  const storing = { config: { rateLimit: { max: storedPerMinute, timeWindow: 60_000 } } }
  const limited = { config: { rateLimit: { max: papersPerMinute, timeWindow: 60_000 } } }

  const print = async (asked: Asked<'export'>): Promise<FastifyReply> => {
    const { reply } = asked
    const member = await requireMember(storage, asked)
    const format = formatNames.find((one) => one === asked.params.format)
    if (format === undefined) throw new Refused(404, 'no-format', 'format')
    afford(quotas, 'exports', member)
    const query = asked.query()
    const version = query.version === undefined ? null : await readVersion(storage, member.meeting, query.version)
    if (query.version !== undefined && version === null) throw new Refused(404, 'no-version', 'version')
    const agenda = version?.agenda ?? (await requireAgenda(storage, pool, member))
    const zone = agenda.zones.venue
    const options: CopyOptions = {
      language: query.lang,
      lead: query.lead ?? member.side ?? 'us',
      people: query.people === '1',
      readings: query.readings === '1',
      questions: query.questions === '1',
      days: daysOf(agenda, query.days),
      edition: version === null ? editionAsOf(now(), zone) : editionOfVersion(version.version, zone),
    }
    const { meeting } = member
    const link = `${origin()}/m/${meeting}`
    const bytes = await rendered(async () => {
      if (format === 'ics' && version === null) {
        return printCalendar({ storage, pool, now }, { meeting, agenda, options, link, whose: member.person })
      }
      const revisions = format === 'ics' ? await storage.revisions(meeting) : null
      // Copies of a version never change. A copy of the current agenda carries the minute it was made.
      const at = version?.version.at ?? Math.floor(now() / 60_000) * 60_000
      return recent.take({ format, agenda, options, meeting, link, revisions, now: at }, member.person)
    })
    const inline = query.view === '1'
    const name = fileName(agenda, { ...options, version: version?.version ?? null }, format)
    reply.header('content-disposition', disposition(name, inline))
    reply.header('cache-control', 'no-store')
    // The exported page is user content: the sandbox runs no scripts and keeps it out of our origin.
    if (format === 'html')
      reply.header(
        'content-security-policy',
        "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'",
      )
    return reply.type(formats[format].mediaType).send(bytesOf(bytes))
  }
  serveRaw(app, 'export', print, limited)
  serveRaw<'exportAs'>(app, 'exportAs', print, limited)

  serve(app, 'versions', async (asked) => {
    const { meeting } = await requireMember(storage, asked)
    return { versions: (await storage.versions(meeting)).map(shownVersion) }
  })
  const keepVersion = async (asked: Asked<'saveVersion'>) => {
    const member = await requireMember(storage, asked)
    const wanted = asked.body()
    if (!mayKeep(member) || (wanted.label === 'final' && !mayFreeze(member))) throw new Refused(403, 'not-allowed')
    afford(quotas, 'version-growth', member)
    const open = (load: () => Promise<readonly Uint8Array[]>) => pool.open(load, member.meeting, member.person)
    const store = (bytes: number) => {
      afford(quotas, 'version-bytes-growth', member, bytes)
      afford(quotas, 'version-bytes', member, bytes)
      afford(quotas, 'versions', member)
    }
    const version = await readable(saveVersion(storage, member, wanted, now(), open, store))
    if (version === null) throw new Refused(404, 'no-meeting')
    return shownVersion(version)
  }
  serve(app, 'saveVersion', keepVersion, storing)
  serve(app, 'version', async (asked) => {
    const { meeting } = await requireMember(storage, asked)
    const found = await readVersion(storage, meeting, asked.params.version)
    if (found === null) throw new Refused(404, 'no-version', 'version')
    return { version: shownVersion(found.version), agenda: found.agenda }
  })

  serve(app, 'calendars', async (asked) => {
    const { meeting, person } = await requireMember(storage, asked)
    return { calendars: (await storage.calendars(meeting, person)).map(shownCalendar) }
  })
  const makeCalendar = async (asked: Asked<'addCalendar'>) => {
    const { meeting, person } = await requireMember(storage, asked)
    const { lang: language, lead, people } = asked.body()
    const { calendar, token } = await createCalendar(storage, { meeting, person, language, lead, people }, now())
    return { ...shownCalendar(calendar), url: calendarLink(origin(), token) }
  }
  serve(app, 'addCalendar', makeCalendar, storing)
  serve(app, 'revokeCalendar', async (asked) => {
    const { meeting, person } = await requireMember(storage, asked)
    const known = await storage.revokeCalendar(meeting, person, asked.params.calendar as CalendarId, now())
    if (!known) throw new Refused(404, 'not-found', 'calendar')
    return null
  })
  serve(app, 'revisions', async (asked) => {
    const { meeting } = await requireMember(storage, asked)
    return JSON.parse((await storage.revisions(meeting)) ?? '{}')
  })

  const showCalendar = async ({ request, reply, params }: Asked<'calendar'>): Promise<FastifyReply> => {
    const token = /^([\w-]{1,200})\.ics$/.exec(params.file)?.[1]
    const found = token === undefined ? null : await storage.calendarByToken(hashSecret(token))
    if (found === null) throw new Refused(404, 'not-found')
    // Calendar programs stop polling after a 410.
    if (found.revoked) throw new Refused(410, 'calendar-revoked')
    const { meeting, person, language, lead, people } = found.calendar
    const [maker] = await storage.members(meeting, [person])
    afford(quotas, 'exports', maker ?? { meeting })
    const agenda = await requireAgenda(storage, pool, found.calendar)
    const options: CopyOptions = { ...wholeCopy, language, lead, people }
    const link = `${origin()}/m/${meeting}`
    const bytes = await rendered(() =>
      printCalendar({ storage, pool, now }, { meeting, agenda, options, link, whose: person }),
    )
    const tag = `"${createHash('sha256').update(bytes).digest('base64url')}"`
    reply.header('etag', tag).header('cache-control', 'private, no-cache')
    if (request.headers['if-none-match'] === tag) return reply.code(304).send()
    reply.header('content-disposition', disposition(fileName(agenda, { language, lead }, 'ics'), true))
    return reply.type(formats.ics.mediaType).send(bytesOf(bytes))
  }
  serveRaw(app, 'calendar', showCalendar, limited)

  /** Uploads in progress per person. Each is held in memory. */
  const sending = new Map<PersonId, number>()
  const admitFile = async (request: FastifyRequest, reply: FastifyReply, payload: Readable): Promise<Readable> => {
    const member = await requireMember(storage, { request, params: request.params as Params<'readFile'> })
    if (!mayKeep(member)) throw new Refused(403, 'not-allowed')
    if (request.headers['content-type'] !== 'application/octet-stream') throw new Refused(415, 'not-a-file', 'body')
    const { person } = member
    const count = sending.get(person) ?? 0
    if (count >= filesAtOnce) throw new Refused(503, 'busy')
    const charge = openCharge(quotas, 'uploads', member)
    // What has come, not what is announced.
    const counted = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        done(refusalOf(charge.take(chunk.length)), chunk)
      },
    })
    sending.set(person, count + 1)
    const { socket } = request.raw
    const arrived = keepPace(
      () => socket.bytesRead,
      () => request.raw.complete || socket.destroy(),
      report,
    )
    const sent = () => {
      arrived()
      charge.end()
      const left = (sending.get(person) ?? 1) - 1
      if (left === 0) sending.delete(person)
      else sending.set(person, left)
    }
    listen(reply.raw, 'close', sent, report)
    pipeline(payload, counted, () => {})
    return counted
  }
  const receiveFiles = async (files: FastifyInstance): Promise<void> => {
    // Registered only in this scope: no other route accepts a body of this size.
    files.addContentTypeParser('application/octet-stream', { parseAs: 'buffer' }, (_request, body, done) => {
      done(null, body)
    })
    serve(files, 'readFile', readFile, { ...limited, bodyLimit: largestFile, preParsing: admitFile })
  }
  const readFile = async (asked: Asked<'readFile'>): Promise<AnswerOf<'readFile'>> => {
    const { request } = asked
    const member = await requireMember(storage, asked)
    if (!(request.body instanceof Uint8Array)) throw new Refused(415, 'not-a-file', 'body')
    const { zones, days } = await requireAgenda(storage, pool, member)
    const name = asked.query().name.slice(0, 300)
    const language = languageOfRequest(request)
    const today = days[0]?.date ?? new Date(now()).toISOString().slice(0, 10)
    const bytes = Uint8Array.from(request.body)
    return rendered(() => pool.read({ name, bytes, language, zones, today }, member.meeting, member.person))
  }
  app.register(receiveFiles)

  const rendered = <T>(work: () => Promise<T>): Promise<T> => readable(work(), report)
}

/** The days named by `days=ID,ID`. Null for all of them. */
function daysOf(agenda: Agenda, value: string | undefined): readonly DayId[] | null {
  if (value === undefined || value === '') return null
  const ids = value.split(',')
  if (ids.some((id) => !agenda.days.some((day) => day.id === id))) throw new Refused(404, 'no-day', 'days')
  return ids as DayId[]
}

function bytesOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function shownVersion({ id, number, label, name, at, hash, personName, side, role }: StoredVersion): Version {
  return { id, number, label, name, at, hash, by: { name: personName, side, role } }
}

function shownCalendar({ id, language, lead, people, createdAt }: StoredCalendar): Calendar {
  return { id, lang: language, lead, people, at: createdAt }
}
