import { createHash } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { Agenda, Bilingual, MeetingId } from '../../shared/domain/agenda.ts'
import type { StoredDocument } from '../storage/documents.ts'
import type { Storage } from '../storage/storage.ts'

/**
 * The titles of meetings, for lists of them. An agenda is opened for its title only where it has changed since, one at a time
 * for everybody, and others have the thread for as long as that took.
 */
export interface Titles {
  /** Blank where there is no agenda that can be read. */
  of(meeting: MeetingId): Promise<Bilingual>
}

export interface TitlesOptions {
  readonly storage: Pick<Storage, 'load'>
  /** The agenda, or null where it is too much to be read between two keystrokes. */
  readonly read: (meeting: MeetingId) => Promise<Agenda | null>
}

const blank: Bilingual = { en: '', zh: '' }
/** Titles that are remembered: the ones asked for last. */
const most = 1000
/** ms */
const longestRest = 1000

export function openTitles({ storage, read }: TitlesOptions): Titles {
  const known = new Map<MeetingId, { readonly state: string; readonly title: Bilingual }>()
  let queue: Promise<void> = Promise.resolve()

  const recall = async (meeting: MeetingId) => {
    const stored = await storage.load(meeting, 'agenda')
    const state = stored === null ? '' : stateOf(stored)
    const found = known.get(meeting)
    return { state, title: found?.state === state ? found.title : null }
  }
  const remember = (meeting: MeetingId, state: string, title: Bilingual) => {
    known.delete(meeting)
    known.set(meeting, { state, title })
    for (const oldest of known.keys()) if (known.size > most) known.delete(oldest)
  }
  const openFor = async (meeting: MeetingId): Promise<{ readonly title: Bilingual; readonly rest: number }> => {
    // Somebody before may have asked for the same.
    const { state, title } = await recall(meeting)
    if (title !== null) return { title, rest: 0 }
    const began = performance.now()
    const agenda = await read(meeting)
    const fresh = agenda?.title ?? blank
    // The state of before: what has come in between is looked at the next time.
    remember(meeting, state, fresh)
    return { title: fresh, rest: Math.min(performance.now() - began, longestRest) }
  }

  return {
    async of(meeting) {
      const { state, title } = await recall(meeting)
      if (title !== null) {
        remember(meeting, state, title)
        return title
      }
      const opened = queue.then(() => openFor(meeting))
      queue = opened.then(
        ({ rest }) => pause(rest, undefined, { ref: false }),
        () => {},
      )
      return (await opened).title
    },
  }
}

/** Two states that read the same may differ, but not the other way round. */
function stateOf({ key, base, tail }: StoredDocument): string {
  return `${key} ${tail.map(({ row }) => row)} ${createHash('sha1').update(base).digest('base64')}`
}
