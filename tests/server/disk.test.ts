import { DatabaseSync } from 'node:sqlite'
import { expect, onTestFinished, test } from 'vitest'
import { sqliteFile } from '../../server/storage/sqlite/folder.ts'
import { enter, startServer, stockClient, textOf, until } from '../support/server.ts'

/* Another program holds the database, as some backup tools do. */

test('P3: a locked database stops nothing but what must be stored, and a revoked link is revoked at once', async () => {
  const server = await startServer()
  onTestFinished(() => server.stop())
  const { origin, meeting } = server
  const us = await server.visit('organizer', 'us')
  const cn = await server.visit('delegate', 'cn')
  const ask = async (who: { cookie: string }, method: string, path: string, body?: unknown) => {
    const response = await fetch(`${origin}${path}`, {
      method,
      headers: { cookie: who.cookie, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    return {
      status: response.status,
      error: text.startsWith('{') ? (JSON.parse(text) as { error?: string }).error : null,
    }
  }
  const place = { origin, meeting }
  const client = stockClient({ ...place, cookie: us.cookie })
  const theirs = stockClient({ ...place, cookie: cn.cookie })
  await Promise.all([client.synced, theirs.synced])
  const link = server.invitations.find(({ role, side }) => role === 'delegate' && side === 'cn')!

  const host = await server.visit('organizer', 'cn')

  const other = new DatabaseSync(sqliteFile(server.data))
  other.exec('BEGIN IMMEDIATE')
  let locked = true
  textOf(client.doc).insert(0, 'kept')
  const saved = client.acknowledged()
  let slowest = 0
  const watching = (async () => {
    while (locked) {
      const began = performance.now()
      expect((await ask(us, 'GET', '/healthz')).status).toBe(200)
      slowest = Math.max(slowest, performance.now() - began)
    }
  })()
  const revoking = ask(host, 'DELETE', `/api/meetings/${meeting}/invitations/${link.id}`)
  // Their socket closes long before the answer.
  const closed = new Promise<string>((resolve) => theirs.provider.once('closed', () => resolve('closed')))
  expect(await Promise.race([closed, revoking.then(() => 'answered')])).toBe('closed')
  expect(theirs.closes).toEqual([4403])
  expect((await ask(cn, 'GET', `/api/meetings/${meeting}`)).error).toBe('revoked')
  await expect(enter(origin, link.token, 'late')).rejects.toThrow('403')
  expect(await revoking).toEqual({ status: 503, error: 'revoked-unstored' })
  const version = await ask(us, 'POST', `/api/meetings/${meeting}/versions`, { label: 'draft', name: '' })
  expect(version).toEqual({ status: 503, error: 'not-ready' })
  // What is only read is answered.
  expect((await ask(us, 'GET', `/api/meetings/${meeting}`)).status).toBe(200)
  locked = false
  await watching
  // Each attempt at a locked database waits for nothing. Before, the first one stopped everything for five seconds.
  expect(slowest).toBeLessThan(1000)

  other.exec('ROLLBACK')
  other.close()
  await saved
  const reader = stockClient({ ...place, cookie: us.cookie })
  await until(reader.doc, (doc) => textOf(doc).toString() === 'kept')
  await expect.poll(async () => (await server.storage.invitation(link.id))?.revokedAt).toEqual(expect.any(Number))
  expect((await ask(cn, 'GET', `/api/meetings/${meeting}`)).error).toBe('revoked')
  for (const one of [client, theirs, reader]) one.leave()
})

test('P6: while the disk refuses, somebody removed is out at once, an ended session too, and one signs out', async () => {
  const server = await startServer()
  onTestFinished(() => server.stop())
  const { origin, meeting } = server
  const place = { origin, meeting }
  const organizer = await server.visit('organizer', 'us')
  const link = server.invitations.find(({ role, side }) => role === 'delegate' && side === 'us')!
  const [out, lost, leaving] = [
    await enter(origin, link.token, 'Rae Out'),
    await enter(origin, link.token, 'Kay Lost'),
    await enter(origin, link.token, 'Lee Leaves'),
  ]
  const status = async (who: { cookie: string }) =>
    (await fetch(`${origin}/api/meetings/${meeting}`, { headers: { cookie: who.cookie } })).status
  const ask = async (who: { cookie: string }, method: string, path: string) => {
    const response = await fetch(`${origin}/api/${path}`, { method, headers: { cookie: who.cookie } })
    return { status: response.status, text: await response.text() }
  }
  const { people } = JSON.parse((await ask(lost, 'GET', `meetings/${meeting}/people`)).text) as {
    people: { id: string; sessions: { id: string }[] }[]
  }
  const session = people.find(({ id }) => id === lost.person.id)!.sessions[0]!
  const clients = [out, lost, leaving].map(({ cookie }) => stockClient({ ...place, cookie }))
  await Promise.all(clients.map(({ synced }) => synced))

  const other = new DatabaseSync(sqliteFile(server.data))
  other.exec('BEGIN IMMEDIATE')
  const unstored = { status: 503, text: expect.stringContaining('This holds from now on') }
  expect(await ask(organizer, 'DELETE', `meetings/${meeting}/people/${out.person.id}`)).toEqual(unstored)
  expect(await ask(lost, 'DELETE', `meetings/${meeting}/sessions/${session.id}`)).toEqual(unstored)
  expect(await ask(leaving, 'DELETE', 'session')).toEqual({ status: 204, text: '' })
  for (const client of clients) await expect.poll(() => client.closes.length).toBeGreaterThan(0)
  const gone = { out: 403, lost: 401, leaving: 401 }
  expect({ out: await status(out), lost: await status(lost), leaving: await status(leaving) }).toEqual(gone)
  expect(await status(organizer)).toBe(200)

  other.exec('ROLLBACK')
  other.close()
  await expect
    .poll(async () => (await server.storage.people(meeting)).map(({ sessions }) => sessions.length))
    .toEqual([1, 1, 0, 0])
  expect({ out: await status(out), lost: await status(lost), leaving: await status(leaving) }).toEqual(gone)
  for (const client of clients) client.leave()
})
