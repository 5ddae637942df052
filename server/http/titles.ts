import { createHash } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { Agenda, Bilingual, MeetingId } from '../../shared/domain/agenda.ts'
import type { StoredDocument } from '../storage/documents.ts'
import type { Storage } from '../storage/storage.ts'

/**
 * Meeting titles, for lists. An agenda is opened only if it has changed since its title was read, one at a time for all
 * clients. After each, the thread is free for as long as that took.
 */
export interface Titles {
  /** Blank when there is no readable agenda. */
  of(meeting: MeetingId): Promise<Bilingual>
}

export interface TitlesOptions {
  readonly storage: Pick<Storage, 'load'>
  /** The agenda, or null when it is too heavy to read on this thread. */
  readonly read: (meeting: MeetingId) => Promise<Agenda | null>
}

const blank: Bilingual = { en: '', zh: '' }
/** Number of cached titles: those requested most recently. */
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
    // An earlier request in the queue may have read the same title.
    const { state, title } = await recall(meeting)
    if (title !== null) return { title, rest: 0 }
    const began = performance.now()
    const agenda = await read(meeting)
    const fresh = agenda?.title ?? blank
    // Cached under the earlier state, so that changes made meanwhile are noticed next time.
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

/** Different keys may stand for the same content, but never the same key for different content. */
function stateOf({ key, base, tail }: StoredDocument): string {
  return `${key} ${tail.map(({ row }) => row)} ${createHash('sha1').update(base).digest('base64')}`
}
