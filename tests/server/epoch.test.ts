import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import * as Y from 'yjs'
import { hashSecret, newSecret } from '../../server/access/secret.ts'
import { agendaOf } from '../../server/meeting/meetings.ts'
import type { InvitationId } from '../../shared/api/terms.ts'
import { readAgenda } from '../../shared/document/read.ts'
import { EPOCH } from '../../shared/document/schema.ts'
import type { Upgrade } from '../../shared/document/upgrade.ts'
import { write } from '../../shared/document/write.ts'
import type { Agenda, MeetingId } from '../../shared/domain/agenda.ts'
import type { Snapshot } from '../../shared/domain/command.ts'
import { completed } from '../../shared/domain/stored.ts'
import { sample } from '../support/agenda.ts'
import {
  enter,
  kindOf,
  rawClient,
  root,
  startServer,
  stockClient,
  type TestServer,
  type Visitor,
} from '../support/server.ts'

/** Releases that know different epochs, one after the other on the same data. */

const next: Upgrade = (doc) => {
  doc.getMap('meta').set('venueType', 'in person')
  doc.getMap('resolutions').set('r1', new Y.Map([['title', 'Resolution']]))
}

let first: TestServer
let server: TestServer
let us: Visitor
let cn: Visitor

beforeEach(async () => {
  first = await startServer({ agenda: sample() })
  server = first
  us = await first.visit('delegate', 'us')
  cn = await first.visit('delegate', 'cn')
})
afterEach(async () => {
  if (server !== first) await server.stop()
  await first.stop()
})

/** The same data, served by a release with these upgrades. */
async function deploy(upgrades: readonly Upgrade[]): Promise<void> {
  await (server === first ? first.server.close() : server.stop())
  server = await startServer({ data: first.data, upgrades })
}

const at = (visitor: Visitor) => ({ origin: server.origin, meeting: first.meeting, cookie: visitor.cookie })
const stored = async () => (await server.storage.load(first.meeting, 'agenda'))!
const codeOf = async (query: string) => (await rawClient(at(us), {}, query).closed).code
const place = (text: string) => ({ type: 'set-meeting' as const, settings: { place: { en: text, zh: text } } })

test('P8: a server raises a document before it serves it, once, and only newer clients come in', async () => {
  const early = stockClient(at(cn))
  await early.synced
  await deploy([next])
  expect((await stored()).epoch).toBe(1)
  expect(await codeOf('?epoch=1')).toBe(4409)
  expect((await stored()).epoch).toBe(2)
  const raised = (await stored()).tail
  expect(raised).toHaveLength(1)
  const current = rawClient(at(us), {}, '?epoch=2')
  await current.frame((frame) => kindOf(frame) === '0.0')
  current.socket.close()
  const client = stockClient(at(us))
  await client.synced
  expect(client.doc.getMap('meta').get('venueType')).toBe('in person')
  expect(client.doc.getMap('resolutions').size).toBe(1)
  client.leave()
  await deploy([next])
  expect(await codeOf('?epoch=1')).toBe(4409)
  expect((await stored()).epoch).toBe(2)
  // What somebody wrote in the older shape while they were away still comes in.
  write(early.doc, place('Singapore'))
  const late = stockClient(at(cn), early.doc)
  await late.synced
  await late.acknowledged()
  late.leave()
  early.leave()
  expect((await agendaOf(server.storage, first.meeting))!.place.en).toBe('Singapore')
})

test('what an upgrade changes is shown to nobody as somebody’s change', async () => {
  const marks = async (visitor: Visitor) => {
    const response = await fetch(`${server.origin}/api/meetings/${first.meeting}/away`, {
      headers: { cookie: visitor.cookie },
    })
    return ((await response.json()) as { marks: { by: string; field: string }[] }).marks
  }
  expect(await marks(us)).toEqual([])
  await deploy([
    (doc) => (doc.getMap('items').get(sample().days[0]!.items[2]!.id) as Y.Map<unknown>).set('minutes', 90),
  ])
  const client = stockClient(at(cn))
  await client.synced
  write(client.doc, place('Singapore'))
  await client.acknowledged()
  client.leave()
  expect((await agendaOf(server.storage, first.meeting))!.days[0]!.items[2]!.minutes).toBe(90)
  expect((await marks(us)).map(({ by, field }) => [by, field])).toEqual([[cn.person.id, 'place']])
})

test('an older server lets nobody write what a newer one has written, and leaves it byte for byte', async () => {
  await deploy([next])
  expect(await codeOf('?epoch=1')).toBe(4409)
  await deploy([])
  const before = await stored()
  expect(before.epoch).toBe(2)
  expect(await codeOf('?epoch=1')).toBe(4409)
  // Those who know it are to come again.
  expect(await codeOf('?epoch=2')).toBe(1013)
  expect(await codeOf('')).toBe(1013)
  expect(await stored()).toEqual(before)
  // What this release understands can still be taken out.
  expect((await agendaOf(server.storage, first.meeting))!.title).toEqual(sample().title)
})

test('an epoch that a delegate writes into the document locks nobody out', async () => {
  const hostile = stockClient(at(cn))
  await hostile.synced
  hostile.doc.getMap('meta').set('epoch', 99)
  await hostile.acknowledged()
  hostile.leave()
  const current = rawClient(at(us), {}, '?epoch=1')
  await current.frame((frame) => kindOf(frame) === '0.0')
  current.socket.close()
  expect((await stored()).epoch).toBe(1)
})

const released = Array.from({ length: EPOCH }, (_, index) => index + 1)
const plain = (agenda: Agenda | null) => JSON.parse(JSON.stringify(agenda)) as Agenda

test.each(released)('a document of the released epoch %i is served as it was, and edited', async (epoch) => {
  const folder = join(root, `tests/fixtures/epoch-${epoch}`)
  const base = await readFile(join(folder, 'document.bin'))
  const snapshot = JSON.parse(await readFile(join(folder, 'snapshot.json'), 'utf8')) as Snapshot
  const agenda = completed(snapshot.agenda)
  const meeting = `epoch-${epoch}` as MeetingId
  const { storage } = server
  const token = newSecret()
  const terms = { personName: null, expiresAt: null, mostPeople: null }
  const invitation = { id: 'i-fixture' as InvitationId, meeting, role: 'delegate', side: 'us', ...terms } as const
  await storage.createMeeting({
    id: meeting,
    createdAt: 1,
    documents: [{ name: 'agenda', epoch, base }],
    invitations: [{ ...invitation, createdAt: 1, revokedAt: null, token: hashSecret(token) }],
  })
  expect(plain(await agendaOf(storage, meeting))).toEqual(agenda)
  const { cookie } = await enter(server.origin, token, 'Dana')
  const client = stockClient({ origin: server.origin, meeting, cookie })
  await client.synced
  expect(plain(readAgenda(client.doc))).toEqual(agenda)
  write(client.doc, place('Singapore'))
  await client.acknowledged()
  client.leave()
  expect(plain(await agendaOf(storage, meeting))).toEqual({ ...agenda, place: { en: 'Singapore', zh: 'Singapore' } })
})
