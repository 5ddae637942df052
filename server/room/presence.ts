import type { PersonId, Side } from '../../shared/domain/agenda.ts'
import { longestId } from '../../shared/domain/fields.ts'
import { type Caret, caretOf } from '../../shared/wire/caret.ts'
import { decodeAwarenessState, encodeAwareness } from '../../shared/wire/frame.ts'
import { after, type Report } from '../process/guard.ts'
import type { Member } from '../storage/members.ts'

/** What others see of a person. The server decides who somebody is; the client says where they are. */
export interface Presence {
  /** False when `json` is not JSON. Malformed fields are left out and the rest is shown. */
  say(by: Present, client: number, json: Uint8Array): boolean
  leave(by: Present): void
  /**
   * Sends everybody's awareness but the client's own, or the person's while the client id is unknown. A client trusts
   * only its own clock for its own entry.
   */
  greet(to: Present): void
  close(): void
}

export interface Present {
  readonly member: Member
  /** The Yjs client id that this connection owns, once known. */
  readonly client: number | null
  show(frame: Uint8Array): void
}

interface Entry {
  readonly by: Present
  readonly state: string
}

/** States longer than this, bytes, are not read. A caret and an item take a few hundred. */
const longestState = 2048

/** An empty awareness frame. A stock client takes half a minute of silence for a dead connection. */
export const signOfLife: Uint8Array = encodeAwareness([])

/**
 * The awareness of one room. Each state is built here and gets a clock that only rises, across restarts too, because
 * clients ignore states older than the ones they have. While the room is open it rises even if the system clock is set
 * back. `window`: how long changes are batched, ms.
 */
export function createPresence(others: Iterable<Present>, now: () => number, window: number, failed: Report): Presence {
  const entries = new Map<number, Entry>()
  const changed = new Map<number, string>()
  const clocks = new Map<number, number>()
  let last = 0
  let timer: NodeJS.Timeout | null = null

  const tick = (client: number) => {
    last = Math.max(Math.floor(now()), last + 1)
    clocks.set(client, last)
    return last
  }

  const touch = (client: number, state: string) => {
    changed.set(client, state)
    timer ??= after(window, flush, failed)
  }
  const flush = () => {
    timer = null
    const news = [...changed].map(([client, state]) => ({ client, state, clock: tick(client) }))
    changed.clear()
    const frame = encodeAwareness(news)
    for (const to of others) {
      if (to.client === null || !news.some(({ client }) => client === to.client)) to.show(frame)
      else if (news.length > 1) to.show(encodeAwareness(news.filter(({ client }) => client !== to.client)))
    }
    for (const { client, state } of news) if (state === gone && !entries.has(client)) clocks.delete(client)
  }

  return {
    say(by, client, json) {
      const said = json.length > longestState ? {} : decodeAwarenessState(json)
      if (said === undefined) return false
      if (said === null) {
        if (entries.delete(client)) touch(client, gone)
        return true
      }
      const state = stateOf(by.member, said)
      entries.set(client, { by, state })
      touch(client, state)
      return true
    },
    leave(by) {
      for (const [client, entry] of entries) {
        if (entry.by !== by) continue
        entries.delete(client)
        touch(client, gone)
      }
    },
    greet(to) {
      const known = [...entries]
        .filter(([client, entry]) => {
          return to.client === null ? entry.by.member.person !== to.member.person : client !== to.client
        })
        .map(([client, { state }]) => ({ client, state, clock: clocks.get(client) ?? tick(client) }))
      if (known.length > 0) to.show(encodeAwareness(known))
    },
    close() {
      if (timer !== null) clearTimeout(timer)
    },
  }
}

const gone = 'null'

export interface PresenceState {
  readonly user: { readonly id: PersonId; readonly name: string; readonly side: Side | null; readonly role: string }
  readonly cursor?: Caret
  readonly item?: string
}

/** Built from the server's own data. All it takes from the client is numbers and two kinds of names, within limits. */
function stateOf({ person, name, side, role }: Member, said: Readonly<Record<string, unknown>>): string {
  const cursor = caretOf(said.cursor)
  const { item } = said
  const state: PresenceState = {
    user: { id: person, name, side, role },
    ...(cursor === null ? {} : { cursor }),
    ...(typeof item === 'string' && item.length <= longestId ? { item } : {}),
  }
  return JSON.stringify(state)
}
