import { createHash } from 'node:crypto'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, onTestFinished, test } from 'vitest'
import { run } from '../../server/cli/command.ts'
import { schemaVersion } from '../../server/storage/sqlite/schema.ts'
import { readAgenda } from '../../shared/document/read.ts'
import { write } from '../../shared/document/write.ts'
import { allItems } from '../../shared/domain/agenda.ts'
import type { Facts } from '../fixtures/folder.ts'
import { enter, root, startServer, stockClient } from '../support/server.ts'

/* Data folders as each release left them, used for an afternoon, under this one. */

const fixtures = join(root, 'tests/fixtures')
const schemas = readdirSync(fixtures).flatMap((name) => /^folder-(\d+)$/.exec(name)?.[1] ?? [])

async function verify(data: string): Promise<unknown> {
  let out = ''
  const [serve, now] = [async () => 0, Date.now]
  await run(['verify', data, '--json'], {
    ...{ env: {}, serve, now, err: () => {} },
    out: (text) => {
      out += text
    },
  })
  return JSON.parse(out)
}

/** SHA-256, its beginning. A folder that was made again, by a later release, would prove nothing. */
const made: Readonly<Record<string, string>> = {
  1: '912e9d425045f33a',
  2: 'fc4f54803dce7ae4',
  3: '47b52f6d4e7bc3d9',
  4: 'c1af312956d0836d',
  5: 'a450f81cc059965d',
}

test.each(schemas)('the folder of schema %s is the one that its release made', (schema) => {
  const bytes = readFileSync(join(fixtures, `folder-${schema}`, 'parley.sqlite'))
  expect(createHash('sha256').update(bytes).digest('hex').slice(0, 16)).toBe(made[schema])
})

test('there is a folder of every schema before this one', () => {
  const released = Array.from({ length: schemaVersion - 1 }, (_, at) => String(at + 1))
  expect(schemas).toEqual(expect.arrayContaining(released))
})

test.each(schemas)('a folder of schema %s: everybody is still in, and all that was stored is there', async (schema) => {
  const data = mkdtempSync(join(tmpdir(), 'parley-'))
  onTestFinished(() => rmSync(data, { recursive: true }))
  cpSync(join(fixtures, `folder-${schema}`), data, { recursive: true })
  const facts = JSON.parse(readFileSync(join(data, 'facts.json'), 'utf8')) as Facts
  rmSync(join(data, 'facts.json'))
  const { meeting } = facts
  // It is verified as it is, and left so.
  expect(await verify(data)).toMatchObject({ findings: [], updates: facts.updates, versions: facts.versions.length })
  expect(Number(new DatabaseSync(join(data, 'parley.sqlite')).prepare('PRAGMA user_version').get()?.user_version)).toBe(
    Number(schema),
  )

  const server = await startServer({ data })
  const ask = async (cookie: string, path: string) => {
    const response = await fetch(`${server.origin}${path}`, { headers: { cookie } })
    return { status: response.status, body: await response.text() }
  }
  for (const [name, { cookie, id }] of Object.entries(facts.people)) {
    const { status, body } = await ask(cookie, `/api/meetings/${meeting}`)
    expect([name, status, (JSON.parse(body) as { person: { id: string } }).person.id]).toEqual([name, 200, id])
  }
  const newcomer = await enter(server.origin, facts.token, 'Newcomer')
  expect((await ask(newcomer.cookie, `/api/meetings/${meeting}`)).status).toBe(200)
  await expect(enter(server.origin, facts.revoked, 'Late')).rejects.toThrow('403')
  if (facts.seen !== null) {
    const { body } = await ask(facts.people.us.cookie, `/api/meetings/${meeting}/away`)
    expect((JSON.parse(body) as { since: number }).since).toBe(facts.seen)
  }
  if (facts.calendar !== null) expect((await ask('', facts.calendar)).body).toContain('BEGIN:VEVENT')
  for (const { id, hash } of facts.versions) {
    const { body } = await ask(facts.people.reader.cookie, `/api/meetings/${meeting}/versions/${id}`)
    expect((JSON.parse(body) as { version: { hash: string } }).version.hash).toBe(hash)
  }
  const client = stockClient({ origin: server.origin, meeting, cookie: facts.people.cn.cookie })
  await client.synced
  expect(readAgenda(client.doc)).toMatchObject(facts.agenda as object)
  // And they go on.
  const item = allItems(readAgenda(client.doc))[0]!.id
  write(client.doc, { type: 'set-title', id: item, title: { en: 'Goes on' } })
  await client.acknowledged()
  client.leave()
  await server.stop()
  expect(await verify(data)).toMatchObject({ findings: [], versions: facts.versions.length })
})
