import { existsSync, readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import * as Y from 'yjs'
import { seeded } from './agenda.ts'
import { root } from './server.ts'

/** One change of a text: at this position so many characters are deleted, then these are inserted. UTF-16. */
export type Patch = readonly [position: number, deleted: number, inserted: string]

export interface Transaction {
  readonly agent: number
  /** Indices of the transactions that its author had seen last; their ancestors are seen with them. */
  readonly parents: readonly number[]
  readonly patches: readonly Patch[]
}

/** Several people writing one text at once. `end`: what every replica must reach. */
export interface Conversation {
  readonly name: string
  readonly transactions: readonly Transaction[]
  readonly end: string
}

/** One author's edits, one after the other. */
export interface Paper {
  readonly name: string
  readonly patches: readonly Patch[]
  readonly end: string
}

export function apply(text: Y.Text, patches: readonly Patch[]): void {
  for (const [position, deleted, inserted] of patches) {
    if (deleted > 0) text.delete(position, deleted)
    if (inserted !== '') text.insert(position, inserted)
  }
}

const letters = 'etaoin shrdlu cmfwyp vbgkjqxz 安全测试基准规程模型评估，。'

/**
 * A text with a caret, without Yjs: what stands before and behind it. Moving costs the distance, as it does a person.
 */
function caret() {
  const before: string[] = []
  const behind: string[] = []
  return {
    position: () => before.length,
    length: () => before.length + behind.length,
    move(to: number) {
      while (before.length > to) behind.push(before.pop()!)
      while (before.length < to) before.push(behind.pop()!)
    },
    type: (letter: string) => before.push(letter),
    erase: () => before.pop(),
    text: () => before.join('') + behind.toReversed().join(''),
  }
}

/** Types, goes back over it and moves on, a key a patch: of ten keys seven insert and three delete, as in recorded papers. */
export function generatePaper(seed: number, edits = 260_000): Paper {
  const random = seeded(seed)
  const below = (limit: number) => Math.floor(random() * limit)
  const at = caret()
  const patches: Patch[] = []
  while (patches.length < edits) {
    // Most of what is typed goes on where the last words were: some 12,000 structs for 260,000 keys, as in recorded papers.
    const far = random() < 0.01 ? below(at.length() + 1) : at.position() + (random() < 0.8 ? 0 : below(81) - 40)
    at.move(Math.max(0, Math.min(at.length(), far)))
    for (let keys = 1 + below(40); keys > 0 && patches.length < edits; keys -= 1) {
      const letter = letters[below(letters.length)]!
      patches.push([at.position(), 0, letter])
      at.type(letter)
    }
    for (let keys = below(18); keys > 0 && at.position() > 0 && patches.length < edits; keys -= 1) {
      at.erase()
      patches.push([at.position(), 1, ''])
    }
  }
  return { name: `generated, seed ${seed}`, patches, end: at.text() }
}

/**
 * People who write at once, each on a replica of their own, and hear of each other now and then: branches of a few keys
 * up to a few hundred, and merges.
 */
export function generateConversation(seed: number, agents = 3, length = 26_000): Conversation {
  const random = seeded(seed)
  const below = (limit: number) => Math.floor(random() * limit)
  const people = Array.from({ length: agents }, (_, agent) => {
    const doc = new Y.Doc()
    doc.clientID = 1 + agent
    return { doc, text: doc.getText('text'), heads: [] as number[], read: 0, at: 0 }
  })
  const transactions: Transaction[] = []
  const updates: Uint8Array[] = []
  const all = new Y.Doc()
  while (transactions.length < length) {
    const agent = below(agents)
    const person = people[agent]!
    const { doc, text } = person
    if (random() < 0.7) {
      // Everything so far: whoever has heard of each branch's last transaction has heard of the branch.
      for (const update of updates.slice(person.read)) Y.applyUpdate(doc, update)
      person.read = updates.length
      person.heads = [...new Set(people.flatMap(({ heads }) => heads))]
      person.at = Math.min(text.length, random() < 0.8 ? person.at : below(text.length + 1))
    }
    for (let keys = 1 + below(random() < 0.05 ? 350 : 18); keys > 0 && transactions.length < length; keys -= 1) {
      const deleting = random() < 0.1 && person.at > 0
      const patch: Patch = deleting ? [person.at - 1, 1, ''] : [person.at, 0, letters[below(letters.length)]!]
      let update: Uint8Array | null = null
      const listen = (bytes: Uint8Array) => {
        update = bytes
      }
      doc.on('update', listen)
      doc.transact(() => apply(text, [patch]))
      doc.off('update', listen)
      person.at += deleting ? -1 : 1
      transactions.push({ agent, parents: person.heads, patches: [patch] })
      updates.push(update!)
      person.heads = [transactions.length - 1]
    }
  }
  for (const update of updates) Y.applyUpdate(all, update)
  return { name: `generated, seed ${seed}`, transactions, end: all.getText('text').toString() }
}

/**
 * Recorded histories are other people's texts, so they are not in the repository. Where a folder of them stands beside it
 * (CC BY 4.0, https://github.com/josephg/editing-traces), they are replayed as well. This is the one path that leads out.
 */
const recordings = `${root}../shared/data/`

function recorded<T>(name: string): T | null {
  const path = `${recordings}${name}.json.gz`
  return existsSync(path) ? (JSON.parse(gunzipSync(readFileSync(path)).toString()) as T) : null
}

export function recordedConversation(): Conversation | null {
  const found = recorded<{ txns: Transaction[]; endContent: string }>('friendsforever')
  return found && { name: 'recorded: friendsforever', transactions: found.txns, end: found.endContent }
}

export function recordedPaper(): Paper | null {
  const found = recorded<{ txns: { patches: Patch[] }[]; endContent: string }>('automerge-paper')
  return (
    found && {
      name: 'recorded: automerge-paper',
      patches: found.txns.flatMap(({ patches }) => patches),
      end: found.endContent,
    }
  )
}
