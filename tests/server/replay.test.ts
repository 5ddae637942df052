import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { afterEach, expect, test } from 'vitest'
import * as Y from 'yjs'
import { encodeUpdate } from '../../shared/wire/frame.ts'
import { type Client, root, startServer, stockClient, type TestServer, textOf } from '../support/server.ts'

let server: TestServer
const clients: Client[] = []
afterEach(async () => {
  for (const client of clients.splice(0)) client.leave()
  await server.stop()
})

async function join(side: 'us' | 'cn'): Promise<Client> {
  const { cookie } = await server.visit('delegate', side)
  const client = stockClient({ origin: server.origin, meeting: server.meeting, cookie })
  clients.push(client)
  await client.synced
  return client
}

interface Transaction {
  readonly agent: number
  readonly parents: readonly number[]
  readonly patches: readonly (readonly [position: number, deleted: number, inserted: string])[]
}

function history<T>(name: string): T {
  return JSON.parse(gunzipSync(readFileSync(`${root}../shared/data/${name}.json.gz`)).toString()) as T
}

function apply(text: Y.Text, patches: Transaction['patches']): void {
  for (const [position, deleted, inserted] of patches) {
    if (deleted > 0) text.delete(position, deleted)
    if (inserted !== '') text.insert(position, inserted)
  }
}

/**
 * Each author writes on a replica that holds just what the recording says they had seen: before a transaction, the
 * updates of its ancestors are delivered, and no others. What comes of it are the updates that two stock clients would
 * have sent, in the order that each would have sent them.
 */
function authored(transactions: readonly Transaction[]): { agent: number; update: Uint8Array }[] {
  const agents = [...new Set(transactions.map((one) => one.agent))]
  const replicas = agents.map((agent) => {
    const doc = new Y.Doc()
    doc.clientID = 1000 + agent
    return { doc, has: new Set<number>() }
  })
  const updates: { agent: number; update: Uint8Array }[] = []
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
    updates.push({ agent, update })
  }
  return updates
}

test('two people’s recorded afternoon of writing goes through the server, and both end at its last word', async () => {
  server = await startServer()
  const { txns, endContent } = history<{ txns: Transaction[]; endContent: string }>('friendsforever')
  const began = performance.now()
  const updates = authored(txns)
  const made = performance.now()
  const [one, other] = await Promise.all([join('us'), join('cn')])
  const writers = [one, other]
  const counts = [0, 0]
  const paces = writers.map(() => keepPace())
  for (const { agent, update } of updates) {
    const { provider } = writers[agent]!
    provider.ws!.send(encodeUpdate(update) as Uint8Array<ArrayBuffer>)
    counts[agent]! += 1
    if (counts[agent]! % portion > 0) continue
    await writers[agent]!.acknowledged()
    await paces[agent]!()
  }
  await Promise.all(writers.map((client) => client.acknowledged()))
  const text = (client: Client) => textOf(client.doc).toString()
  for (const client of writers) await client.until(() => text(client) === endContent)
  const late = await join('us')
  expect(text(late)).toBe(endContent)
  console.log(
    `friendsforever: ${txns.length} transactions by ${new Set(txns.map((t) => t.agent)).size} people, both at endContent ` +
      `(${endContent.length} characters); authored in ${Math.round(made - began)} ms, ` +
      `through the server in ${Math.round(performance.now() - made)} ms`,
  )
})

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

test('a paper of 260,000 edits opens in a joining client', async () => {
  server = await startServer()
  const { txns, endContent } = history<{ txns: Pick<Transaction, 'patches'>[]; endContent: string }>('automerge-paper')
  const author = new Y.Doc()
  author.transact(() => {
    for (const { patches } of txns) apply(textOf(author), patches)
  })
  const writer = await join('us')
  const update = Y.encodeStateAsUpdate(author)
  Y.applyUpdate(writer.doc, update)
  await writer.acknowledged()
  const began = performance.now()
  const reader = await join('cn')
  const opened = performance.now() - began
  expect(textOf(reader.doc).toString()).toBe(endContent)
  console.log(`automerge-paper: ${update.length} bytes, opens in a joining client in ${Math.round(opened)} ms`)
})
