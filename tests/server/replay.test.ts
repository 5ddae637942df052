import { afterEach, expect, test } from 'vitest'
import type { WebSocket as Socket } from 'ws'
import * as Y from 'yjs'
import { encodeUpdate } from '../../shared/wire/frame.ts'
import {
  apply,
  type Conversation,
  generateConversation,
  generatePaper,
  type Paper,
  recordedConversation,
  recordedPaper,
  type Transaction,
} from '../support/history.ts'
import { soon } from '../support/patience.ts'
import { type Client, startServer, stockClient, type TestServer, textOf } from '../support/server.ts'

let server: TestServer
const clients: Client[] = []
afterEach(async () => {
  for (const client of clients.splice(0)) client.leave()
  await server.stop()
})

async function join(side: 'us' | 'cn', name?: string): Promise<Client> {
  const { cookie } = await server.visit('delegate', side, name)
  const client = stockClient({ origin: server.origin, meeting: server.meeting, cookie })
  clients.push(client)
  await client.synced
  return client
}

interface Authored {
  readonly agent: number
  readonly update: Uint8Array
  /** Updates that its author had not seen before the one that they made before this. */
  readonly after: readonly number[]
}

/**
 * Each author writes on a replica that holds just what the recording says they had seen: before a transaction, the
 * updates of its ancestors are delivered, and no others. What comes of it are the updates that two stock clients would
 * have sent, in the order that each would have sent them.
 */
function authored(transactions: readonly Transaction[]): Authored[] {
  const agents = [...new Set(transactions.map((one) => one.agent))]
  const replicas = agents.map((agent) => {
    const doc = new Y.Doc()
    doc.clientID = 1000 + agent
    return { doc, has: new Set<number>() }
  })
  const updates: Authored[] = []
  for (const [index, { agent, parents, patches }] of transactions.entries()) {
    const { doc, has } = replicas[agents.indexOf(agent)]!
    const lacking: number[] = []
    const look = [...parents]
    while (look.length > 0) {
      const parent = look.pop()!
      if (has.has(parent)) continue
      has.add(parent)
      lacking.push(parent)
      look.push(...transactions[parent]!.parents)
    }
    for (const parent of lacking.sort((a, b) => a - b)) Y.applyUpdate(doc, updates[parent]!.update)
    // What nobody sends at all (a transaction without effect) is an update too, so that indices agree.
    let update: Uint8Array = Uint8Array.of(0, 0)
    const catching = (bytes: Uint8Array) => {
      update = bytes
    }
    doc.on('update', catching)
    doc.transact(() => apply(textOf(doc), patches))
    doc.off('update', catching)
    has.add(index)
    updates.push({ agent, update, after: lacking })
  }
  return updates
}

async function replayConversation({ name, transactions, end }: Conversation): Promise<void> {
  server = await startServer()
  const began = performance.now()
  const updates = authored(transactions)
  const made = performance.now()
  const agents = [...new Set(transactions.map(({ agent }) => agent))].sort()
  const writers = await Promise.all(agents.map((agent) => join(agent % 2 === 0 ? 'us' : 'cn', `writer ${agent}`)))
  const counts = agents.map(() => 0)
  const rateLimits = writers.map(() => keepPace())
  /** How many of the updates the server is known to have heard, by agent. */
  const heard = agents.map(() => 0)
  for (const [index, { agent, update, after }] of updates.entries()) {
    // Whoever builds on something has it from the server.
    for (const one of after) {
      const other = updates[one]!.agent
      if (other === agent || heard[other]! > one) continue
      await reached(writers[other]!)
      heard[other] = index
    }
    const { provider } = writers[agent]!
    provider.ws!.send(encodeUpdate(update) as Uint8Array<ArrayBuffer>)
    counts[agent]! += 1
    if (counts[agent]! % portion > 0) continue
    await writers[agent]!.acknowledged()
    await rateLimits[agent]!()
  }
  await Promise.all(writers.map((client) => client.acknowledged()))
  const text = (client: Client) => client.doc.getText('glossary').toString()
  for (const client of writers) await client.until((doc) => doc.getText('glossary').toString() === end)
  const late = await join('us')
  expect(text(late)).toBe(end)
  console.log(
    `${name}: ${transactions.length} transactions by ${agents.length} people, all at its last word ` +
      `(${end.length} characters); authored in ${Math.round(made - began)} ms, ` +
      `through the server in ${Math.round(performance.now() - made)} ms`,
  )
}

async function replayPaper({ name, patches, end }: Paper): Promise<void> {
  server = await startServer()
  const author = new Y.Doc()
  author.transact(() => apply(author.getText('glossary'), patches))
  const writer = await join('us')
  const update = Y.encodeStateAsUpdate(author)
  Y.applyUpdate(writer.doc, update)
  await writer.acknowledged()
  const began = performance.now()
  const reader = await join('cn')
  const opened = performance.now() - began
  expect(reader.doc.getText('glossary').toString()).toBe(end)
  console.log(
    `${name}: ${patches.length} edits, ${update.length} bytes, opens in a joining client in ${Math.round(opened)} ms`,
  )
}

test('an afternoon of writing by three people, with branches and merges, goes through the server, and all end at its last word', () =>
  replayConversation(generateConversation(1)))

test('a paper of 260,000 edits opens in a joining client', () => replayPaper(generatePaper(1)))

const [conversation, paper] = [recordedConversation(), recordedPaper()]
const nowhere = 'no folder of recorded histories stands beside the repository'

test('two people’s recorded afternoon of writing goes through the server, and both end at its last word', async ({
  skip,
}) => {
  if (conversation === null) return skip(nowhere)
  await replayConversation(conversation)
})

test('a recorded paper of 260,000 edits opens in a joining client', async ({ skip }) => {
  if (paper === null) return skip(nowhere)
  await replayPaper(paper)
})

/** What was sent before a ping has been heard when it is answered. */
function reached({ provider }: Client): Promise<void> {
  const socket = provider.ws as unknown as Socket
  const answer = new Promise<void>((resolve) => socket.once('pong', () => resolve()))
  socket.ping()
  return soon('the answer to a ping', answer)
}

/** Frames sent at once between two acknowledgements. */
const portion = 900

/** The server lets one person send a thousand frames a second in the long run, and some four portions at once. */
function keepPace(): () => Promise<void> {
  const began = performance.now()
  let portions = 0
  return () => {
    portions += 1
    const due = began + (portions - 3) * 1000
    return new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())))
  }
}
