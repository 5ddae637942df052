import { createEncoder, toUint8Array, writeUint8, writeVarUint } from 'lib0/encoding'
import type { Page, WebSocketRoute } from 'playwright-core'
import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { agendaOf } from '../../server/meeting/meetings.ts'
import { allItems, proseText } from '../../shared/domain/agenda.ts'
import { encodeUpdate } from '../../shared/wire/frame.ts'
import { sample } from '../support/agenda.ts'
import { gather, openBrowser } from '../support/gathering.ts'
import { savingWord, unsent, type Visitor } from '../support/people.ts'
import { type Client, enter, stockClient } from '../support/server.ts'

/** Somebody writes under the client id of a colleague who is away, and has written nothing under it yet. */

const { people, server } = await openBrowser({ workers: true })

const { id, objective } = sample().days[0]!.items[2]!
const before = proseText(objective.en)

interface Trip {
  readonly visitor: Visitor
  readonly page: Page
  /** At a program of their own. */
  readonly hostile: Client
  /** Of the page, as it was seen beside a caret. */
  readonly client: number
  leave(): Promise<void>
  back(): void
  /** The objective as the server has it. */
  committed(): Promise<string>
  /** As the page shows it. */
  shown(): Promise<string>
  type(words: string): Promise<void>
}

async function travel(script: (trip: Trip) => Promise<void>): Promise<void> {
  const meeting = await gather(people, server)
  const visitor = await people.arrive()
  const { page, context } = visitor
  const open = new Set<WebSocketRoute>()
  let away = false
  await context.routeWebSocket(/\/sync\//, (socket) => {
    if (away) return void socket.close({ code: 1013 })
    open.add(socket)
    open.add(socket.connectToServer())
  })
  await context.route(/\/sync\//, (route) => (away ? route.abort() : route.continue()))
  await visitor.join(meeting.invitation('delegate', 'us').link, 'Ann Lee')
  await page.goto(`${meeting.address}/i/${id}`)
  await savingWord(page, /All saved/).waitFor()
  const { token } = meeting.invitation('delegate', 'cn')
  const { cookie } = await enter(server.origin, token, '李雪')
  const hostile = stockClient({ origin: server.origin, meeting: meeting.meeting, cookie })
  await hostile.synced
  const { awareness } = hostile.provider
  const others = () => [...awareness.getStates().keys()].filter((one) => one !== hostile.doc.clientID)
  await expect.poll(others).toHaveLength(1)
  const text = page.getByRole('textbox', { name: 'Objective, English', exact: true })
  await script({
    visitor,
    page,
    hostile,
    client: others()[0]!,
    async leave() {
      away = true
      for (const socket of open) await socket.close({ code: 3000 })
      await savingWord(page, /Offline since/).waitFor()
      await expect.poll(others).toEqual([])
    },
    back() {
      away = false
      void page.evaluate(() => window.dispatchEvent(new Event('online')))
    },
    async committed() {
      const agenda = (await agendaOf(server.storage, meeting.meeting))!
      return proseText(allItems(agenda).find((item) => item.id === id)!.objective.en)
    },
    shown: async () => (await text.innerText()).trim(),
    async type(words) {
      await text.click()
      await page.keyboard.press('Control+End')
      await page.keyboard.type(words)
      // The copy on the device has the last letter a moment after the page has it: by then no more comes into it.
      let last = -1
      const isSettled = async () => {
        const before = last
        last = await unsent(page)
        return last === before
      }
      await expect.poll(isSettled, { interval: 300 }).toBe(true)
    },
  })
  hostile.leave()
  expect(visitor.foreign).toEqual([])
  await visitor.context.close()
}

/** A struct without content. */
function collected(client: number, clock: number, length: number): Uint8Array {
  const encoder = createEncoder()
  for (const n of [1, 1, client, clock]) writeVarUint(encoder, n)
  writeUint8(encoder, 0)
  for (const n of [length, 0]) writeVarUint(encoder, n)
  return toUint8Array(encoder)
}

function forged(client: number, words: string): Uint8Array {
  const doc = new Y.Doc()
  doc.clientID = client
  doc.getText('glossary').insert(0, words)
  return Y.encodeStateAsUpdate(doc)
}

async function send({ hostile }: Trip, update: Uint8Array): Promise<void> {
  hostile.provider.ws!.send(encodeUpdate(update) as Uint8Array<ArrayBuffer>)
  await hostile.acknowledged()
}

test('P1: what was written on a flight arrives, though somebody has taken its client id, and nothing is said to be saved before', async () => {
  await travel(async (trip) => {
    await trip.leave()
    await trip.type(' Done on a flight.')
    await savingWord(trip.page, /Offline since .* change/).waitFor()
    await send(trip, collected(trip.client, 0, 1000))
    expect(await trip.committed()).toBe(before)
    trip.back()
    await expect.poll(trip.committed).toBe(`${before} Done on a flight.`)
    await savingWord(trip.page, /All saved/).waitFor()
    expect(await trip.shown()).toBe(`${before} Done on a flight.`)
    // Both go on.
    await trip.type(' Landed.')
    await expect.poll(trip.committed).toBe(`${before} Done on a flight. Landed.`)
  })
})

test('P1: so does what was written before and after the page was loaded again without a connection', async () => {
  await travel(async (trip) => {
    await trip.leave()
    await trip.type(' Done on a flight,')
    await savingWord(trip.page, /Offline since .* change/).waitFor()
    await trip.page.reload()
    await expect.poll(trip.shown).toBe(`${before} Done on a flight,`)
    await trip.type(' and on another.')
    await send(trip, forged(trip.client, 'X'.repeat(200)))
    trip.back()
    await expect.poll(trip.committed).toBe(`${before} Done on a flight, and on another.`)
    await savingWord(trip.page, /All saved/).waitFor()
    expect(await trip.shown()).toBe(`${before} Done on a flight, and on another.`)
    await trip.page.reload()
    await savingWord(trip.page, /All saved/).waitFor()
    expect(await trip.shown()).toBe(`${before} Done on a flight, and on another.`)
  })
})
