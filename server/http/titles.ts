import type { Agenda, Bilingual, MeetingId } from '../../shared/domain/agenda.ts'
import type { Documents } from '../storage/documents.ts'

/**
 * Meeting titles, for lists. An agenda is opened only if it has changed since its title was read, once for all who wait
 * for it. Those read on this thread are read one at a time, and after each the thread is free for as long as that took.
 */
export interface Titles {
  /** Blank when no title is known. A title may be a second old, or as old as the last opening was long. */
  of(meeting: MeetingId): Promise<Bilingual>
}

export interface TitlesOptions {
  readonly storage: Pick<Documents, 'state'>
  /** Resolves when this thread is done with it. */
  readonly read: (meeting: MeetingId) => Promise<Reading>
  /** ms. The clock only goes forward. */
  readonly now: () => number
  readonly pause: (ms: number) => Promise<void>
}

export interface Reading {
  /** A promise while a heavy agenda is read in another process. Null when it cannot be read now. */
  readonly agenda: Agenda | null | Promise<Agenda | null>
}

interface Known {
  readonly title: Bilingual
  /** The state of the document that it was read from. Null when it could not be read. */
  readonly state: string | null
  /** It is given without a look at the document until then. */
  readonly goodUntil: number
}

const blank: Bilingual = { en: '', zh: '' }
/** Number of cached titles: those requested most recently. */
const most = 1000
/** ms */
const longestRest = 1000
/** How long a request waits for an opening before it is given what is known, ms. */
const longestWait = 1000
/** How long a title is good, ms, and how many times as long as its opening took: heavy agendas are opened less often. */
const goodFor = 1000
const goodForTimes = 10
const longestGood = 600_000

export function openTitles({ storage, read, now, pause }: TitlesOptions): Titles {
  const known = new Map<MeetingId, Known>()
  const openings = new Map<MeetingId, Promise<Bilingual>>()
  let queue: Promise<void> = Promise.resolve()

  const remember = (meeting: MeetingId, one: Known): Bilingual => {
    known.delete(meeting)
    known.set(meeting, one)
    for (const oldest of known.keys()) if (known.size > most) known.delete(oldest)
    return one.title
  }
  /** The next may be read on this thread once this one is read or has gone to another process. */
  const readInTurn = (meeting: MeetingId): Promise<{ readonly reading: Reading; readonly began: number }> => {
    const turn = queue.then(async () => {
      const began = now()
      const reading = await read(meeting)
      return { reading, began, took: now() - began }
    })
    queue = turn.then(
      ({ took }) => pause(Math.min(took, longestRest)),
      () => {},
    )
    return turn
  }
  const openFor = async (meeting: MeetingId, state: string): Promise<Bilingual> => {
    const { reading, began } = await readInTurn(meeting)
    const agenda = await reading.agenda
    const title = agenda?.title ?? known.get(meeting)?.title ?? blank
    const good = Math.min(Math.max(goodFor, (now() - began) * goodForTimes), longestGood)
    // Cached under the earlier state, so that changes made meanwhile are noticed next time.
    return remember(meeting, { title, state: agenda === null ? null : state, goodUntil: now() + good })
  }
  const begin = (meeting: MeetingId, state: string): Promise<Bilingual> => {
    const opening = openFor(meeting, state).finally(() => openings.delete(meeting))
    openings.set(meeting, opening)
    return opening
  }
  const within = (opening: Promise<Bilingual>, otherwise: Bilingual): Promise<Bilingual> =>
    Promise.race([opening, pause(longestWait).then(() => otherwise)])

  return {
    async of(meeting) {
      const before = known.get(meeting)
      if (before !== undefined && (openings.has(meeting) || now() < before.goodUntil)) {
        return remember(meeting, before)
      }
      const state = await storage.state(meeting, 'agenda')
      if (state === null) return blank
      const last = known.get(meeting)
      if (last?.state === state) return remember(meeting, last)
      const opening = openings.get(meeting)
      if (opening === undefined) return within(begin(meeting, state), last?.title ?? blank)
      return last?.title ?? within(opening, blank)
    },
  }
}
