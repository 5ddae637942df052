import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type * as Y from 'yjs'
import { createMeeting } from '../../server/meeting/meetings.ts'
import { openSqlite } from '../../server/storage/sqlite/storage.ts'
import { seeded } from '../support/agenda.ts'
import { blankAgenda, type Client, enter, startProcess, stockClient } from '../support/server.ts'
import type { Campaign } from './campaign.ts'

/** Servers that are killed while two people type. What was acknowledged, and what the other had seen, is there afterwards. */
export const kills: Campaign = {
  name: 'kills',
  unit: 'kills',
  whole: 50,
  sample: 6,
  seed: 20260312,
  async play({ seed, count }) {
    const data = await mkdtemp(join(tmpdir(), 'parley-'))
    try {
      return await killOnAndOn(data, seed, count)
    } finally {
      await rm(data, { recursive: true, force: true })
    }
  },
}

async function killOnAndOn(data: string, seed: number, count: number): ReturnType<Campaign['play']> {
  const storage = openSqlite(data)
  const { meeting, invitations } = await createMeeting(storage, blankAgenda(), Date.now())
  await storage.close()
  const tokens = invitations.filter((one) => one.role === 'delegate').map((one) => one.token)
  const random = seeded(seed)
  const acknowledged = new Set<string>()
  const seen = new Set<string>()
  const faults: string[] = []
  let typed = 0
  let cookies: string[] = []

  // Everything promised in earlier rounds is there, on clients that remember nothing.
  const lookAt = (doc: Y.Doc, when: string) => {
    const held = doc.getMap('people')
    const missing = [...acknowledged, ...seen].filter((mark) => !held.has(mark))
    if (missing.length > 0)
      faults.push(`seed ${seed}, ${when}: ${missing.length} lost, ${missing.slice(0, 3).join(', ')}`)
  }

  for (let round = 0; round < count; round += 1) {
    const server = await startProcess(data)
    if (cookies.length === 0) {
      const visitors = await Promise.all(tokens.map((token, i) => enter(server.origin, token, `Dana ${i}`)))
      cookies = visitors.map((one) => one.cookie)
    }
    const clients = cookies.map((cookie) => stockClient({ origin: server.origin, meeting, cookie }))
    await Promise.all(clients.map((client) => client.synced))
    for (const client of clients) lookAt(client.doc, `round ${round}`)

    const killAt = 5 + Math.floor(random() * 120)
    let dead = false
    for (const client of clients) {
      client.doc.getMap('people').observe((event, transaction) => {
        if (transaction.origin === client.provider) for (const key of event.keysChanged) seen.add(key)
      })
    }
    await new Promise<void>((resolve) => {
      const type = (client: Client, who: number) => {
        if (dead) return
        const mark = `${round}.${who}.${typed}`
        typed += 1
        client.doc.transact(() => {
          client.doc.getMap('people').set(mark, 1)
          const words = client.doc.getText('glossary')
          words.insert(Math.floor(random() * (words.length + 1)), 'x')
        })
        // One that the kill overtakes is never answered.
        if (random() < 0.3)
          client.acknowledged().then(
            () => {
              acknowledged.add(mark)
              promised()
            },
            () => {},
          )
        setTimeout(type, random() * 3, client, who)
      }
      const kill = () =>
        setTimeout(() => {
          server.child.kill('SIGKILL')
          dead = true
          resolve()
        }, killAt)
      // Every other kill comes once something is promised: a busy machine commits nothing for a while.
      let armed = round % 2 === 1
      const promised = () => {
        if (armed) return
        armed = true
        kill()
      }
      for (const [who, client] of clients.entries()) type(client, who)
      if (armed) kill()
    })
    await server.exited
    for (const client of clients) client.leave()
  }

  const server = await startProcess(data)
  const last = stockClient({ origin: server.origin, meeting, cookie: cookies[0]! })
  await last.synced
  lookAt(last.doc, 'the end')
  last.leave()
  server.child.kill('SIGKILL')
  await server.exited
  // A few kills with nothing promised in between prove nothing.
  if (acknowledged.size < count / 2) faults.push(`seed ${seed}: only ${acknowledged.size} edits were acknowledged`)
  if (seen.size < count) faults.push(`seed ${seed}: only ${seen.size} edits were seen by the other`)
  return { faults, sums: { kills: count, typed, acknowledged: acknowledged.size, 'seen by the other': seen.size } }
}
