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
