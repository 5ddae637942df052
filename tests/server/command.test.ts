import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { run } from '../../server/cli/command.ts'
import { readConfig } from '../../server/process/config.ts'
import type { SecretHash } from '../../server/storage/members.ts'
import { openSqlite } from '../../server/storage/sqlite/storage.ts'
import type { InvitationId, SessionId } from '../../shared/api/terms.ts'
import type { PersonId } from '../../shared/domain/agenda.ts'
import { formatNames } from '../../shared/export/formats.ts'
import { sample } from '../support/agenda.ts'
import { enter, root, startProcess } from '../support/server.ts'

let folder: string
let data: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-'))
  data = join(folder, 'data')
})
afterEach(() => rm(folder, { recursive: true, force: true }))

interface Made {
  readonly meeting: string
  readonly invitations: { id: string; role: string; side: string; token: string; link: string }[]
}

/** A command as typed, in this process. */
function parley(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  return typing(null, ...args)
}

/** The same, with somebody who answers what it asks. */
async function typing(answer: string | null, ...args: string[]): Promise<{ code: number; out: string; err: string }> {
  let out = ''
  let err = ''
  const code = await run(args, {
    env: { PARLEY_DATA: data, PARLEY_ORIGIN: 'https://parley.example.org' },
    serve: async () => 0,
    out: (output) => {
      out += typeof output === 'string' ? output : new TextDecoder().decode(output)
    },
    err: (text) => {
      err += text
    },
    now: Date.now,
    ask: async () => answer,
  })
  return { code, out, err }
}

async function create(): Promise<Made> {
  const { out, code } = await parley(
    'meeting',
    'create',
    '--title-en',
    'AI testing',
    '--title-zh',
    '人工智能测试',
    '--json',
  )
  expect(code).toBe(0)
  return JSON.parse(out) as Made
}

test('meeting create prints the meeting and its invitations, with --json exactly that', async () => {
  const made = await create()
  expect(Object.keys(made)).toEqual(['meeting', 'invitations'])
  expect(made.invitations.map(({ role, side }) => `${role} ${side}`)).toEqual([
    'organizer us',
    'organizer cn',
    'delegate us',
    'delegate cn',
    'observer none',
  ])
  for (const one of made.invitations) {
    expect(Object.keys(one)).toEqual(['id', 'role', 'side', 'token', 'link'])
    expect(one.link).toBe(`https://parley.example.org/join#${one.token}`)
  }
  const { out } = await parley('meeting', 'list')
  expect(out).toContain(made.meeting)
  expect(out).toContain('AI testing · 人工智能测试')
})

test('an agenda goes out as JSON, in again, and out again the same', async () => {
  const file = join(folder, 'agenda.json')
  await writeFile(file, JSON.stringify(sample()))
  const imported = JSON.parse((await parley('import', file, '--json')).out) as Made
  const first = (await parley('export', imported.meeting, '--format', 'json')).out
  expect(JSON.parse(first)).toEqual(sample())
  const out = join(folder, 'out.json')
  expect((await parley('export', imported.meeting, '--format', 'json', '--out', out)).out).toBe('')
  const again = JSON.parse((await parley('import', out, '--json')).out) as Made
  expect(again.meeting).not.toBe(imported.meeting)
  expect((await parley('export', again.meeting, '--format', 'json')).out).toBe(first)
  expect(await readFile(out, 'utf8')).toBe(first)
})

test('an agenda goes out as Markdown, in one language or both', async () => {
  const { meeting } = await create()
  const zh = (await parley('export', meeting, '--format', 'md', '--lang', 'zh')).out
  expect(zh).toContain('人工智能测试')
  expect(zh).not.toContain('AI testing')
})

test('an invitation made while the server runs opens the meeting, and revoked it does not', async () => {
  const { meeting } = await create()
  const server = await startProcess(data)
  const made = JSON.parse(
    (await parley('invitation', 'create', meeting, '--role', 'delegate', '--side', 'cn', '--json')).out,
  ) as Made['invitations'][number]
  expect(Object.keys(made)).toEqual(['id', 'role', 'side', 'token', 'link'])
  expect((await enter(server.origin, made.token, '陈晨')).person).toMatchObject({ role: 'delegate', side: 'cn' })
  expect(await parley('invitation', 'revoke', made.id)).toMatchObject({ code: 0 })
  await expect(enter(server.origin, made.token, '陈晨')).rejects.toThrow(/403/)
  server.child.kill('SIGTERM')
  await server.exited
})

test('meeting delete asks for its title, in either language, and takes no other answer', async () => {
  const [first, second] = [await create(), await create()]
  for (const wrong of [null, '', 'AI', first.meeting, 'yes']) {
    const { code, out, err } = await typing(wrong, 'meeting', 'delete', first.meeting)
    expect([code, out]).toEqual([2, ''])
    expect(err).toBe('AI testing · 人工智能测试\nThat is not the title of the meeting: nothing has been deleted.\n')
  }
  expect((await typing(' 人工智能测试 ', 'meeting', 'delete', first.meeting)).out).toBe(`Deleted ${first.meeting}\n`)
  expect((await typing('AI testing', 'meeting', 'delete', second.meeting)).code).toBe(0)
  expect((await parley('meeting', 'list')).out).toBe('')
})

test('the command line reads the title from standard input, whoever types it', async () => {
  const { meeting } = await create()
  const child = execFile(process.execPath, ['server/cli/cli.ts', 'meeting', 'delete', meeting], {
    cwd: root,
    env: { ...process.env, PARLEY_DATA: data },
  })
  child.stdin!.end('AI testing\n')
  const code = await new Promise((resolve) => child.once('exit', resolve))
  expect(code).toBe(0)
  expect((await parley('meeting', 'list')).out).toBe('')
})

test('a meeting is kept until the day it was made with, until another, or until it is deleted', async () => {
  const titles = ['--title-en', 'A', '--title-zh', '题']
  const made = await parley('meeting', 'create', ...titles, '--retain-until', '2199-03-31', '--json')
  const { meeting } = JSON.parse(made.out) as Made
  const listed = async () => JSON.parse((await parley('meeting', 'list', '--json')).out).meetings[0]
  expect(await listed()).toMatchObject({ meeting, retainUntil: '2199-03-31', deletionAsked: null })
  expect((await parley('meeting', 'list')).out).toMatch(/A · 题 {2}kept until 2199-03-31$/m)
  expect((await parley('meeting', 'retain', meeting, '2199-04-30')).out).toBe(`Kept ${meeting} until 2199-04-30\n`)
  expect((await listed()).retainUntil).toBe('2199-04-30')
  expect((await parley('meeting', 'retain', meeting, '--never')).code).toBe(0)
  expect((await listed()).retainUntil).toBeNull()
})

test('invitation list tells alike invitations apart: when each was made, who came in by it, and which are revoked', async () => {
  const { meeting, invitations } = await create()
  const ids = invitations.map(({ id }) => id)
  const storage = openSqlite(data)
  for (const [name, person] of [
    ['Guest A', 'p1'],
    ['来宾乙\u001b[2J', 'p2'],
  ] as const) {
    await storage.enter({
      ...{ before: null, session: person as SecretHash, id: person as SessionId, at: Date.now() },
      ...{ invitation: ids[2] as InvitationId, name, looks: [name], person: person as PersonId },
    })
  }
  await storage.close()
  await parley('invitation', 'revoke', ids[3]!)
  const { code, out } = await parley('invitation', 'list', meeting)
  expect(code).toBe(0)
  const lines = out.trimEnd().split('\n')
  expect(lines.map((line) => line.split(' ')[0])).toEqual(ids)
  expect(lines[2]).toMatch(/ {2}delegate us {5}made \d{4}-\d\d-\d\d \d\d:\d\dZ {2}used by Guest A, 来宾乙\[2J$/)
  expect(lines[3]).toMatch(/ {2}delegate cn .* {2}used by nobody {2}revoked \d{4}-\d\d-\d\d \d\d:\d\dZ$/)
  const listed = JSON.parse((await parley('invitation', 'list', meeting, '--json')).out) as { invitations: unknown[] }
  expect(listed.invitations[3]).toEqual({
    id: ids[3],
    role: 'delegate',
    side: 'cn',
    createdAt: expect.any(String),
    revokedAt: expect.any(String),
    for: null,
    people: [],
  })
  expect(listed.invitations[2]).toMatchObject({ revokedAt: null, people: ['Guest A', '来宾乙\u001b[2J'] })
})

describe('a wrong argument: one sentence that names it, exit code 2, nothing changed', () => {
  test.each<[string[], RegExp]>([
    [['frobnicate'], /"frobnicate" is not a command/],
    [['meeting'], /"meeting" comes create, list, rebuild, retain or delete/],
    [['meeting', 'destroy'], /not "destroy"/],
    [['meeting', 'delete'], /MEETING is missing/],
    [['meeting', 'delete', 'nosuch', '--yes'], /MEETING is "nosuch", but there is no such meeting/],
    [['meeting', 'retain', 'MEETING'], /DATE is missing/],
    [['meeting', 'retain', 'MEETING', '2199-02-30'], /DATE is "2199-02-30", but must be a date/],
    [['meeting', 'retain', 'MEETING', '2020-01-01'], /DATE is "2020-01-01", but that day is over/],
    [['meeting', 'retain', 'MEETING', '2199-01-01', '--never'], /"2199-01-01" is one argument too many/],
    [['meeting', 'retain', 'nosuch', '2199-01-01'], /MEETING is "nosuch", but there is no such meeting/],
    [
      ['meeting', 'create', '--title-en', 'A', '--title-zh', '题', '--retain-until', 'soon'],
      /--retain-until is "soon", but must be a date/,
    ],
    [['meeting', 'create'], /--title-en is missing/],
    [['meeting', 'create', '--title-en', 'A'], /--title-zh is missing/],
    [['meeting', 'create', '--title-en', ' ', '--title-zh', '题'], /--title-en/],
    [['meeting', 'create', '--title-en', 'A\nB', '--title-zh', '题'], /--title-en must be one line/],
    [
      ['meeting', 'create', '--title-en', 'A', '--title-zh', '题', '--template', 'week'],
      /--template is "week", but must be two-day, half-day or blank/,
    ],
    [['meeting', 'create', '--title-en', '--title-zh', '题'], /--title-en needs a value/],
    [['meeting', 'create', '--title-en', 'A', '--title-en', 'B', '--title-zh', '题'], /--title-en is given twice/],
    [['meeting', 'create', '--title-en', 'A', '--title-zh', '题', '--colour', 'red'], /--colour is not an option/],
    [['meeting', 'create', '--title-en', 'A', '--title-zh', '题', 'more'], /"more" is one argument too many/],
    [['meeting', 'create', '--title-en', 'A', '--title-zh', '题', '--json=yes'], /--json takes no value/],
    [['invitation', 'create'], /MEETING is missing/],
    [['invitation', 'create', 'MEETING', '--side', 'us'], /--role is missing/],
    [['invitation', 'create', 'MEETING', '--role', 'boss', '--side', 'us'], /--role is "boss"/],
    [['invitation', 'create', 'MEETING', '--role', 'delegate', '--side', 'eu'], /--side is "eu"/],
    [
      ['invitation', 'create', 'nosuch', '--role', 'delegate', '--side', 'us'],
      /MEETING is "nosuch", but there is no such meeting/,
    ],
    [['invitation', 'delete'], /"invitation" comes create, list or revoke, not "delete"/],
    [['invitation', 'list'], /MEETING is missing/],
    [['invitation', 'list', 'nosuch'], /MEETING is "nosuch", but there is no such meeting/],
    [['invitation', 'revoke'], /ID is missing/],
    [['invitation', 'revoke', 'nosuch'], /ID is "nosuch", but there is no such invitation/],
    [['export', 'MEETING'], /--format is missing/],
    [['export', 'nosuch', '--format', 'json'], /MEETING is "nosuch"/],
    [
      ['export', 'MEETING', '--format', 'odt'],
      new RegExp(`--format is "odt", but must be ${formatNames.join(', ').replace(/, (\w+)$/, ' or $1')}`),
    ],
    [['export', 'MEETING', '--format', 'md', '--without', 'people,names'], /--without names "names"/],
    [['export', 'MEETING', '--format', 'md', '--days', '1,9'], /--days names "9"/],
    [['export', 'MEETING', '--format', 'md', '--version', '3'], /--version is "3"/],
    [['export', 'MEETING', '--format', 'md', '--lang', 'fr'], /--lang is "fr"/],
    [['export', 'MEETING', '--format', 'md', '--lead', 'eu'], /--lead is "eu"/],
    [['export', 'MEETING', '--format', 'md', '--profile', 'clean'], /--profile is "clean"/],
    [
      ['export', 'MEETING', '--format', 'md', '--out', '/nowhere/at/all'],
      /--out is "\/nowhere\/at\/all", but it cannot be written/,
    ],
    [['import'], /FILE is missing/],
    [['import', '/nowhere.json'], /FILE is "\/nowhere.json", but it cannot be read/],
    [['import', 'agenda.md'], /FILE is "agenda.md", but it cannot be read: ENOENT/],
    [['backup'], /FILE is missing/],
    [['backup', 'package.json'], /FILE is "package.json", but there is a file of that name: nothing was written/],
    [['restore', '/nowhere'], /PARLEY_DATA is ".+", but that folder is not empty/],
    [['verify', '/nowhere'], /FILE\|FOLDER is "\/nowhere", but there is no such file or folder/],
  ])('%j', async (args, sentence) => {
    const { meeting } = await create()
    const tables = async () => {
      const storage = openSqlite(data)
      const all = [await storage.meetings(), await storage.invitations(meeting as never)]
      await storage.close()
      return all
    }
    const before = await tables()
    const { code, out, err } = await parley(...args.map((arg) => (arg === 'MEETING' ? meeting : arg)))
    expect(err).toMatch(sentence)
    // What takes longer than half a second gives a sign of life, on a slow machine here too.
    expect(err.replace('Working ...\n', '').trim().split('\n')).toHaveLength(1)
    expect([code, out]).toEqual([2, ''])
    expect(await tables()).toEqual(before)
  })

  test('a file with a mistake in it is refused with the path of the field', async () => {
    const file = join(folder, 'agenda.json')
    const bad = structuredClone(sample()) as unknown as { days: { items: { minutes: unknown }[] }[] }
    bad.days[0]!.items[0]!.minutes = 'long'
    await writeFile(file, JSON.stringify(bad))
    const { code, err } = await parley('import', file)
    expect(code).toBe(2)
    expect(err).toContain('days[0].items[0].minutes')
    expect(existsSync(data)).toBe(false)
  })

  test('where there is no data, looking does not make any', async () => {
    expect(await parley('meeting', 'list')).toMatchObject({ code: 2, err: expect.stringContaining('PARLEY_DATA') })
    expect(existsSync(data)).toBe(false)
  })
})

test('the launcher runs under the Node that is there, and hands through output and exit code', async () => {
  const node = existsSync('/usr/bin/node') ? '/usr/bin/node' : 'node'
  const env = { ...process.env, PARLEY_DATA: data, PATH: '/usr/local/bin:/usr/bin:/bin' }
  const { stdout } = await promisify(execFile)(node, ['server/parley.mjs', '--help'], { cwd: root, env })
  expect(stdout).toContain('parley meeting create')
  const failing = promisify(execFile)(node, ['server/parley.mjs', 'meeting', 'list'], { cwd: root, env })
  await expect(failing).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining('PARLEY_DATA') })
})

describe('a wrong environment stops the start with one sentence that names the variable', () => {
  test.each<[Record<string, string>, RegExp]>([
    [{ PORT: 'http' }, /^PORT is "http", but must be a port number/],
    [{ PORT: '70000' }, /^PORT is "70000"/],
    [{ PORT: '-1' }, /^PORT is "-1"/],
    [{ HOST: 'a b' }, /^HOST is "a b"/],
    [{ PARLEY_ORIGIN: 'parley.example.org' }, /^PARLEY_ORIGIN is "parley.example.org", but must be an origin/],
    [{ PARLEY_ORIGIN: 'https://parley.example.org/agenda' }, /^PARLEY_ORIGIN/],
    [{ PARLEY_ORIGIN: 'ftp://parley.example.org' }, /^PARLEY_ORIGIN/],
    [{ PARLEY_PROXIES: '0' }, /^PARLEY_PROXIES is "0", but must be the addresses of the proxies in front/],
    [{ PARLEY_PROXIES: '11' }, /^PARLEY_PROXIES is "11"/],
    [{ PARLEY_PROXIES: 'nginx' }, /^PARLEY_PROXIES is "nginx"/],
    [{ PARLEY_PROXIES: '10.0.0.1,' }, /^PARLEY_PROXIES/],
    [{ PARLEY_PROXIES: '10.0.0.0/33' }, /^PARLEY_PROXIES/],
    [{ PARLEY_PROXIES: '10.0.0.0/8/8' }, /^PARLEY_PROXIES/],
    [{ PARLEY_METRICS_TOKEN: 'too short' }, /^PARLEY_METRICS_TOKEN is set, but must be at least 16 letters/],
    [{ PARLEY_CREATE: 'all' }, /^PARLEY_CREATE is "all", but must be organizers or nobody/],
    [{ PARLEY_LOG: 'loud' }, /^PARLEY_LOG is "loud", but must be requests or quiet/],
    [{ DATABASE_URL: 'postgres://localhost/parley' }, /^DATABASE_URL is set, but this version/],
    [{ REDIS_URL: 'redis://localhost' }, /^REDIS_URL is set, but this version/],
  ])('%j', async (env, sentence) => {
    const read = readConfig(env)
    expect(read).toMatchObject({ ok: false, message: expect.stringMatching(sentence) })
  })

  test('an empty value counts as unset', () => {
    expect(readConfig({ PORT: '', PARLEY_ORIGIN: 'https://parley.example.org/' })).toEqual({
      ok: true,
      config: {
        ...{ port: 4400, host: '127.0.0.1', data: './data', origin: 'https://parley.example.org' },
        ...{ proxies: null, metricsToken: null, create: 'organizers', log: null },
      },
    })
  })

  test('proxies are addresses and subnets, or a number', () => {
    const proxies = (PARLEY_PROXIES: string) => readConfig({ PARLEY_PROXIES })
    expect(proxies('2')).toMatchObject({ ok: true, config: { proxies: { hops: 2 } } })
    expect(proxies('10.0.0.7, fd00::/8')).toMatchObject({
      ok: true,
      config: { proxies: { addresses: ['10.0.0.7', 'fd00::/8'] } },
    })
  })

  test('the server itself says so, and exits with 2', async () => {
    await writeFile(join(folder, 'file'), '')
    const start = (env: Record<string, string>) => {
      return promisify(execFile)(process.execPath, ['server/main.ts'], {
        cwd: root,
        env: { ...process.env, PARLEY_DATA: data, ...env },
      })
    }
    await expect(start({ PORT: 'x' })).rejects.toMatchObject({
      code: 2,
      stderr: 'PORT is "x", but must be a port number from 0 to 65535.\n',
    })
    await expect(start({ PARLEY_DATA: join(folder, 'file') })).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^PARLEY_DATA is .*\n$/),
    })
    const first = await startProcess(data)
    const taken = start({ PORT: String(first.port), PARLEY_DATA: join(folder, 'other') })
    await expect(taken).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^PORT is \d+, but another program is listening there\.\n$/),
    })
    first.child.kill('SIGTERM')
    await first.exited
  })
})
