import { existsSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import { parseArgs } from 'node:util'
import { type InvitationId, largestFile, roles } from '../../shared/api/terms.ts'
import { agendaOfUpdate } from '../../shared/document/read.ts'
import { type Agenda, type DayId, languages, type MeetingId, sides } from '../../shared/domain/agenda.ts'
import { tidyName } from '../../shared/domain/name.ts'
import { endOfRetention, isDate } from '../../shared/domain/retention.ts'
import { template, templates } from '../../shared/domain/template.ts'
import type { CopyOptions } from '../../shared/export/copy.ts'
import { formatNames } from '../../shared/export/formats.ts'
import { printableLine } from '../../shared/export/printable.ts'
import { editionAsOf, editionOfVersion } from '../../shared/export/words.ts'
import type { FileLine } from '../../shared/import/understanding.ts'
import { merge } from '../../shared/wire/merge.ts'
import { compact } from '../../shared/wire/sync.ts'
import { isWithin, light, weightOfAll } from '../../shared/wire/weight.ts'
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
import { backUp, type Manifest, Occupied, restoreInto } from '../storage/sqlite/backup.ts'
import { examine, tracesIn, Unfit, unusable } from '../storage/sqlite/folder.ts'
import { openSqlite } from '../storage/sqlite/storage.ts'
import { type Verified, verify } from '../storage/sqlite/verify.ts'
import { Damaged, type Storage } from '../storage/storage.ts'
import type { Version } from '../storage/versions.ts'

/** The environment of the command line, so that a test can replace it. */
export interface Shell {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly serve: (env: Shell['env']) => Promise<number>
  readonly out: (output: string | Uint8Array) => void
  readonly err: (text: string) => void
  readonly now: () => number
  /** Asks whoever sits there, and returns a line; null when nobody does. */
  readonly ask?: (question: string) => Promise<string | null>
}

const usage = `parley: two delegations build one agenda

  parley serve
  parley meeting create --title-en T --title-zh T [--template two-day|half-day|blank]
         [--retain-until DATE] [--json]
  parley meeting list [--json]
  parley meeting retain MEETING DATE|--never  the last day on which it is kept; then it is deleted
  parley meeting delete MEETING [--yes] [--json]              for good, with everything of it
  parley meeting rebuild MEETING [--json]     makes its document anew from its agenda, while no server runs
  parley invitation create MEETING --role organizer|delegate|observer --side us|cn|none [--for NAME] [--json]
  parley invitation list MEETING [--json]
  parley invitation revoke ID
  parley export MEETING --format ${formatNames.join('|')} [--profile negotiating] [--lang en|zh|both] [--lead us|cn]
         [--without people,readings,questions] [--days 1,2] [--version NUMBER] [--out FILE]
  parley import FILE [--preview] [--json]     JSON, Markdown, Word (.docx), iCalendar or a conference schedule
  parley backup FILE [--json]                 all data in one new file, also while a server runs
  parley verify FILE|FOLDER [--json]          reads all of a backup or a data folder; exits with 1 when something is wrong
  parley restore FILE [--anyway] [--json]     into an empty PARLEY_DATA; --anyway: also from a backup that is damaged

Works on the folder PARLEY_DATA (./data), also while a server does.
`

/** A wrong argument. The message is one sentence that names it. Nothing has been changed. */
class Wrong extends Error {}

/**
 * Runs one command. Returns the exit code: 0 done, 1 something is wrong with the data, 2 not done because an argument or
 * the environment is wrong.
 */
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
      return backupCommand(args.slice(1))
    case 'restore':
      return restoreCommand(args.slice(1))
    case 'verify':
      return verifyCommand(args.slice(1))
    case 'meeting':
      if (second === 'create') return meetingCreate(args.slice(2))
      if (second === 'list') return meetingList(args.slice(2))
      if (second === 'rebuild') return meetingRebuild(args.slice(2))
      if (second === 'retain') return meetingRetain(args.slice(2))
      if (second === 'delete') return meetingDelete(args.slice(2))
      throw new Wrong(`After "meeting" comes create, list, rebuild, retain or delete${shown(second)}.`)
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
  const options = read(args, [], ['title-en', 'title-zh', 'template', 'retain-until'], ['json'])
  const title = { en: titleOf(options, 'title-en'), zh: titleOf(options, 'title-zh') }
  const name = choice(options, 'template', templates, 'two-day')
  const until = options.values.get('retain-until') ?? null
  return (shell) => {
    if (until !== null) refuseDate('--retain-until', until, shell.now())
    const date = new Date(shell.now() + 30 * 24 * 3600_000).toISOString().slice(0, 10)
    return make(shell, template(name, { title, date, newId: newId }), options.flags.has('json'), until)
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

function lineText({ where, text, outcome }: FileLine): string {
  const words = outcome.type === 'used' ? outcome.as : `not used (${outcome.why})`
  return `${where}: ${words}: ${printableLine(text)}`
}

async function make(shell: Shell, agenda: Agenda, json: boolean, until: string | null = null): Promise<number> {
  return withStorage(shell, 'create', async (storage, config) => {
    const { meeting, invitations } = await createMeeting(storage, agenda, shell.now())
    if (until !== null) await storage.setRetention(meeting, until)
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
          const agenda = await agendaOf(storage, id).catch((error: unknown) => {
            if (error instanceof Damaged) return null
            throw error
          })
          const { retainUntil, asked } = await storage.ending(id)
          const [by] = asked === null ? [] : await storage.members(id, [asked.person])
          return {
            meeting: id,
            createdAt: new Date(createdAt).toISOString(),
            title: agenda?.title ?? { en: '', zh: '' },
            retainUntil,
            deletionAsked: asked && { by: by?.name ?? '', at: new Date(asked.at).toISOString() },
          }
        }),
      )
      if (options.flags.has('json')) shell.out(`${JSON.stringify({ meetings })}\n`)
      else
        for (const { meeting, createdAt, title, retainUntil, deletionAsked } of meetings) {
          // User text must not control the terminal or break the line.
          const titles = [title.en, title.zh].filter(Boolean).map(printableLine)
          const ending = [
            ...(retainUntil === null ? [] : [`kept until ${retainUntil}`]),
            ...(deletionAsked === null
              ? []
              : [`deletion asked for by ${printableLine(deletionAsked.by)}, ${minuteOf(deletionAsked.at)}`]),
          ]
          shell.out(`${[meeting, createdAt.slice(0, 10), titles.join(' · '), ...ending].join('  ')}\n`)
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
        await letGo()
      }
    })
}

function meetingRetain(args: readonly string[]): Command {
  const never = args.includes('--never')
  const options = read(args, never ? ['MEETING'] : ['MEETING', 'DATE'], [], ['never'])
  const [meeting, until = null] = options.positionals as [MeetingId, string?]
  return (shell) => {
    if (until !== null) refuseDate('DATE', until, shell.now())
    return withStorage(shell, 'open', async (storage) => {
      if (!(await storage.setRetention(meeting, until))) throw noMeeting(meeting)
      shell.out(until === null ? `Kept ${meeting} until it is deleted\n` : `Kept ${meeting} until ${until}\n`)
      return 0
    })
  }
}

/** A date that is over would delete the meeting at once, which is asked for in another way. */
function refuseDate(name: string, date: string, now: number): void {
  if (!isDate(date)) throw new Wrong(`${name} is "${date}", but must be a date such as 2027-03-31.`)
  if (endOfRetention(date) <= now) throw new Wrong(`${name} is "${date}", but that day is over.`)
}

/** Deletes a meeting with everything of it. A server notices within a second, and tells the devices. */
function meetingDelete(args: readonly string[]): Command {
  const options = read(args, ['MEETING'], [], ['yes', 'json'])
  const meeting = options.positionals[0] as MeetingId
  return (shell) =>
    withStorage(shell, 'open', async (storage) => {
      if (!(await storage.hasMeeting(meeting))) throw noMeeting(meeting)
      if (!options.flags.has('yes')) {
        const titles = Object.values((await agendaOf(storage, meeting))?.title ?? {}).filter((title) => title !== '')
        // Without a title, its id.
        const names = titles.length === 0 ? [meeting] : titles
        shell.err(`${names.map(printableLine).join(' · ')}\n`)
        const typed = await shell.ask?.('This cannot be undone. Type its title (in one language) to delete it: ')
        if (!names.some((name) => name.normalize('NFC').trim() === typed?.normalize('NFC').trim())) {
          throw new Wrong('That is not the title of the meeting: nothing has been deleted.')
        }
      }
      const at = shell.now()
      await storage.deleteMeeting(meeting, at)
      try {
        await storage.wipe()
      } catch (error) {
        shell.err(`Deleted, but its bytes are still in the files (${error}): a server takes them out within minutes.\n`)
      }
      if (options.flags.has('json'))
        shell.out(`${JSON.stringify({ meeting, deletedAt: new Date(at).toISOString() })}\n`)
      else shell.out(`Deleted ${meeting}\n`)
      return 0
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

function backupCommand(args: readonly string[]): Command {
  const options = read(args, ['FILE'], [], ['json'])
  const file = options.positionals[0] as string
  return async (shell) => {
    const { data } = configOf(shell)
    requireMeetings(data)
    let manifest: Manifest
    try {
      examine(data)
      manifest = await backUp(data, file, { at: shell.now(), program: programVersion() })
    } catch (error) {
      if (error instanceof Unfit) throw new Wrong(unusable(data, error))
      if (error instanceof Occupied)
        throw new Wrong(`FILE is "${file}", but there is a file of that name: nothing was written.`)
      throw new Wrong(`FILE is "${file}", but it cannot be written: ${messageOf(error)}.`)
    }
    const { findings } = await verified(shell, file)
    const updates = manifest.documents.reduce((sum, one) => sum + one.updates, 0)
    const { made, program, schema, meetings } = manifest
    const documents = manifest.documents.length
    if (options.flags.has('json')) {
      shell.out(`${JSON.stringify({ file, made, program, schema, meetings, documents, updates, findings })}\n`)
    } else {
      shell.out(
        `Backed up to ${file}: ${meetings} meetings, ${documents} documents, ${updates} updates, as of ${made}\n`,
      )
    }
    for (const { message } of findings) shell.err(`${message}\n`)
    if (findings.length > 0)
      shell.err('The backup was written, but what it was made from is damaged. Keep the backup before it.\n')
    return findings.length > 0 ? 1 : 0
  }
}

function restoreCommand(args: readonly string[]): Command {
  const options = read(args, ['FILE'], [], ['json', 'anyway'])
  const file = options.positionals[0] as string
  return async (shell) => {
    const { data } = configOf(shell)
    if (existsSync(data) && readdirSync(data).length > 0) throw notEmpty(data)
    const { findings, ...counts } = await verified(shell, file)
    for (const { message } of findings) shell.err(`${message}\n`)
    if (findings.length > 0 && !options.flags.has('anyway')) {
      shell.err('Nothing was restored. Take another backup; if there is none, --anyway restores what can be read.\n')
      return 1
    }
    try {
      restoreInto(data, file)
    } catch (error) {
      if (error instanceof Occupied) throw notEmpty(data)
      throw new Wrong(`FILE is "${file}", but it cannot be restored: ${messageOf(error)}.`)
    }
    if (options.flags.has('json')) shell.out(`${JSON.stringify({ data, ...counts, findings })}\n`)
    else shell.out(`Restored into ${data}: ${countsLine(counts)}\n`)
    return 0
  }
}

function verifyCommand(args: readonly string[]): Command {
  const options = read(args, ['FILE|FOLDER'], [], ['json'])
  const path = options.positionals[0] as string
  return async (shell) => {
    const { findings, ...counts } = await verified(shell, path, 'FILE|FOLDER')
    if (options.flags.has('json')) shell.out(`${JSON.stringify({ ...counts, findings })}\n`)
    else {
      for (const { message } of findings) shell.out(`${message}\n`)
      const sum =
        findings.length === 0 ? 'nothing is wrong' : `${findings.length} finding${findings.length === 1 ? '' : 's'}`
      shell.out(`Read ${countsLine(counts)}: ${sum}\n`)
    }
    return findings.length > 0 ? 1 : 0
  }
}

function countsLine({ documents, updates, versions }: Omit<Verified, 'findings'>): string {
  return `${documents} documents, ${updates} updates and ${versions} versions`
}

function notEmpty(data: string): Wrong {
  return new Wrong(
    `PARLEY_DATA is "${data}", but that folder is not empty: name one that is, or that there is not yet.`,
  )
}

function verified(shell: Shell, path: string, argument = 'FILE'): Promise<Verified> {
  if (!existsSync(path)) throw new Wrong(`${argument} is "${path}", but there is no such file or folder.`)
  const check = (pool: RenderPool) =>
    verify(path, async (name, updates) => {
      const isAgenda = name.startsWith('agenda')
      // A heavy document may take minutes or end its process.
      const isLight = isWithin(weightOfAll(updates[0] as Uint8Array, updates.slice(1)), light)
      if (isLight) return isAgenda ? agendaOfUpdate(merge(updates)) : compact(updates)
      return isAgenda ? pool.open(async () => updates) : pool.compact(updates)
    })
  return rendered(shell, `${argument} is "${path}", but it cannot be read`, check, patient)
}

function programVersion(): string {
  const about = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(about) as { version: string }).version
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
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
  const config = configOf(shell)
  if (mode === 'open') requireMeetings(config.data)
  const storage = openFolder(config.data)
  try {
    return await work(storage, config)
  } finally {
    await storage.close()
  }
}

function configOf(shell: Shell): Config {
  const read = readConfig(shell.env)
  if (!read.ok) throw new Wrong(read.message)
  return read.config
}

function requireMeetings(data: string): void {
  if (tracesIn(data).length > 0) return
  throw new Wrong(`PARLEY_DATA is "${data}", but there are no meetings in that folder.`)
}

function openFolder(data: string): Storage {
  try {
    return openSqlite(data)
  } catch (error) {
    throw new Wrong(unusable(data, error))
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
