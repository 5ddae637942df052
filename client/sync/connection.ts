/** What a person may be told about the connection. `unsaved` counts edits that no echo has covered yet. */
export type Connection =
  | { readonly status: 'offline'; readonly since: number; readonly unsaved: number }
  | { readonly status: 'catching-up'; readonly unsaved: number }
  | { readonly status: 'live'; readonly unsaved: number; readonly committedAt: number | null }
  | { readonly status: 'refused'; readonly code: number; readonly unsaved: number }

export type Happening =
  /** One transaction of this person's on this device. */
  | { readonly type: 'edited' }
  /** The device still holds edits of earlier visits that were never acknowledged. */
  | { readonly type: 'found'; readonly edits: number }
  | { readonly type: 'opened' }
  /** The server has given us all it had, and has asked for all that we have. */
  | { readonly type: 'caught-up'; readonly committedAt: number | null }
  /** An echo has covered so many more edits: they are on the server's disk. */
  | { readonly type: 'committed'; readonly edits: number }
  | { readonly type: 'lost' }
  | { readonly type: 'refused'; readonly code: number }

/** The close code of a document that a newer version of Parley has written. */
export const tooOld = 4409

/** Codes 4400-4499 are the server's last word; anything else is worth another try. */
export function isFinal(code: number): boolean {
  return code >= 4400 && code <= 4499
}

/** Nobody is told "offline" before a first attempt has failed. */
export const starting: Connection = { status: 'catching-up', unsaved: 0 }

/** The only place that decides what the connection is. An open socket never makes anything saved; an echo does. */
export function next(from: Connection, happening: Happening, now: number): Connection {
  switch (happening.type) {
    case 'edited':
      return { ...from, unsaved: from.unsaved + 1 }
    case 'found':
      return happening.edits === 0 ? from : { ...from, unsaved: from.unsaved + happening.edits }
    case 'committed': {
      const unsaved = Math.max(0, from.unsaved - happening.edits)
      return from.status === 'live' ? { ...from, unsaved, committedAt: now } : { ...from, unsaved }
    }
    case 'refused':
      return { status: 'refused', code: happening.code, unsaved: from.unsaved }
    case 'opened':
      return from.status === 'offline' ? { status: 'catching-up', unsaved: from.unsaved } : from
    case 'caught-up':
      return from.status === 'refused'
        ? from
        : { status: 'live', unsaved: from.unsaved, committedAt: happening.committedAt }
    case 'lost':
      return from.status === 'refused' || from.status === 'offline'
        ? from
        : { status: 'offline', since: now, unsaved: from.unsaved }
  }
}
