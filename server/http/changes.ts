import { promisify } from 'node:util'
import { deflateRaw, inflateRaw } from 'node:zlib'
import type { FastifyInstance, FastifyReply } from 'fastify'
import type { AnswerOf } from '../../shared/api/contract.ts'
import type { Agenda, PersonId, Side } from '../../shared/domain/agenda.ts'
import { canonicalText, digestOfText } from '../../shared/wire/digest.ts'
import type { Attributor } from '../meeting/attribution.ts'
import { largestRead } from '../meeting/meetings.ts'
import type { RenderPool } from '../render/pool.ts'
import type { Attribution } from '../storage/attribution.ts'
import type { Documents } from '../storage/documents.ts'
import type { Member, Members } from '../storage/members.ts'
import type { ReadStates } from '../storage/readstates.ts'
import { requireAgenda, requireMember } from './asker.ts'
import { Refused } from './refused.ts'
import { type Asked, serve, serveRaw } from './serve.ts'

export interface ChangesOptions {
  readonly storage: Attribution & Documents & Members & ReadStates
  readonly attributor: Attributor
  readonly pool: Pick<RenderPool, 'open'>
  readonly now: () => number
}

/** Per session. While others write, an open page asks or marks every few seconds. */
const mostPerMinute = 240
/** Items stored as read for one person. */
const mostRead = 1000
/** Newest marks in one answer: enough for everything that six people can change in an agenda of a hundred items. */
const mostMarks = 10_000

/** What somebody has missed: the agenda as last seen, and who changed what since. */
export function serveChanges(app: FastifyInstance, { storage, attributor, pool, now }: ChangesOptions): void {
  const limited = { config: { rateLimit: { max: mostPerMinute, timeWindow: 60_000 } } }

  const answer = async (asked: Asked<'changes'>): Promise<FastifyReply> => {
    const { reply } = asked
    const member = await requireMember(storage, asked)
    const { meeting, person } = member
    const seen = await storage.seen(meeting, person)
    if (seen === null) {
      await begin(member)
      return reply.send({ since: null, agenda: null, marks: [], people: {}, read: {} } satisfies AnswerOf<'changes'>)
    }
    await attributor.catchUp(meeting)
    const marks = await storage.marks(meeting, seen.turn, mostMarks)
    const authors = await storage.members(meeting, [...new Set(marks.map(({ by }) => by))])
    const items = await storage.itemsRead(meeting, person)
    const people: Record<PersonId, { readonly name: string; readonly side: Side | null }> = Object.fromEntries(
      authors.map(({ person: id, name, side }) => [id, { name, side }]),
    )
    // The stored agenda is JSON already. A client that has the one from `since` is not sent it again.
    const agenda = asked.query().since === String(seen.at) ? 'null' : (await unpack(seen.agenda)).toString()
    const rest = JSON.stringify({ marks, people, read: Object.fromEntries(items) })
    return reply.type('application/json; charset=utf-8').send(`{"since":${seen.at},"agenda":${agenda},${rest.slice(1)}`)
  }
  serveRaw(app, 'changes', answer, limited)

  const mark = async (asked: Asked<'seen'>): Promise<AnswerOf<'seen'>> => {
    const member = await requireMember(storage, asked)
    const { meeting, person } = member
    const body = asked.body({ digest: 'invalid', items: 'invalid' })
    if ('items' in body) {
      await storage.addItemsRead(meeting, person, new Map(Object.entries(body.items)), mostRead)
      return { seen: true }
    }
    // Take the turn before the agenda: edits committed in between are attributed once too often, but never missed.
    const turn = await attributor.catchUp(meeting)
    const at = now()
    const current = pack(await requireAgenda(storage, pool, member))
    if (current === null) throw new Refused(422, 'gave-up')
    // Somebody else has written meanwhile. That is no error, so it must not show as one in a browser console.
    if (current.digest !== body.digest) return { seen: false }
    await storage.setSeen(meeting, person, { at, turn, digest: current.digest, agenda: await current.packed() })
    return { seen: true }
  }
  serve(app, 'seen', mark, limited)

  /** On the first visit the current state counts as seen. If the agenda is too heavy to read, nothing is stored. */
  const begin = async (member: Member): Promise<void> => {
    const { meeting, person } = member
    const turn = await attributor.catchUp(meeting)
    const at = now()
    try {
      const current = pack(await requireAgenda(storage, pool, member))
      if (current === null) return
      await storage.setSeen(meeting, person, { at, turn, digest: current.digest, agenda: await current.packed() }, true)
    } catch (error) {
      if (!(error instanceof Refused && error.code === 'gave-up')) throw error
    }
  }

  const packs = new WeakMap<Agenda, Pack | null>()
  /** Cached, so that a hundred people who open the same agenda in the morning cost one digest. */
  const pack = (agenda: Agenda): Pack | null => {
    const known = packs.get(agenda)
    if (known !== undefined) return known
    const made = packOf(agenda)
    packs.set(agenda, made)
    return made
  }
}

interface Pack {
  readonly digest: string
  packed(): Promise<Uint8Array>
}

/** Null for an agenda so large that only vandals make one. */
function packOf(agenda: Agenda): Pack | null {
  const text = canonicalText(agenda)
  if (text.length > largestRead) return null
  let packing: Promise<Uint8Array> | null = null
  return { digest: digestOfText(text), packed: () => (packing ??= deflate(text)) }
}

const deflate = promisify<string, Buffer>(deflateRaw)
const unpack = promisify<Uint8Array, Buffer>(inflateRaw)
