import { existsSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import { parseArgs } from 'node:util'
import { type InvitationId, largestFile, roles } from '../../shared/api/terms.ts'
import { type Agenda, type DayId, languages, type MeetingId, sides } from '../../shared/domain/agenda.ts'
import { tidyName } from '../../shared/domain/name.ts'
import { template, templates } from '../../shared/domain/template.ts'
import type { CopyOptions } from '../../shared/export/copy.ts'
import { formatNames } from '../../shared/export/formats.ts'
import { printableLine } from '../../shared/export/printable.ts'
import { editionAsOf, editionOfVersion } from '../../shared/export/words.ts'
import type { Line } from '../../shared/import/understanding.ts'
import { newId } from '../access/ids.ts'
import { refuseLook } from '../access/look.ts'
import { printCalendar } from '../meeting/calendars.ts'
import {
  agendaOf,
  createInvitation,
  createMeeting,
  type FreshInvitation,
  linkOf,
  rebuildMeeting,
  revokeInvitation,
} from '../meeting/meetings.ts'
import { readVersion } from '../meeting/versions.ts'
import { type Config, readConfig } from '../process/config.ts'
import { lockFolder } from '../process/lock.ts'
import { openRenderPool, RenderFailure, type RenderPool } from '../render/pool.ts'
import { openSqlite, sqliteFile } from '../storage/sqlite/storage.ts'
import type { Storage } from '../storage/storage.ts'
import type { Version } from '../storage/versions.ts'

/** The environment of the command line, so that a test can replace it. */
export interface Shell {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly serve: (env: Shell['env']) => Promise<number>
  readonly out: (output: string | Uint8Array) => void
  readonly err: (text: string) => void
  readonly now: () => number
}

export const usage = `parley: two delegations build one agenda

  parley serve
  parley meeting create --title-en T --title-zh T [--template two-day|half-day|blank] [--json]
  parley meeting list [--json]
  parley meeting rebuild MEETING [--json]     makes its document anew from its agenda, while no server runs
  parley invitation create MEETING --role organizer|delegate|observer --side us|cn|none [--for NAME] [--json]
  parley invitation list MEETING [--json]
  parley invitation revoke ID
  parley export MEETING --format ${formatNames.join('|')} [--profile negotiating] [--lang en|zh|both] [--lead us|cn]
         [--without people,readings,questions] [--days 1,2] [--version NUMBER] [--out FILE]
  parley import FILE [--preview] [--json]     JSON, Markdown, Word (.docx), iCalendar or a conference schedule

Works on the folder PARLEY_DATA (./data), also while a server does.
`

/** A wrong argument. The message is one sentence that names it. Nothing has been changed. */
class Wrong extends Error {}

/** Runs one command. Returns the exit code: 0 done, 2 not done because an argument or the environment is wrong. */
export async function run(args: readonly string[], shell: Shell): Promise<number> {
  if (args.length === 0 || args[0] === '--help' || args[0] === 'help') {
    ;(args.length === 0 ? shell.err : shell.out)(usage)
    return args.length === 0 ? 2 : 0
  }
  try {
    return await commandOf(args)(shell)
  } catch (error) {
    if (!(error instanceof Wrong)) throw error
    shell.err(`${error.message}\n`)
    return 2
  }
}

type Command = (shell: Shell) => Promise<number>

function commandOf(args: readonly string[]): Command {
  const [first = '', second = ''] = args
  switch (first) {
    case 'serve':
      read(args.slice(1), [], [])
      return (shell) => shell.serve(shell.env)
    case 'export':
      return exportCommand(args.slice(1))
    case 'import':
      return importCommand(args.slice(1))
    case 'backup':
    case 'restore':
    case 'verify':
      throw new Wrong(`"${first}" is not in this version of Parley.`)
    case 'meeting':
      if (second === 'create') return meetingCreate(args.slice(2))
      if (second === 'list') return meetingList(args.slice(2))
      if (second === 'rebuild') return meetingRebuild(args.slice(2))
      throw new Wrong(`After "meeting" comes create, list or rebuild${shown(second)}.`)
    case 'invitation':
      if (second === 'create') return invitationCreate(args.slice(2))
      if (second === 'list') return invitationList(args.slice(2))
      if (second === 'revoke') return invitationRevoke(args.slice(2))
      throw new Wrong(`After "invitation" comes create, list or revoke${shown(second)}.`)
    default:
      throw new Wrong(`"${first}" is not a command; "parley --help" lists them.`)
  }
}

function meetingCreate(args: readonly string[]): Command {
  const options = read(args, [], ['title-en', 'title-zh', 'template'], ['json'])
  const title = { en: titleOf(options, 'title-en'), zh: titleOf(options, 'title-zh') }
  const name = choice(options, 'template', templates, 'two-day')
  return (shell) => {
    const date = new Date(shell.now() + 30 * 24 * 3600_000).toISOString().slice(0, 10)
    return make(shell, template(name, { title, date, newId: newId }), options.flags.has('json'))
  }
}

function importCommand(args: readonly string[]): Command {
  const options = read(args, ['FILE'], [], ['json', 'preview'])
  const file = options.positionals[0] as string
  return async (shell) => {
    let bytes: Uint8Array
    try {
      if (statSync(file).size > largestFile) throw new Wrong(`FILE is "${file}", but it is larger than 20 MB.`)
      bytes = Uint8Array.from(readFileSync(file))
    } catch (error) {
      if (error instanceof Wrong) throw error
      throw new Wrong(`FILE is "${file}", but it cannot be read: ${(error as NodeJS.ErrnoException).code}.`)
    }
    const today = new Date(shell.now()).toISOString().slice(0, 10)
    const zones = template('blank', { title: { en: '', zh: '' }, date: today, newId: newId }).zones
    const found = await rendered(shell, `FILE is "${file}", but it cannot be imported`, (pool) =>
      pool.read({ name: basename(file), bytes, language: 'en', zones, today }),
    )
    if (found.status === 'refused') throw new Wrong(`FILE is "${file}", but it cannot be imported: ${found.message}`)
    const { agenda, lines } = found
    if (options.flags.has('preview')) {
      if (options.flags.has('json')) shell.out(`${JSON.stringify({ agenda, lines })}\n`)
      else for (const line of lines) shell.out(`${lineText(line)}\n`)
      return 0
    }
    for (const line of lines) if (line.outcome.type === 'unused') shell.err(`${lineText(line)}\n`)
    return make(shell, agenda, options.flags.has('json'))
  }
}

function lineText({ where, text, outcome }: Line): string {
  const words = outcome.type === 'used' ? outcome.as : `not used (${outcome.why})`
  return `${where}: ${words}: ${printableLine(text)}`
}

async function make(shell: Shell, agenda: Agenda, json: boolean): Promise<number> {
  return withStorage(shell, 'create', async (storage, config) => {
    const { meeting, invitations } = await createMeeting(storage, agenda, shell.now())
    const made = invitations.map((one) => linked(one, config))
    if (json) shell.out(`${JSON.stringify({ meeting, invitations: made })}\n`)
    else {
      shell.out(`Meeting ${meeting}\n`)
      for (const one of made) shell.out(`  ${invitationLine(one)}\n`)
    }
    return 0
  })
}

function meetingList(args: readonly string[]): Command {
  const options = read(args, [], [], ['json'])
  return (shell) =>
    withStorage(shell, 'open', async (storage) => {
      const meetings = await Promise.all(
        (await storage.meetings()).map(async ({ id, createdAt }) => {
          const agenda = await agendaOf(storage, id)
          return {
            meeting: id,
            createdAt: new Date(createdAt).toISOString(),
            title: agenda?.title ?? { en: '', zh: '' },
          }
        }),
      )
      if (options.flags.has('json')) shell.out(`${JSON.stringify({ meetings })}\n`)
      else
        for (const { meeting, createdAt, title } of meetings) {
          // User text must not control the terminal or break the line.
          const titles = [title.en, title.zh].filter(Boolean).map(printableLine)
          shell.out(`${meeting}  ${createdAt.slice(0, 10)}  ${titles.join(' · ')}\n`)
        }
      return 0
    })
}

/** Rebuilds a document that is full or too heavy to open. Clients keep the copies they have. */
function meetingRebuild(args: readonly string[]): Command {
  const options = read(args, ['MEETING'], [], ['json'])
  const meeting = options.positionals[0] as MeetingId
  return (shell) =>
    withStorage(shell, 'open', async (storage, config) => {
      const letGo = lockFolder(config.data)
      if (letGo === null) throw new Wrong(`PARLEY_DATA is "${config.data}", but a server is using it: stop it first.`)
      try {
        const rebuilt = await rendered(
          shell,
          `MEETING is "${meeting}", but it cannot be rebuilt`,
          (pool) => rebuildMeeting(storage, meeting, (updates) => pool.open(async () => updates)),
          patient,
        )
        if (rebuilt.status === 'no-meeting') throw noMeeting(meeting)
        if (rebuilt.status === 'changing') throw new Wrong(`MEETING is "${meeting}", but somebody is writing in it.`)
        const { before, after, lineage } = rebuilt
        if (options.flags.has('json')) shell.out(`${JSON.stringify({ meeting, lineage, before, after })}\n`)
        else shell.out(`Rebuilt ${meeting}: ${before.bytes} bytes before, ${after.bytes} now\n`)
        return 0
      } finally {
        letGo()
      }
    })
}

/** Limits for the operator, who can wait longer than anybody else: ms, and megabytes. */
const patient = { patience: 600_000, heap: 4096, memory: 6144 }

function invitationCreate(args: readonly string[]): Command {
  const options = read(args, ['MEETING'], ['role', 'side', 'for'], ['json'])
  const meeting = options.positionals[0] as MeetingId
  const name = options.values.get('for')
  const personName = name === undefined ? null : tidyName(name)
  if (personName !== null && refuseLook(personName) !== null) throw new Wrong(`--for is "${name}", but must be a name.`)
  const role = choice(options, 'role', roles)
  const side = choice(options, 'side', [...sides, 'none'] as const)
  return (shell) =>
    withStorage(shell, 'open', async (storage, config) => {
      const fresh = await createInvitation(storage, meeting, role, side, shell.now(), {
        ...{ personName, expiresAt: null, mostPeople: null },
      })
      if (fresh === null) throw noMeeting(meeting)
      const made = linked(fresh, config)
      shell.out(options.flags.has('json') ? `${JSON.stringify(made)}\n` : `${invitationLine(made)}\n`)
      return 0
    })
}

function invitationList(args: readonly string[]): Command {
  const options = read(args, ['MEETING'], [], ['json'])
  const meeting = options.positionals[0] as MeetingId
  return (shell) =>
    withStorage(shell, 'open', async (storage) => {
      if (!(await storage.hasMeeting(meeting))) throw noMeeting(meeting)
      const invitations = (await storage.invitations(meeting)).map((one) => ({
        id: one.id,
        role: one.role,
        side: one.side ?? 'none',
        createdAt: new Date(one.createdAt).toISOString(),
        revokedAt: one.revokedAt === null ? null : new Date(one.revokedAt).toISOString(),
        for: one.personName,
        people: one.people.map(({ name }) => name),
      }))
      if (options.flags.has('json')) shell.out(`${JSON.stringify({ invitations })}\n`)
      else
        for (const { id, role, side, createdAt, revokedAt, people, for: name } of invitations) {
          const words = [
            id,
            `${role} ${side}`.padEnd(14),
            `made ${minuteOf(createdAt)}`,
            ...(name === null ? [] : [`for ${printableLine(name)}`]),
            `used by ${people.map(printableLine).join(', ') || 'nobody'}`,
            ...(revokedAt === null ? [] : [`revoked ${minuteOf(revokedAt)}`]),
          ]
          shell.out(`${words.join('  ')}\n`)
        }
      return 0
    })
}

/** '2026-03-12T09:30:15.000Z' as '2026-03-12 09:30Z'. */
function minuteOf(moment: string): string {
  return `${moment.slice(0, 10)} ${moment.slice(11, 16)}Z`
}

function invitationRevoke(args: readonly string[]): Command {
  const options = read(args, ['ID'], [])
  const id = options.positionals[0] as InvitationId
  return (shell) =>
    withStorage(shell, 'open', async (storage) => {
      const known = await revokeInvitation(storage, id, shell.now())
      if (!known) throw new Wrong(`ID is "${id}", but there is no such invitation.`)
      shell.out(`Revoked ${id}\n`)
      return 0
    })
}

const parts = ['people', 'readings', 'questions'] as const

function exportCommand(args: readonly string[]): Command {
  const options = read(args, ['MEETING'], ['format', 'lang', 'lead', 'profile', 'without', 'days', 'version', 'out'])
  const meeting = options.positionals[0] as MeetingId
  const format = choice(options, 'format', formatNames)
  const language = choice(options, 'lang', [...languages, 'both'] as const, 'both')
  const lead = choice(options, 'lead', sides, 'us')
  choice(options, 'profile', ['negotiating'] as const, 'negotiating')
  const without = (options.values.get('without') ?? '').split(',').filter((part) => part !== '')
  for (const part of without) {
    if (!parts.some((one) => one === part))
      throw new Wrong(`--without names "${part}", but must be of ${parts.join(', ')}.`)
  }
  const days = options.values.get('days') ?? null
  const number = options.values.get('version') ?? null
  const file = options.values.get('out')
  return (shell) =>
    withStorage(shell, 'open', async (storage, config) => {
      const version = number === null ? null : await versionOf(storage, meeting, number)
      const agenda = version?.agenda ?? (await agendaOf(storage, meeting))
      if (agenda === null) throw noMeeting(meeting)
      const zone = agenda.zones.venue
      const options: CopyOptions = {
        language,
        lead,
        people: !without.includes('people'),
        readings: !without.includes('readings'),
        questions: !without.includes('questions'),
        days: days === null ? null : days.split(',').map((day) => dayOf(agenda, day)),
        edition: version === null ? editionAsOf(shell.now(), zone) : editionOfVersion(version.version, zone),
      }
      const link = `${originOf(config)}/m/${meeting}`
      const bytes = await rendered(shell, `--format is "${format}", but the file cannot be made`, async (pool) => {
        if (format === 'ics' && version === null) {
          return printCalendar({ storage, pool, now: shell.now }, { meeting, agenda, options, link })
        }
        const revisions = format === 'ics' ? await storage.revisions(meeting) : null
        const now = version?.version.at ?? shell.now()
        return (await pool.print({ format, agenda, options, meeting, link, revisions, now })).bytes
      })
      if (file === undefined) shell.out(bytes)
      else write(file, bytes)
      return 0
    })
}

async function versionOf(
  storage: Storage,
  meeting: MeetingId,
  number: string,
): Promise<{ readonly version: Version; readonly agenda: Agenda }> {
  const versions = await storage.versions(meeting)
  const found = versions.find((one) => String(one.number) === number || one.id === number)
  const version = found === undefined ? null : await readVersion(storage, meeting, found.id)
  if (version === null) throw new Wrong(`--version is "${number}", but the meeting has no such version.`)
  return version
}

/** Finds a day by its number, date or id. */
function dayOf(agenda: Agenda, options: string): DayId {
  const found = agenda.days.find((day, index) => [String(index + 1), day.date, day.id as string].includes(options))
  if (found === undefined) throw new Wrong(`--days names "${options}", but the agenda has no such day.`)
  return found.id
}

/** Runs a pool job, and prints a note if it takes longer than half a second. */
async function rendered<T>(
  shell: Shell,
  failure: string,
  work: (pool: RenderPool) => Promise<T>,
  limits: Parameters<typeof openRenderPool>[0] = {},
): Promise<T> {
  const pool = openRenderPool(limits)
  const sign = setTimeout(() => shell.err('Working ...\n'), 500)
  try {
    return await work(pool)
  } catch (error) {
    if (!(error instanceof RenderFailure)) throw error
    const why = error.reason === 'missing' ? 'Typst does not run on this machine' : error.message
    throw new Wrong(`${failure}: ${why}.`)
  } finally {
    clearTimeout(sign)
    await pool.close()
  }
}

/** Writes atomically: an existing file stays until the new one is complete. */
function write(file: string, bytes: Uint8Array): void {
  const part = `${file}.${process.pid}.part`
  try {
    writeFileSync(part, bytes)
    renameSync(part, file)
  } catch (error) {
    throw new Wrong(`--out is "${file}", but it cannot be written: ${(error as NodeJS.ErrnoException).code}.`)
  }
}

async function withStorage(
  shell: Shell,
  mode: 'open' | 'create',
  work: (storage: Storage, config: Config) => Promise<number>,
): Promise<number> {
  const read = readConfig(shell.env)
  if (!read.ok) throw new Wrong(read.message)
  const { data } = read.config
  if (mode === 'open' && !existsSync(sqliteFile(data))) {
    throw new Wrong(`PARLEY_DATA is "${data}", but there are no meetings in that folder.`)
  }
  let storage: Storage
  try {
    storage = openSqlite(data)
  } catch (error) {
    throw new Wrong(
      `PARLEY_DATA is "${data}", but it cannot be used: ${error instanceof Error ? error.message : error}.`,
    )
  }
  try {
    return await work(storage, read.config)
  } finally {
    await storage.close()
  }
}

interface Options {
  readonly positionals: readonly string[]
  readonly values: ReadonlyMap<string, string>
  readonly flags: ReadonlySet<string>
}

function read(
  args: readonly string[],
  positionals: readonly string[],
  options: readonly string[],
  flags: readonly string[] = [],
): Options {
  const { tokens } = parseArgs({
    args: [...args],
    strict: false,
    tokens: true,
    allowPositionals: true,
    options: Object.fromEntries([
      ...options.map((name) => [name, { type: 'string' }] as const),
      ...flags.map((name) => [name, { type: 'boolean' }] as const),
    ]),
  })
  const values = new Map<string, string>()
  const set = new Set<string>()
  const found: string[] = []
  for (const token of tokens) {
    if (token.kind === 'positional') found.push(token.value)
    if (token.kind !== 'option') continue
    const { name, rawName, value } = token
    if (flags.includes(name)) {
      if (value !== undefined) throw new Wrong(`${rawName} takes no value.`)
      set.add(name)
    } else if (options.includes(name)) {
      if (values.has(name)) throw new Wrong(`${rawName} is given twice.`)
      if (value === undefined || value === '' || (!token.inlineValue && value.startsWith('--'))) {
        throw new Wrong(`${rawName} needs a value.`)
      }
      values.set(name, value)
    } else throw new Wrong(`${rawName} is not an option of this command.`)
  }
  const missing = positionals[found.length]
  if (missing !== undefined) throw new Wrong(`${missing} is missing.`)
  const extra = found[positionals.length]
  if (extra !== undefined) throw new Wrong(`"${extra}" is one argument too many.`)
  return { positionals: found, values, flags: set }
}

function choice<T extends string>(options: Options, name: string, choices: readonly T[], fallback?: T): T {
  const value = options.values.get(name)
  const list = `${choices.slice(0, -1).join(', ')}${choices.length > 1 ? ' or ' : ''}${choices.at(-1)}`
  if (value === undefined) {
    if (fallback !== undefined) return fallback
    throw new Wrong(`--${name} is missing: ${list}.`)
  }
  const chosen = choices.find((one) => one === value)
  if (chosen === undefined) throw new Wrong(`--${name} is "${value}", but must be ${list}.`)
  return chosen
}

function titleOf(options: Options, name: string): string {
  const value = options.values.get(name)?.normalize('NFC').trim()
  if (!value) throw new Wrong(`--${name} is missing.`)
  if (value.length > 300) throw new Wrong(`--${name} is longer than 300 characters.`)
  if (/\p{Cc}/u.test(value)) throw new Wrong(`--${name} must be one line of text.`)
  return value
}

function shown(value: string): string {
  return value === '' ? '' : `, not "${value}"`
}

function noMeeting(meeting: string): Wrong {
  return new Wrong(`MEETING is "${meeting}", but there is no such meeting.`)
}

interface Linked extends FreshInvitation {
  readonly link: string
}

function originOf({ origin, port }: Config): string {
  return origin ?? `http://localhost:${port}`
}

function linked({ id, role, side, token }: FreshInvitation, config: Config): Linked {
  return { id, role, side, token, link: linkOf(originOf(config), token) }
}

function invitationLine({ id, role, side, link }: Linked): string {
  return `${id}  ${`${role} ${side}`.padEnd(14)}  ${link}`
}
