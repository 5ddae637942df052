import { afterEach, expect, test } from 'vitest'
import type * as Y from 'yjs'
import { readAgenda } from '../../shared/document/read.ts'
import { write } from '../../shared/document/write.ts'
import { type Agenda, allItems } from '../../shared/domain/agenda.ts'
import type { Command } from '../../shared/domain/command.ts'
import { digestOf } from '../../shared/wire/digest.ts'
import { sample } from '../support/agenda.ts'
import { type Client, startServer, stockClient, type TestServer, type Visitor } from '../support/server.ts'

let server: TestServer
const clients: Client[] = []
afterEach(async () => {
  for (const client of clients.splice(0)) client.leave()
  await server.stop()
})

interface Away {
  readonly since: number | null
  readonly agenda: Agenda | null
  readonly marks: readonly {
    readonly at: number
    readonly by: string
    readonly kind: string
    readonly id: string | null
    readonly field: string
    readonly language: string | null
  }[]
  readonly people: Readonly<Record<string, { readonly name: string; readonly side: string | null }>>
  readonly read: Readonly<Record<string, string>>
}

async function join(visitor: Visitor, doc?: Y.Doc): Promise<Client> {
  const client = stockClient({ origin: server.origin, meeting: server.meeting, cookie: visitor.cookie }, doc)
  clients.push(client)
  await client.synced
  return client
}

async function does(client: Client, ...commands: readonly Command[]): Promise<void> {
  for (const command of commands) write(client.doc, command)
  await client.acknowledged()
}

async function away(visitor: Visitor): Promise<Away> {
  const response = await fetch(`${server.origin}/api/meetings/${server.meeting}/away`, {
    headers: { cookie: visitor.cookie },
  })
  if (!response.ok) throw new Error(await response.text())
  return (await response.json()) as Away
}

async function seen(visitor: Visitor, body: unknown): Promise<number> {
  const response = await fetch(`${server.origin}/api/meetings/${server.meeting}/seen`, {
    method: 'POST',
    headers: { cookie: visitor.cookie, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  return response.status
}

test('at the first visit nothing is new, and from then on what was there is what one has seen', async () => {
  const agenda = sample()
  server = await startServer({ agenda, now: () => 5000 })
  const [delegate, observer] = [await server.visit('delegate', 'us'), await server.visit('observer', 'none')]
  const nothing = { since: null, agenda: null, marks: [], people: {}, read: {} }
  expect(await away(delegate)).toEqual(nothing)
  expect(await away(delegate)).toEqual({ ...nothing, since: 5000, agenda })
  expect(await away(observer)).toEqual(nothing)
})

test('what is marked as seen is the agenda as committed now, or the person is told that it is not', async () => {
  server = await startServer({ agenda: sample() })
  const delegate = await server.visit('delegate', 'us')
  await away(delegate)
  const client = await join(await server.visit('delegate', 'cn'))
  const before = readAgenda(client.doc)
  const item = allItems(before)[2]!
  await does(client, { type: 'set-item', id: item.id, settings: { minutes: 77 } })
  const after = readAgenda(client.doc)
  expect(await seen(delegate, { items: { [item.id]: 'as-read' } })).toBe(204)
  expect((await away(delegate)).read).toEqual({ [item.id]: 'as-read' })
  expect(await seen(delegate, { digest: digestOf(before) })).toBe(409)
  expect((await away(delegate)).agenda).toEqual(before)
  expect(await seen(delegate, { digest: digestOf(after) })).toBe(204)
  const answer = await away(delegate)
  expect([answer.agenda, answer.marks, answer.read]).toEqual([after, [], {}])
})
