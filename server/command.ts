import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { extname } from 'node:path'
import { parseArgs } from 'node:util'
import { type Agenda, type MeetingId, sides } from '../shared/domain/agenda.ts'
import { template, templates } from '../shared/domain/template.ts'
import { toJson } from '../shared/export/json.ts'
import { toMarkdown } from '../shared/export/markdown.ts'
import { fromJson } from '../shared/export/parse.ts'
import { mintId } from './access/mint.ts'
import { type Config, readConfig } from './config.ts'
import {
  agendaOf,
  createInvitation,
  createMeeting,
  type FreshInvitation,
  linkOf,
  revokeInvitation,
} from './meetings.ts'
import { openSqlite, sqliteFile } from './storage/sqlite.ts'
import { type InvitationId, roles, type Storage } from './storage/storage.ts'

/** The world of the command line, so that a test can be it. */
export interface Shell {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly serve: (env: Shell['env']) => Promise<number>
  readonly out: (text: string) => void
  readonly err: (text: string) => void
  readonly now: () => number
}

export const usage = `parley: two delegations build one agenda

  parley serve
  parley meeting create --title-en T --title-zh T [--template two-day|half-day|blank] [--json]
  parley meeting list [--json]
  parley invitation create MEETING --role organizer|delegate|observer --side us|cn|none [--json]
  parley invitation revoke ID
  parley export MEETING --format json|md [--lang en|zh|both] [--lead us|cn] [--out FILE]
  parley import FILE [--json]

Works on the folder PARLEY_DATA (./data), also while a server does.
`

/** A wrong argument: one sentence that names it. Nothing has been changed. */
class Wrong extends Error {}

/** Carries out one command. The exit code: 0 done, 2 not done because an argument or the environment is wrong. */
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
      throw new Wrong(`After "meeting" comes create or list${shown(second)}.`)
    case 'invitation':
      if (second === 'create') return invitationCreate(args.slice(2))
      if (second === 'revoke') return invitationRevoke(args.slice(2))
      throw new Wrong(`After "invitation" comes create or revoke${shown(second)}.`)
    default:
      throw new Wrong(`"${first}" is not a command; "parley --help" lists them.`)
  }
}

function meetingCreate(args: readonly string[]): Command {
  const given = read(args, [], ['title-en', 'title-zh', 'template'], ['json'])
  const title = { en: titleOf(given, 'title-en'), zh: titleOf(given, 'title-zh') }
  const name = choice(given, 'template', templates, 'two-day')
  return (shell) => {
    const date = new Date(shell.now() + 30 * 24 * 3600_000).toISOString().slice(0, 10)
    return make(shell, template(name, { title, date, mint: mintId }), given.flags.has('json'))
  }
}

function importCommand(args: readonly string[]): Command {
  const given = read(args, ['FILE'], [], ['json'])
  const file = given.positionals[0] as string
  if (extname(file) === '.md') throw new Wrong(`FILE is "${file}", but this version of Parley imports JSON only.`)
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file))
  } catch (error) {
    const why = error instanceof TypeError ? 'it is not UTF-8 text' : (error as NodeJS.ErrnoException).code
    throw new Wrong(`FILE is "${file}", but it cannot be read: ${why}.`)
  }
  const parsed = fromJson(text)
  if (!parsed.ok) {
    const [problem] = parsed.problems
    const more = parsed.problems.length > 1 ? ` (and ${parsed.problems.length - 1} more)` : ''
    const where = problem?.path ? `${problem.path}: ` : ''
    throw new Wrong(`FILE is "${file}", but it cannot be imported: ${where}${problem?.message}${more}`)
  }
  return (shell) => make(shell, parsed.agenda, given.flags.has('json'))
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
  const given = read(args, [], [], ['json'])
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
      if (given.flags.has('json')) shell.out(`${JSON.stringify({ meetings })}\n`)
      else
        for (const { meeting, createdAt, title } of meetings) {
          shell.out(`${meeting}  ${createdAt.slice(0, 10)}  ${[title.en, title.zh].filter(Boolean).join(' · ')}\n`)
        }
      return 0
    })
}

function invitationCreate(args: readonly string[]): Command {
  const given = read(args, ['MEETING'], ['role', 'side'], ['json'])
  const meeting = given.positionals[0] as MeetingId
  const role = choice(given, 'role', roles)
  const side = choice(given, 'side', [...sides, 'none'] as const)
  return (shell) =>
    withStorage(shell, 'open', async (storage, config) => {
      const fresh = await createInvitation(storage, meeting, role, side, shell.now())
      if (fresh === null) throw noMeeting(meeting)
      const made = linked(fresh, config)
      shell.out(given.flags.has('json') ? `${JSON.stringify(made)}\n` : `${invitationLine(made)}\n`)
      return 0
    })
}

function invitationRevoke(args: readonly string[]): Command {
  const given = read(args, ['ID'], [])
  const id = given.positionals[0] as InvitationId
  return (shell) =>
    withStorage(shell, 'open', async (storage) => {
      const known = await revokeInvitation(storage, id, shell.now())
      if (!known) throw new Wrong(`ID is "${id}", but there is no such invitation.`)
      shell.out(`Revoked ${id}\n`)
      return 0
    })
}

const formats = ['json', 'md'] as const
const laterFormats = ['html', 'docx', 'pdf', 'ics']

function exportCommand(args: readonly string[]): Command {
  const given = read(args, ['MEETING'], ['format', 'lang', 'lead', 'profile', 'out'])
  const meeting = given.positionals[0] as MeetingId
  const wanted = given.values.get('format') ?? ''
  if (laterFormats.includes(wanted)) {
    throw new Wrong(`--format is "${wanted}", but this version of Parley exports json and md.`)
  }
  const format = choice(given, 'format', formats)
  const language = choice(given, 'lang', ['en', 'zh', 'both'] as const, 'both')
  const lead = choice(given, 'lead', sides, 'us')
  choice(given, 'profile', ['negotiating'] as const, 'negotiating')
  const file = given.values.get('out')
  return (shell) =>
    withStorage(shell, 'open', async (storage) => {
      const agenda = await agendaOf(storage, meeting)
      if (agenda === null) throw noMeeting(meeting)
      const text = format === 'json' ? toJson(agenda) : toMarkdown(agenda, { language, lead })
      if (file === undefined) shell.out(text)
      else write(file, text)
      return 0
    })
}

/** Whole or not at all: a file that is there already stays until the new one is written. */
function write(file: string, text: string): void {
  const part = `${file}.${process.pid}.part`
  try {
    writeFileSync(part, text)
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

// ------------------------------------------------------------------------------------------------- reading arguments

interface Given {
  readonly positionals: readonly string[]
  readonly values: ReadonlyMap<string, string>
  readonly flags: ReadonlySet<string>
}

function read(
  args: readonly string[],
  positionals: readonly string[],
  options: readonly string[],
  flags: readonly string[] = [],
): Given {
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

function choice<T extends string>(given: Given, name: string, choices: readonly T[], fallback?: T): T {
  const value = given.values.get(name)
  const list = `${choices.slice(0, -1).join(', ')}${choices.length > 1 ? ' or ' : ''}${choices.at(-1)}`
  if (value === undefined) {
    if (fallback !== undefined) return fallback
    throw new Wrong(`--${name} is missing: ${list}.`)
  }
  const chosen = choices.find((one) => one === value)
  if (chosen === undefined) throw new Wrong(`--${name} is "${value}", but must be ${list}.`)
  return chosen
}

function titleOf(given: Given, name: string): string {
  const value = given.values.get(name)?.normalize('NFC').trim()
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

function linked({ id, role, side, token }: FreshInvitation, { origin, port }: Config): Linked {
  return { id, role, side, token, link: linkOf(origin ?? `http://localhost:${port}`, token) }
}

function invitationLine({ id, role, side, link }: Linked): string {
  return `${id}  ${`${role} ${side}`.padEnd(14)}  ${link}`
}
