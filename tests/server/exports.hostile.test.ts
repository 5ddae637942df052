import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { run } from '../../server/cli/command.ts'
import { agendaOf } from '../../server/meeting/meetings.ts'
import { openRenderPool, type RenderFailure } from '../../server/render/pool.ts'
import { readAgenda } from '../../shared/document/read.ts'
import { write } from '../../shared/document/write.ts'
import type { Agenda, ItemId, MeetingId } from '../../shared/domain/agenda.ts'
import { wholeCopy } from '../../shared/export/copy.ts'
import { toJson } from '../../shared/export/json.ts'
import { merge } from '../../shared/wire/merge.ts'
import { large, sample } from '../support/agenda.ts'
import { type Client, enter, root, startServer, stockClient, type TestServer, type Visitor } from '../support/server.ts'

let server: TestServer
let delegate: Visitor
let observer: Visitor
let path: string
let client: Client

beforeAll(async () => {
  server = await startServer({ agenda: sample() })
  delegate = await server.visit('delegate', 'us', 'Dana')
  observer = await server.visit('observer', 'none', 'Oscar')
  path = `${server.origin}/api/meetings/${server.meeting}`
  client = stockClient({ origin: server.origin, meeting: server.meeting, cookie: delegate.cookie })
  await client.synced
})
afterAll(async () => {
  client.leave()
  await server.stop()
})

const ask = (at: string, body?: object, cookie = delegate.cookie) =>
  fetch(`${path}/${at}`, {
    headers: { cookie, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { method: 'POST', body: JSON.stringify(body) }),
  })

/** A register in the old form of Yjs, which alone can hold what is no text. */
function scrawl(doc: Y.Doc, map: Y.Map<unknown>, key: string, value: unknown): void {
  doc.transact((transaction) => {
    const left = map._map.get(key) ?? null
    const id = Y.createID(doc.clientID, Y.getState(doc.store, doc.clientID))
    const item = new Y.Item(id, left, left?.lastId ?? null, null, null, map, key, new Y.ContentJSON([value]))
    item.integrate(transaction, 0)
  })
}

describe('what somebody writes past the client', () => {
  test('halves of characters stop nobody from keeping a version and from getting every format', async () => {
    scrawl(client.doc, client.doc.getMap('meta'), 'title.en', 'Half \ud800 a "title"\r\nX-Header: 1\\%')
    await client.acknowledged()
    const kept = await ask('versions', { label: 'draft', name: '' })
    expect(kept.status).toBe(201)
    const version = await (await ask(`versions/${(await kept.json()).id}`)).json()
    expect(version.agenda.title.en).toContain('Half \ufffd a')
    for (const format of ['json', 'md', 'html', 'docx', 'pdf', 'ics']) {
      const answer = await ask(`export/${format}`)
      expect([format, answer.status]).toEqual([format, 200])
      expect(answer.headers.has('x-header')).toBe(false)
    }
  })

  test('ids that are words of JavaScript are ids: each event says the same until it changes', async () => {
    const items = client.doc.getMap('items') as Y.Map<Y.Map<unknown>>
    const [day] = client.doc.getMap('days').keys()
    const strange = ['__proto__', 'constructor', 'meeting', 'item meeting', 'item __proto__']
    client.doc.transact(() => {
      for (const id of strange) {
        const item = new Y.Map<unknown>()
        items.set(id, item)
        item.set('place', { day, order: `z${id}` })
      }
    })
    await client.acknowledged()
    const first = await (await ask('export/ics')).text()
    expect(first.match(/BEGIN:VEVENT/g)).toHaveLength(
      sample().days.flatMap((one) => one.items).length + 1 + strange.length,
    )
    const revisions = await (await ask('revisions')).text()
    expect(await (await ask('export/ics?lang=both')).text()).toBe(first)
    expect(await (await ask('revisions')).text()).toBe(revisions)
    expect(revisions).toContain('"item __proto__"')
  })
})

test('what is read again is what is committed, through edits and foldings of the log', async () => {
  const { storage } = server
  const own = await server.meet(sample())
  const key = (await storage.load(own.meeting, 'agenda'))!.key
  const doc = new Y.Doc()
  const item = sample().days[0]!.items[1]!.id
  Y.applyUpdate(doc, (await storage.load(own.meeting, 'agenda'))!.base)
  for (let step = 1; step <= 12; step += 1) {
    const before = Y.encodeStateVector(doc)
    write(doc, { type: 'set-title', id: item as ItemId, title: { en: `Title ${step}` } })
    const bytes = Y.encodeStateAsUpdate(doc, before)
    await storage.append([{ document: key, person: 'p', session: 's', at: step, bytes } as never])
    if (step % 5 === 0) {
      const stored = (await storage.load(own.meeting, 'agenda'))!
      await storage.fold(
        key,
        merge([stored.base, ...stored.tail.map((one) => one.bytes)]),
        stored.tail.map((one) => one.row),
      )
    }
    expect(await agendaOf(storage, own.meeting)).toEqual(readAgenda(doc))
  }
  expect(await agendaOf(storage, own.meeting)).toBe(await agendaOf(storage, own.meeting))
})

test('a document that is filled to the brim keeps nobody out and holds nobody up', async () => {
  const { storage } = server
  const { meeting, invitations } = await server.meet(sample())
  const stored = (await storage.load(meeting, 'agenda'))!
  const doc = new Y.Doc()
  Y.applyUpdate(doc, stored.base)
  doc.getText('glossary').insert(0, 'x'.repeat(9 * 2 ** 20))
  await storage.fold(stored.key, Y.encodeStateAsUpdate(doc), [])
  const { cookie, person } = await enter(server.origin, invitations[0]!.token, 'Guest')
  expect(person.role).toBe('organizer')
  const at = `${server.origin}/api/meetings/${meeting}`
  const headers = { cookie, 'content-type': 'application/json' }
  expect((await fetch(`${server.origin}/api/session`, { headers })).status).toBe(200)
  const made = [
    await fetch(`${at}/export/md`, { headers }),
    await fetch(`${at}/versions`, { headers, method: 'POST', body: JSON.stringify({ label: 'draft', name: '' }) }),
  ]
  expect(made.map(({ status }) => status)).toEqual([200, 201])
  expect((await agendaOf(storage, meeting))!.title).toEqual(sample().title)
})

describe('who takes much', () => {
  const options = { ...wholeCopy, language: 'both', lead: 'us' } as const
  const job = (agenda: Agenda, format: 'md' | 'pdf' = 'md') => {
    return { format, agenda, options, meeting: 'm' as MeetingId, link: null, revisions: null, now: 0 } as const
  }
  const failed = (failure: RenderFailure) => failure.reason

  test('waits for those who ask for one copy, and is told so when it is too much', async () => {
    const pool = openRenderPool()
    const done: string[] = []
    const asked = (whose: string) =>
      pool.print(job(sample()), whose).then(
        () => done.push(whose),
        (failure) => done.push(`${whose}: ${failed(failure)}`),
      )
    const greedy = Array.from({ length: 40 }, () => asked('greedy'))
    await Promise.all([asked('modest'), asked('other')])
    // One is under way when they come, and their turns are next.
    expect(done.filter((one) => one === 'greedy').length).toBeLessThanOrEqual(2)
    await Promise.all(greedy)
    expect(done.filter((one) => one === 'greedy: busy').length).toBeGreaterThan(10)
    expect(done.filter((one) => one === 'greedy').length).toBeGreaterThan(10)
    await pool.close()
  })

  test('P5: by many names of one meeting waits as one: another meeting has its copy after one job at most', async () => {
    const pool = openRenderPool()
    const done: string[] = []
    const asked = (meeting: string, person: string, agenda: Agenda) =>
      pool.print({ ...job(agenda), meeting: meeting as MeetingId }, person).then(
        () => done.push(meeting),
        (failure) => done.push(`${meeting}: ${failed(failure)}`),
      )
    const greedy = Array.from({ length: 120 }, (_, i) => asked('greedy', `name ${i % 12}`, sample()))
    await Promise.all([asked('modest', 'one', sample()), asked('other', 'one', sample())])
    expect(done.filter((one) => one === 'greedy').length).toBeLessThanOrEqual(3)
    expect(done).toEqual(expect.arrayContaining(['modest', 'other']))
    await Promise.all(greedy)
    expect(done.filter((one) => one === 'greedy').length).toBe(41)
    expect(done.filter((one) => one === 'greedy: busy').length).toBe(79)
    await pool.close()
  })

  test('P5: a PDF that takes as long as it may holds up no copy or calendar of another meeting', async () => {
    const pool = openRenderPool()
    const text = [{ type: 'paragraph', content: [{ type: 'text', text: 'word '.repeat(5000) }] }]
    const { days, ...rest } = large(400)
    const items = days[0]!.items.map((item) => ({ ...item, objective: { en: text, zh: text } }))
    const long = { ...rest, days: [{ ...days[0]!, items }] } as unknown as Agenda
    const done: string[] = []
    const printed = (name: string, work: Promise<unknown>) =>
      work.then(
        () => done.push(name),
        () => done.push(name),
      )
    const pdfs = [1, 2].map((n) => printed('pdf', pool.print({ ...job(long, 'pdf'), now: n }, `name ${n}`)))
    const others = (['md', 'json', 'html', 'docx', 'ics'] as const).map((format) => {
      return printed(format, pool.print({ ...job(sample()), format, meeting: 'other' as MeetingId }))
    })
    await Promise.all(others)
    expect(done.sort()).toEqual(['docx', 'html', 'ics', 'json', 'md'])
    await pool.close()
    await Promise.all(pdfs)
  })

  test.runIf(process.platform === 'linux')('a typesetter that takes too much memory is ended', async () => {
    const pool = openRenderPool({ memory: 120 })
    expect(await pool.print(job(large(400), 'pdf')).then(() => 'printed', failed)).toBe('gave-up')
    await pool.close()
  })

  test.runIf(process.platform === 'linux')('a pool does not outlive its server, however it ends', async () => {
    const holder = spawn(process.execPath, ['--input-type=module', '-e', longJob], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [told] = (await once(holder.stdout, 'data')) as [Buffer]
    const pid = Number(told)
    expect(isRunning(pid)).toBe(true)
    holder.kill('SIGKILL')
    await expect.poll(() => isRunning(pid), { timeout: 3000 }).toBe(false)
  })

  test('cannot get round the limit by cookies of other names', async () => {
    const answers: number[] = []
    for (let i = 0; i < 31; i += 1) {
      answers.push((await ask('versions', { label: 'last', name: '' }, `other${i}=${i}; ${observer.cookie}`)).status)
    }
    expect(answers.slice(0, 30).every((status) => status === 400)).toBe(true)
    expect(answers[30]).toBe(429)
  })
})

/** A server that is ended while its pool is busy for long; says which process the pool is, once it is. */
const longJob = `
  import { readFileSync } from 'node:fs'
  import { openRenderPool } from './server/render/pool.ts'
  import { large } from './tests/support/agenda.ts'
  const text = [{ type: 'paragraph', content: [{ type: 'text', text: 'word '.repeat(5000) }] }]
  const agenda = large(400)
  const items = agenda.days[0].items.map((item) => ({ ...item, objective: { en: text, zh: text } }))
  const days = [{ ...agenda.days[0], items }]
  const options = { language: 'both', lead: 'us', people: true, readings: true, questions: true, days: null, edition: null }
  void openRenderPool().print({ format: 'pdf', agenda: { ...agenda, days }, options, meeting: 'm', link: null, revisions: null, now: 0 })
  const children = '/proc/' + process.pid + '/task/' + process.pid + '/children'
  const looking = setInterval(() => {
    const pid = readFileSync(children, 'utf8').trim()
    if (pid === '' || !/^VmRSS:\\s+[2-9]\\d{5} kB/m.test(readFileSync('/proc/' + pid + '/status', 'utf8'))) return
    console.log(pid)
    clearInterval(looking)
  }, 20)
`

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

test('what people wrote commands no terminal and makes no line of its own', async () => {
  const data = await mkdtemp(join(tmpdir(), 'parley-hostile-'))
  const parley = async (...args: string[]) => {
    let text = ''
    const hear = (output: string | Uint8Array) => {
      text += output
    }
    const env = { PARLEY_DATA: join(data, 'kept') }
    const code = await run(args, { env, serve: async () => 1, out: hear, err: hear, now: Date.now })
    return { code, text }
  }
  const title = 'Good\u001b]0;owned\u0007\u001b[2J\nFORGED 2026-01-01\u009b31m'
  const agenda = sample()
  const [day] = agenda.days
  const days = [{ ...day!, items: day!.items.map((item) => ({ ...item, title: { en: title, zh: title } })) }]
  const file = join(data, 'a.json')
  await writeFile(file, toJson({ ...agenda, title: { en: title, zh: '' }, days }))
  const shown = [
    await parley('import', file, '--preview'),
    await parley('import', file),
    await parley('meeting', 'list'),
  ]
  for (const { code, text } of shown) {
    expect([code, text]).toEqual([0, expect.not.stringMatching(/[^\P{Cc}\n]|^FORGED/mu)])
  }
  expect(shown.at(-1)!.text).toContain('Good')
  await rm(data, { recursive: true })
})

test('nothing that is asked for is kept by a browser or a proxy for the next person', async () => {
  for (const at of ['versions', 'revisions', 'calendars', 'versions/nosuch', 'export/md', 'export/nosuch', '']) {
    const answer = await ask(at)
    expect([at, answer.headers.get('cache-control')]).toEqual([at, 'no-store'])
  }
  const unknown = await fetch(`${server.origin}/calendar/nosuch.ics`)
  expect(unknown.headers.get('cache-control')).toBe('no-store')
})

test('an address may end in the longest name of a file, and a broken one is answered in words', async () => {
  const emoji = `${'😀'.repeat(56)} 2026-03-12.docx`
  expect((await ask(`export/md/${encodeURIComponent(emoji)}`)).status).toBe(200)
  for (const at of ['export/md/%ff', `versions/${'x'.repeat(600)}`]) {
    const answer = await ask(at)
    expect([answer.status, (await answer.json()).error]).toEqual([404, 'not-found'])
  }
})

describe('files that somebody sends', () => {
  const octets = 'application/octet-stream'

  /** The status that comes when nothing but the headers of a large file has been sent. */
  function statusBefore(address: string, headers: Record<string, string>): Promise<number> {
    return new Promise((resolve, reject) => {
      const sending = request(address, { method: 'POST', headers: { 'content-length': `${20 * 2 ** 20}`, ...headers } })
      sending.once('response', (response) => {
        resolve(response.statusCode!)
        sending.destroy()
      })
      sending.once('error', reject)
      sending.flushHeaders()
    })
  }

  test('are refused before they are taken, when they may not come', async () => {
    const read = `${path}/read?name=a.md`
    expect(await statusBefore(read, { 'content-type': octets })).toBe(401)
    expect(await statusBefore(read, { 'content-type': octets, cookie: observer.cookie })).toBe(403)
    expect(await statusBefore(read, { 'content-type': 'text/plain', cookie: delegate.cookie })).toBe(415)
    for (const address of [`${server.origin}/api/session`, `${path}/versions`]) {
      expect(await statusBefore(address, { 'content-type': octets, cookie: delegate.cookie })).toBe(415)
    }
  })
})
