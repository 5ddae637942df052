import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import ICAL from 'ical.js'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { run } from '../../server/cli/command.ts'
import { openRenderPool, type Printed, type RenderFailure } from '../../server/render/pool.ts'
import { openRecent } from '../../server/render/recent.ts'
import { write } from '../../shared/document/write.ts'
import type { Agenda, MeetingId } from '../../shared/domain/agenda.ts'
import { wholeCopy } from '../../shared/export/copy.ts'
import { formatNames } from '../../shared/export/formats.ts'
import { toJson } from '../../shared/export/json.ts'
import { fromJson } from '../../shared/export/parse.ts'
import { large, sample } from '../support/agenda.ts'
import { beginsAs, kindsOfFile } from '../support/formats.ts'
import { startServer, stockClient, type TestServer, type Visitor } from '../support/server.ts'

let server: TestServer
let organizer: Visitor
let delegate: Visitor
let observer: Visitor
let meeting: string

beforeAll(async () => {
  server = await startServer({ agenda: sample() })
  organizer = await server.visit('organizer', 'us', 'Olga')
  delegate = await server.visit('delegate', 'cn', '陈晨')
  observer = await server.visit('observer', 'none', 'Oscar')
  meeting = `/api/meetings/${server.meeting}`
})
afterAll(() => server.stop())

async function ask(method: string, path: string, by?: Visitor, body?: unknown, headers: Record<string, string> = {}) {
  const raw = body instanceof Uint8Array
  const response = await fetch(`${server.origin}${path}`, {
    method,
    headers: {
      ...(by === undefined ? {} : { cookie: by.cookie }),
      ...(body === undefined ? {} : { 'content-type': raw ? 'application/octet-stream' : 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: raw ? Buffer.from(body) : JSON.stringify(body) }),
  })
  const bytes = new Uint8Array(await response.arrayBuffer())
  const text = new TextDecoder().decode(bytes)
  // biome-ignore lint/suspicious/noExplicitAny: answers of many shapes, looked at by the tests.
  let parsed: any = null
  try {
    parsed = JSON.parse(text)
  } catch {}
  return { status: response.status, headers: response.headers, bytes, text, body: parsed }
}

describe('exports', () => {
  test.each(formatNames)('%s comes as what it is, with a name to keep it by', async (format) => {
    const [type] = kindsOfFile[format]
    const answer = await ask('GET', `${meeting}/export/${format}?lang=zh`, delegate)
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, type])
    expect(beginsAs(format, answer.bytes)).toBe(true)
    const disposition = answer.headers.get('content-disposition')!
    expect(disposition).toMatch(/^attachment; filename="[\x20-\x7e]+"; filename\*=UTF-8''/)
    expect(decodeURIComponent(disposition.split("UTF-8''")[1]!)).toMatch(
      new RegExp(`\\p{Script=Han}.*\\.${format}$`, 'u'),
    )
    expect(answer.headers.get('cache-control')).toBe('no-store')
  })

  test('the address may end in a file name, and a page that is viewed runs nothing', async () => {
    const answer = await ask('GET', `${meeting}/export/html/${encodeURIComponent('议程.html')}?view=1`, delegate)
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-disposition')).toMatch(/^inline;/)
    expect(answer.headers.get('content-security-policy')).toMatch(
      /^sandbox(?![^;]*allow-(?:scripts|same-origin))[^;]*;.*default-src 'none'/,
    )
  })

  test('parts and days are left out when they are not wanted', async () => {
    const agenda = sample()
    const [first, second] = agenda.days
    const person = agenda.people[0]!.name.en
    const whole = await ask('GET', `${meeting}/export/md?lang=en`, delegate)
    expect(whole.text).toContain(person)
    const part = await ask(
      'GET',
      `${meeting}/export/md?lang=en&people=0&readings=0&questions=0&days=${second!.id}`,
      delegate,
    )
    expect(part.text).not.toContain(person)
    expect(part.text).not.toContain('Guiding questions')
    expect(part.text).not.toContain(first!.items[1]!.title.en)
    expect(part.text).toContain(second!.items[1]!.title.en)
    const wrong = await ask('GET', `${meeting}/export/md?days=${first!.id},nosuch`, delegate)
    expect([wrong.status, wrong.body.error, wrong.body.field]).toEqual([404, 'no-day', 'days'])
    for (const query of ['people=yes', 'view=2', 'questions=']) {
      const answer = await ask('GET', `${meeting}/export/md?${query}`, delegate)
      expect([query, answer.status, answer.body.field]).toEqual([query, 400, query.split('=')[0]])
    }
  })

  test('nobody from outside gets any of it', async () => {
    for (const path of ['export/pdf', 'export/ics', 'versions', 'calendars', 'revisions']) {
      expect((await ask('GET', `${meeting}/${path}`)).status, path).toBe(401)
    }
    const other = await server.meet()
    for (const path of ['export/pdf', 'versions', 'calendars', 'revisions']) {
      expect((await ask('GET', `/api/meetings/${other.meeting}/${path}`, delegate)).status, path).toBe(404)
    }
  })
})

describe('versions', () => {
  test('who kept what and when is the server’s word, and what was kept does not change', async () => {
    const own = await startServer({ agenda: sample(), now: () => 1_770_000_000_000 })
    const by = await own.visit('delegate', 'cn', '陈晨')
    const at = `${own.origin}/api/meetings/${own.meeting}/versions`
    const post = await fetch(at, {
      method: 'POST',
      headers: { cookie: by.cookie, 'content-type': 'application/json' },
      body: JSON.stringify({ label: 'rolling-text', name: '  第二次  通话后 ', at: 5, by: { name: 'Somebody else' } }),
    })
    expect(post.status).toBe(201)
    const made = await post.json()
    expect(made).toMatchObject({
      number: 1,
      label: 'rolling-text',
      name: '第二次 通话后',
      at: 1_770_000_000_000,
      by: { name: '陈晨', side: 'cn', role: 'delegate' },
    })
    expect(made.hash).toMatch(/^[0-9a-f]{64}$/)
    const list = await (await fetch(at, { headers: { cookie: by.cookie } })).json()
    expect(list.versions).toEqual([made])
    const one = await (await fetch(`${at}/${made.id}`, { headers: { cookie: by.cookie } })).json()
    expect(one).toEqual({ version: made, agenda: sample() })
    await own.stop()
  })

  test('an observer keeps none, only organizers make one final, and a wrong label is named', async () => {
    const draft = { label: 'draft', name: '' }
    expect((await ask('POST', `${meeting}/versions`, observer, draft)).status).toBe(403)
    expect((await ask('POST', `${meeting}/versions`, delegate, { label: 'final', name: '' })).status).toBe(403)
    expect((await ask('POST', `${meeting}/versions`, organizer, { label: 'final', name: '' })).status).toBe(201)
    for (const [body, field] of [
      [{ label: 'last', name: '' }, 'label'],
      [{ label: 'draft', name: 'x'.repeat(121) }, 'name'],
      [{ label: 'draft' }, 'name'],
      [{ label: 'draft', name: 'a\u0007b' }, 'name'],
    ] as const) {
      const answer = await ask('POST', `${meeting}/versions`, organizer, body)
      expect([answer.status, answer.body.field]).toEqual([400, field])
    }
    const list = await ask('GET', `${meeting}/versions`, observer)
    expect(list.body.versions.map((one: { label: string }) => one.label)).toEqual(['final'])
  })

  test('every format can be made of a version, says which it is, and is the same bytes tomorrow', async () => {
    const made = await ask('POST', `${meeting}/versions`, organizer, { label: 'draft', name: 'For the embassy' })
    for (const format of formatNames) {
      const path = `${meeting}/export/${format}?version=${made.body.id}&lang=en`
      const [first, second] = [await ask('GET', path, delegate), await ask('GET', path, delegate)]
      expect(first.status, format).toBe(200)
      expect(Buffer.from(first.bytes).equals(Buffer.from(second.bytes)), format).toBe(true)
      if (format === 'html') expect(first.text).toContain('For the embassy')
    }
    expect((await ask('GET', `${meeting}/export/md?version=nosuch`, delegate)).body.error).toBe('no-version')
    expect((await ask('GET', `${meeting}/versions/nosuch`, delegate)).body.error).toBe('no-version')
  })
})

describe('calendar addresses', () => {
  const events = (text: string) =>
    new Map(
      new ICAL.Component(ICAL.parse(text)).getAllSubcomponents('vevent').map((event) => {
        const uid = String(event.getFirstPropertyValue('uid'))
        return [uid, { sequence: Number(event.getFirstPropertyValue('sequence')), text: event.toString() }] as const
      }),
    )

  test('a calendar program reads the agenda without a session, until the address is revoked', async () => {
    const made = await ask('POST', `${meeting}/calendars`, delegate, { lang: 'zh', lead: 'cn', people: false })
    expect(made.status).toBe(201)
    const path = new URL(made.body.url).pathname
    expect(path).toMatch(/^\/calendar\/[\w-]{20,}\.ics$/)
    const polled = await ask('GET', path)
    expect([polled.status, polled.headers.get('content-type')]).toEqual([200, 'text/calendar; charset=utf-8'])
    expect(events(polled.text).size).toBe(sample().days.flatMap((day) => day.items).length + 1)
    expect(polled.text.replaceAll('\r\n ', '')).not.toContain(sample().people[0]!.name.zh)
    const again = await ask('GET', path, undefined, undefined, { 'if-none-match': polled.headers.get('etag')! })
    expect(again.status).toBe(304)

    const listed = await ask('GET', `${meeting}/calendars`, delegate)
    expect(listed.body.calendars).toMatchObject([{ id: made.body.id, lang: 'zh', lead: 'cn', people: false }])
    expect(JSON.stringify(listed.body)).not.toContain(path.slice(10, -4))
    expect((await ask('GET', `${meeting}/calendars`, organizer)).body.calendars).toEqual([])
    expect((await ask('DELETE', `${meeting}/calendars/${made.body.id}`, organizer)).status).toBe(404)
    expect((await ask('DELETE', `${meeting}/calendars/${made.body.id}`, delegate)).status).toBe(204)
    expect((await ask('GET', path)).status).toBe(410)
    expect((await ask('GET', '/calendar/nosuch.ics')).status).toBe(404)
  })

  test('it outlives signing out, and ends with the invitation of whoever made it', async () => {
    const { invitations } = server
    const token = invitations.find((one) => one.role === 'delegate' && one.side === 'us')!
    const guest = await server.visit('delegate', 'us', 'Guest')
    const made = await ask('POST', `${meeting}/calendars`, guest, { lang: 'en', lead: 'us', people: true })
    const path = new URL(made.body.url).pathname
    const out = await fetch(`${server.origin}/api/session`, { method: 'DELETE', headers: { cookie: guest.cookie } })
    expect(out.status).toBe(204)
    expect((await ask('GET', path)).status).toBe(200)
    await server.storage.revokeInvitation(token.id, Date.now())
    expect((await ask('GET', path)).status).toBe(410)
  })

  test('one changed item: its identity is the same, its sequence higher, and no other event differs by a byte', async () => {
    const own = await startServer({ agenda: sample() })
    const by = await own.visit('delegate', 'us', 'Dana')
    const at = `${own.origin}/api/meetings/${own.meeting}/export/ics?lang=both`
    const get = async () => events(await (await fetch(at, { headers: { cookie: by.cookie } })).text())
    const before = await get()
    expect(await get()).toEqual(before)
    const client = stockClient({ origin: own.origin, meeting: own.meeting, cookie: by.cookie })
    await client.synced
    const item = sample().days[0]!.items[2]!
    write(client.doc, { type: 'set-title', id: item.id, title: { en: 'Another title' } })
    await client.acknowledged()
    const after = await get()
    client.leave()
    expect([...after.keys()]).toEqual([...before.keys()])
    const changed = [...after].filter(([uid, event]) => event.text !== before.get(uid)!.text).map(([uid]) => uid)
    expect(changed).toHaveLength(1)
    expect(changed[0]).toContain(item.id)
    expect(after.get(changed[0]!)!.sequence).toBe(before.get(changed[0]!)!.sequence + 1)
    await own.stop()
  })
})

describe('reading what people bring', () => {
  test('a file is understood and nothing is stored; observers bring none; a broken one is refused in words', async () => {
    const before = await ask('GET', `${meeting}/export/json`, delegate)
    const file = new TextEncoder().encode(
      '# A meeting\n\n## 12 March 2026\n\n### 09:00–10:00 Opening\n\nSomething odd.\n',
    )
    const answer = await ask('POST', `${meeting}/read?name=agenda.md`, delegate, file)
    expect(answer.status).toBe(200)
    expect(answer.body.status).toBe('understood')
    expect(answer.body.agenda.days[0].items[0]).toMatchObject({ title: { en: 'Opening' }, minutes: 60 })
    expect((await ask('GET', `${meeting}/export/json`, delegate)).text).toBe(before.text)
    expect((await ask('POST', `${meeting}/read?name=agenda.md`, observer, file)).status).toBe(403)
    const broken = await ask('POST', `${meeting}/read?name=a.docx`, delegate, Uint8Array.of(0x50, 0x4b, 3, 4, 9, 9))
    expect([broken.status, broken.body.status]).toEqual([200, 'refused'])
    expect(broken.body.message.length).toBeGreaterThan(20)
    const large = await ask('POST', `${meeting}/read?name=a.docx`, delegate, new Uint8Array(21 * 2 ** 20))
    expect(large.status).toBe(413)
    expect((await ask('POST', `${meeting}/read?name=a.md`, delegate, { no: 'file' })).status).toBe(415)
  })
})

test('a copy that is asked for twice is made once, and one that failed is tried again', async () => {
  let made = 0
  const recent = openRecent({
    async print() {
      made++
      if (made === 1) throw new Error('the first one fails')
      return { bytes: Uint8Array.of(made) }
    },
  })
  const ask = (agenda: Agenda) =>
    recent.take({
      format: 'md',
      agenda,
      options: { ...wholeCopy, language: 'en', lead: 'us' },
      meeting: 'm' as MeetingId,
      link: null,
      revisions: null,
      now: 0,
    })
  await expect(ask(sample())).rejects.toThrow('the first one fails')
  expect([...(await ask(sample()))]).toEqual([2])
  expect((await Promise.all([ask(sample()), ask(sample())])).map(([first]) => first)).toEqual([2, 2])
  for (let count = 1; count <= 20; count++) await ask(large(count))
  expect([...(await ask(sample()))], 'the oldest has made room').not.toEqual([2])
})

describe('the pool', () => {
  const options = { ...wholeCopy, language: 'both', lead: 'us' } as const
  const job = (agenda: Agenda) => {
    return { format: 'pdf', agenda, options, meeting: 'm' as MeetingId, link: null, revisions: null, now: 0 } as const
  }

  const outcome = (printing: Promise<Printed>) =>
    printing.then(
      () => 'printed',
      (failure: RenderFailure) => failure.reason,
    )

  test('a job that takes too long ends, and the next one is done', async () => {
    const pool = openRenderPool({ patience: 1 })
    expect(await outcome(pool.print(job(large(200))))).toBe('gave-up')
    await pool.close()
    const other = openRenderPool()
    const [first, second] = await Promise.all([other.print(job(sample())), other.print(job(sample()))])
    expect(Buffer.from(first.bytes).equals(Buffer.from(second.bytes))).toBe(true)
    await other.close()
    expect(await outcome(other.print(job(sample())))).toBe('busy')
  })

  test('one that takes too much memory ends as well', async () => {
    const pool = openRenderPool({ heap: 24 })
    expect(await outcome(pool.print({ ...job(large(900)), format: 'docx' }))).toBe('gave-up')
    await pool.close()
  })
})

describe('the command line', () => {
  let data: string
  beforeEach(async () => {
    data = await mkdtemp(join(tmpdir(), 'parley-papers-'))
    return () => rm(data, { recursive: true })
  })
  const parley = async (...args: string[]) => {
    const out: Uint8Array[] = []
    let err = ''
    const code = await run(args, {
      env: { PARLEY_DATA: join(data, 'kept') },
      serve: async () => 1,
      out: (output) => out.push(typeof output === 'string' ? new TextEncoder().encode(output) : output),
      err: (text) => {
        err += text
      },
      now: Date.now,
    })
    return { code, err, bytes: Buffer.concat(out), text: Buffer.concat(out).toString() }
  }

  test('exports every format, into a file and to the standard output, and brings its own JSON in again', async () => {
    await writeFile(join(data, 'agenda.json'), toJson(sample()))
    const made = JSON.parse((await parley('import', join(data, 'agenda.json'), '--json')).text)
    for (const format of formatNames) {
      const shown = await parley(
        'export',
        made.meeting,
        '--format',
        format,
        '--lang',
        'zh',
        '--lead',
        'cn',
        '--days',
        '1',
      )
      expect([shown.code, shown.err.replaceAll('Working ...\n', '')], format).toEqual([0, ''])
      expect(beginsAs(format, shown.bytes), format).toBe(true)
      const file = join(data, `agenda.${format}`)
      expect((await parley('export', made.meeting, '--format', format, '--out', file)).code).toBe(0)
      expect((await readFile(file)).length).toBeGreaterThan(500)
    }
    const parsed = fromJson(await readFile(join(data, 'agenda.json'), 'utf8'))
    expect(parsed.ok && parsed.agenda).toEqual(sample())
  })

  test('shows what it understands of a file before anything is made', async () => {
    const file = join(data, 'agenda.md')
    await writeFile(file, '# Meeting\n\n## 12 March 2026\n\n### 09:00–10:00 Opening\n')
    const preview = await parley('import', file, '--preview')
    expect(preview.code).toBe(0)
    expect(preview.text).toContain('Opening')
    expect(existsSync(join(data, 'kept'))).toBe(false)
    const made = JSON.parse((await parley('import', file, '--json')).text)
    expect((await parley('export', made.meeting, '--format', 'md')).text).toContain('09:00–10:00 Opening')
  })
})
