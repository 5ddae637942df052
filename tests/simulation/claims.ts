import { createEncoder, toUint8Array, writeUint8, writeVarUint } from 'lib0/encoding'
import * as Y from 'yjs'
import {
  acknowledged,
  countOf,
  doubtOf,
  heldOf,
  nothingUnsaved,
  unreportedOf,
  type Visit,
  withEdit,
  withEntries,
  withReported,
} from '../../client/sync/device/unsaved.ts'
import { type Effect, type Happening, isAsked, next, startExchange } from '../../client/sync/exchange.ts'
import { lackedBy } from '../../client/sync/lacked.ts'
import { reissued, successor } from '../../client/sync/reissue.ts'
import type { Committer, Waiting } from '../../server/room/committer.ts'
import { openRoom, type Room, type Seat, type Verdict } from '../../server/room/room.ts'
import type { DocumentKey, Edit, RowKey } from '../../server/storage/documents.ts'
import type { Member, SecretHash } from '../../server/storage/members.ts'
import type { PersonId } from '../../shared/domain/agenda.ts'
import { readRun, readUint } from '../../shared/wire/bytes.ts'
import { decode, encodeVector, lackingType } from '../../shared/wire/frame.ts'
import { merge } from '../../shared/wire/merge.ts'
import { compact } from '../../shared/wire/sync.ts'
import { seeded } from '../support/agenda.ts'

/**
 * Three people with devices, a fourth who claims their client ids, and the server's own room, over a storage that forgets
 * what it had not committed. What happens in which order is decided by the seed.
 */

export interface Outcome {
  /** What is wrong, in words; empty when all is well. */
  readonly faults: string[]
  readonly words: number
  /** How often somebody was told that all is saved, how often something was not taken, and how often it went under other ids. */
  readonly saved: number
  readonly lacking: number
  readonly reissues: number
}

export interface World {
  readonly steps: number
  /** Breaks devices on purpose: they believe clocks, or take every answer for an echo. */
  readonly broken?: 'clocks' | 'answers'
}

const text = 'glossary'

export async function simulateClaims(number: number, { steps, broken }: World = { steps: 120 }): Promise<Outcome> {
  const random = seeded(number)
  const below = (limit: number) => Math.floor(random() * limit)
  const one = <T>(list: readonly T[]): T => list[below(list.length)]!
  const faults: string[] = []
  const counts = { words: 0, saved: 0, lacking: 0, reissues: 0 }
  let clock = 0
  let clients = 10
  let visits = 0

  // The server.
  const stored = { base: begun(), log: new Map<RowKey, Uint8Array>(), owners: new Map<number, PersonId>() }
  let rows = 0
  let pending: { readonly room: Waiting; readonly edit: Edit }[] = []
  let room: Room = load()
  /** Ids that have been seen beside a caret. */
  const announced: number[] = []

  function load(): Room {
    const committer: Committer = {
      add: (waiting, edit) => void pending.push({ room: waiting, edit }),
      drain: async () => {},
      state: () => ({ status: 'well' }),
      waiting: () => 0,
      close() {},
    }
    return openRoom({
      stored: {
        key: 1 as DocumentKey,
        epoch: 1,
        base: stored.base,
        tail: [...stored.log].map(([row, bytes]) => ({ row, bytes })),
        lineage: 1,
        former: Uint8Array.of(0),
      },
      roots: [text],
      owners: stored.owners,
      storage: {
        async fold(_key, base, folded) {
          stored.base = base
          for (const row of folded) stored.log.delete(row)
        },
      },
      committer,
      compact: async (updates) => compact(updates),
      turns: { take: (work) => work(), close() {} },
      now: () => clock,
      steady: () => clock,
      presenceWindow: 1e6,
      report(error) {
        throw error
      },
      failed() {},
    })
  }
  function commit() {
    const batch = pending
    pending = []
    const keys = batch.map(({ edit }) => {
      rows += 1
      stored.log.set(rows as RowKey, edit.bytes)
      for (const client of edit.claims ?? []) {
        if (!stored.owners.has(client)) stored.owners.set(client, edit.person)
      }
      return rows as RowKey
    })
    if (batch.length > 0)
      batch[0]!.room.committed(
        batch.map(({ edit }) => edit),
        keys,
      )
  }
  /** How far the server knows an id, gaps included. */
  const reach = (client: number) => {
    const all = merge([stored.base, ...stored.log.values(), ...pending.map(({ edit }) => edit.bytes)])
    return Y.parseUpdateMeta(all).to.get(client) ?? 0
  }
  /** All that is on the disk. */
  const durable = () => {
    const doc = new Y.Doc()
    Y.applyUpdate(doc, merge([stored.base, ...stored.log.values()]))
    return doc.getText(text).toString()
  }
  const member = (person: string) =>
    ({ person: person as PersonId, name: person, role: 'delegate', side: null }) as Member
  const join = (person: string, whole: boolean, send: (frame: Uint8Array) => void): Seat =>
    room.join({
      member: member(person),
      session: person as SecretHash,
      mayWrite: true,
      whole,
      afford: () => true,
      log: () => null,
      send,
      show() {},
      end() {},
    })

  // The people.
  const people = ['A', 'B', 'C'].map((name) => openPerson(name))
  let hostile = null as Seat | null

  function openPerson(name: string) {
    /** What the device keeps. */
    let kept: Uint8Array[] = []
    const entries = new Map<string, Visit>()
    const secret = `${name} ${number}`
    const words = new Set<string>()

    let visit = ''
    let doc = new Y.Doc()
    let counted = nothingUnsaved('')
    let seat: Seat | null = null
    let up: ((at: Seat) => Verdict | undefined)[] = []
    let down: Uint8Array[] = []
    let exchange = startExchange(null)
    /** What waits for the server's first answer; null once that is let in. */
    let early: Uint8Array[] | null = null

    function happen(happening: Happening) {
      const step = next(exchange, happening, { now: clock, steady: clock })
      exchange = step.exchange
      for (const effect of step.effects) carryOut(effect)
    }
    function carryOut(effect: Effect) {
      switch (effect.type) {
        case 'answer': {
          const doubt = broken === 'clocks' ? new Map() : doubtOf(counted)
          const update = lackedBy(effect.vector, doc, doubt, exchange.skipped)
          up.push((at) => at.edit('step-2', update))
          happen({ type: 'answered', held: heldOf(counted) })
          return
        }
        case 'pause':
          happen({ type: 'paused', held: heldOf(counted) })
          return
        case 'request':
          up.push((at) => {
            at.acknowledge(encodeVector(new Map([[effect.number, 0]])))
            return undefined
          })
          return
        case 'admit': {
          const waited = early ?? []
          early = null
          for (const update of waited) Y.applyUpdate(doc, update, 'server')
          return
        }
        case 'cover':
          counted = acknowledged(counted, effect.held)
          note()
          happen({ type: 'committed', ...unsaved() })
          check()
          return
        case 'reissue':
          reissue(effect.from)
          return
        case 'drop':
          disconnect()
          return
        case 'reconnect':
        case 'renounce':
      }
    }
    function unsaved() {
      const edits = countOf(counted)
      return { unsaved: edits, doubtful: edits > 0 && [...(doubtOf(counted)?.values() ?? [0])].includes(0) }
    }

    function open() {
      visits += 1
      visit = `${name}${visits}`
      doc = new Y.Doc()
      clients += 1
      doc.clientID = clients
      for (const update of kept) Y.applyUpdate(doc, update, 'device')
      counted = withEntries(nothingUnsaved(visit), entries)
      doc.on('update', (update: Uint8Array, origin: unknown) => {
        kept.push(update)
        if (origin === 'server') return
        counted = withEdit(counted, Y.parseUpdateMeta(update))
        note()
        if (isAsked(exchange)) up.push((at) => at.edit('update', update))
        happen({ type: 'counted', ...unsaved() })
      })
      happen({ type: 'counted', ...unsaved() })
    }
    function note() {
      const { own, covered } = unreportedOf(counted)
      counted = withReported(counted, counted)
      if (own.made > 0) entries.set(visit, own)
      for (const [key, edits] of covered) {
        const entry = entries.get(key)!
        entries.set(key, { ...entry, committed: Math.max(entry.committed, Math.min(entry.made, edits)) })
      }
    }
    function connect() {
      if (seat !== null) return
      if (Y.getState(doc.store, doc.clientID) === 0) {
        clients += 1
        doc.clientID = clients
      }
      seat = join(name, true, (frame) => down.push(frame))
      seat.greet()
      seat.answer(Y.decodeStateVector(Y.encodeStateVector(doc)))
      early = []
      happen({ type: 'opened' })
      const { clientID } = doc
      up.push((at) => {
        announced.push(clientID)
        return at.awareness([{ client: clientID, clock: 1, json: new TextEncoder().encode('{}') }])
      })
    }
    function disconnect() {
      seat?.leave()
      seat = null
      up = []
      down = []
      early = null
      happen({ type: 'closed', code: null })
    }
    function hear(frame: Uint8Array) {
      const message = decode(frame)
      if (message === null) return lacks(frame)
      if (message.type === 'step-1') {
        happen({ type: 'asked', vector: encodeVector(message.vector), ...unsaved() })
      } else if (message.type === 'step-2' && early !== null && !exchange.wire.greeted) {
        early.unshift(message.update)
        happen({ type: 'greeted', ...unsaved() })
      } else if (message.type === 'step-2' || message.type === 'update') {
        if (early !== null) early.push(message.update)
        else Y.applyUpdate(doc, message.update, 'server')
      } else if (message.type === 'acknowledge') {
        happen({ type: 'acknowledged', number: readUint({ bytes: message.payload, at: 1 }) })
      }
    }
    /** To be called when an echo has come. */
    function check() {
      if (countOf(counted) > 0) return
      counts.saved += 1
      const there = durable()
      for (const word of words) if (!there.includes(word)) faults.push(`${word} was said to be saved`)
    }
    function lacks(frame: Uint8Array) {
      const cursor = { bytes: frame, at: 0 }
      if (readUint(cursor) !== lackingType) throw new Error('an unknown frame')
      const inner = { bytes: readRun(cursor), at: 0 }
      const ids = Array.from({ length: readUint(inner) }, () => readUint(inner))
      counts.lacking += 1
      if (broken === 'answers') {
        counted = acknowledged(counted, heldOf(counted))
        return check()
      }
      happen({ type: 'lacking', clients: ids, doubt: doubtOf(counted) })
    }
    function reissue(doubt: ReadonlyMap<number, number>) {
      counts.reissues += 1
      const newId = (client: number) => successor(client, secret)
      kept = [reissued(Y.encodeStateAsUpdate(doc), doubt, newId)]
      const all = (reach: number) => new Map([...doubt.keys()].map((client) => [newId(client), reach]))
      counted = withEdit(counted, { from: all(0), to: all(Number.POSITIVE_INFINITY) })
      note()
      disconnect()
      open()
    }

    open()
    return {
      name,
      connect,
      disconnect,
      online: () => seat !== null,
      unsaved: () => countOf(counted),
      lost: () => [...words].filter((word) => !durable().includes(word)),
      shown: () => doc.getText(text).toString(),
      type() {
        const word = `<${name}${words.size}>`
        words.add(word)
        counts.words += 1
        const into = doc.getText(text)
        // Between words, so that each stays whole.
        const gaps = [0, ...[...into.toString().matchAll(/>/g)].map(({ index }) => index + 1)]
        into.insert(one(gaps), word)
      },
      reload() {
        disconnect()
        open()
      },
      /** The server hears the next thing. */
      speak() {
        const next = up.shift()
        if (next === undefined || seat === null) return false
        const verdict = next(seat)
        if (verdict?.status === 'refused') disconnect()
        return true
      },
      listen() {
        const frame = down.shift()
        if (frame === undefined) return false
        hear(frame)
        return true
      },
    }
  }

  function attack() {
    hostile ??= join('X', false, () => {})
    if (announced.length === 0) return
    const client = one(announced)
    // Ahead of what there is, which anybody may delete.
    const at = Math.max(reach(client), random() < 0.5 ? 0 : below(40))
    const step = random() < 0.5 ? 'update' : 'step-2'
    const verdict = ((): Verdict => {
      switch (below(5)) {
        case 0:
          return hostile.awareness([{ client, clock: 1, json: new TextEncoder().encode('{}') }])
        case 1:
          return hostile.edit(step, collected(client, at, 1 + below(60)))
        case 2:
          return hostile.edit(step, deletion(client, at, 1 + below(60)))
        default: {
          const doc = new Y.Doc()
          if (random() < 0.7) Y.applyUpdate(doc, merge([stored.base, ...stored.log.values()]))
          const before = Y.encodeStateVector(doc)
          doc.clientID = client
          doc.getText(text).insert(0, 'X'.repeat(1 + below(60)))
          return hostile.edit(step, Y.encodeStateAsUpdate(doc, random() < 0.5 ? before : undefined))
        }
      }
    })()
    if (verdict.status === 'refused' || random() < 0.2) {
      hostile.leave()
      hostile = null
    }
  }
  function restart() {
    // What was not committed is gone, and so is every connection.
    pending = []
    leaveAll()
    room.close()
    room = load()
  }
  function leaveAll() {
    hostile?.leave()
    hostile = null
    for (const each of people) each.disconnect()
  }

  for (let step = 0; step < steps; step += 1) {
    clock += 1000
    const person = one(people)
    const chance = random()
    if (chance < 0.2) person.type()
    else if (chance < 0.28) person.online() ? person.disconnect() : person.connect()
    else if (chance < 0.31) person.reload()
    else if (chance < 0.42) attack()
    else if (chance < 0.44) restart()
    else if (chance < 0.46) {
      // An idle room is folded, let go and forgotten.
      commit()
      leaveAll()
      await room.fold()
      restart()
    } else if (chance < 0.6) commit()
    else if (chance < 0.8) for (let i = below(4); i >= 0; i -= 1) person.speak()
    else for (let i = below(4); i >= 0; i -= 1) person.listen()
  }

  // The attacks end, and everybody comes back.
  hostile?.leave()
  for (let round = 0; round < 30; round += 1) {
    clock += 10_000
    for (const person of people) person.connect()
    for (let more = true; more; ) {
      more = false
      for (const person of people) {
        while (person.speak()) more = true
        commit()
        while (person.listen()) more = true
      }
    }
    if (people.every((person) => person.online() && person.unsaved() === 0)) break
    for (const person of people) if (person.unsaved() > 0) person.disconnect()
  }
  const there = durable()
  for (const person of people) {
    if (person.unsaved() > 0) faults.push(`${person.name} waits for ever`)
    for (const word of person.lost()) faults.push(`${word} has not arrived`)
    if (person.shown() !== there) faults.push(`${person.name} sees something else`)
  }
  for (const word of there.match(/<[^>]*>/g) ?? []) {
    if (there.split(word).length > 2) faults.push(`${word} stands twice`)
  }
  room.close()
  return { faults, ...counts }
}

function begun(): Uint8Array {
  const doc = new Y.Doc()
  doc.clientID = 1
  doc.getText(text).insert(0, '<begin>')
  return Y.encodeStateAsUpdate(doc)
}

/** A struct without content. */
function collected(client: number, clock: number, length: number): Uint8Array {
  const encoder = createEncoder()
  for (const n of [1, 1, client, clock]) writeVarUint(encoder, n)
  writeUint8(encoder, 0)
  for (const n of [length, 0]) writeVarUint(encoder, n)
  return toUint8Array(encoder)
}

function deletion(client: number, clock: number, length: number): Uint8Array {
  const encoder = createEncoder()
  for (const n of [0, 1, client, 1, clock, length]) writeVarUint(encoder, n)
  return toUint8Array(encoder)
}
