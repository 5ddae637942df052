/** The state of the connection, as shown to a person. `unsaved` counts edits that no acknowledgement covers yet. */
export type Connection =
  /** `busy`: the server answers, and asks to come again later. */
  | { readonly status: 'offline'; readonly since: number; readonly unsaved: number; readonly busy?: true }
  /** `since`: when both last had the same; absent when unknown. */
  | { readonly status: 'catching-up'; readonly since?: number; readonly unsaved: number }
  | { readonly status: 'live'; readonly unsaved: number; readonly committedAt: number | null }
  | { readonly status: 'refused'; readonly code: number; readonly unsaved: number }
  /** A newer version has written this document: it is read-only here, and nothing is bound or sent. */
  | { readonly status: 'older'; readonly unsaved: number }

export type Happening =
  /** Edits were made here or in another tab, or were found on this device: this many are not acknowledged. */
  | { readonly type: 'counted'; readonly unsaved: number }
  | { readonly type: 'opened' }
  /** The server has sent all that it had, and has asked for all that we have. */
  | { readonly type: 'caught-up'; readonly committedAt: number | null }
  /** An acknowledgement covers edits: they are on the server's disk, and this many are still not. */
  | { readonly type: 'committed'; readonly unsaved: number }
  /** `code`: the close code, if another side closed it. */
  | { readonly type: 'lost'; readonly code: number | null }
  | { readonly type: 'refused'; readonly code: number }
  /** Somebody has come back to a link that was still open: the server is asked again. */
  | { readonly type: 'reopened' }

/** The close code of a document that a newer version of Parley has written. */
export const tooOld = 4409

/** The close code of a document that has been rebuilt: the copy here is of an earlier lineage. */
export const rebuilt = 4410

/** The close code of a session that has ended. */
export const signedOut = 4401

/** The close code by which a server that has too much to do asks to come again later. */
export const busy = 1013

/** Codes 4400-4499 are final; anything else is worth another try. */
export function isFinal(code: number): boolean {
  return code >= 4400 && code <= 4499
}

/** Whether the server has refused for good: nothing more is sent, and nothing reconnects. */
export function isOver({ status }: Connection): boolean {
  return status === 'refused' || status === 'older'
}

/** The status is not `offline` before a first attempt has failed. */
export const starting: Connection = { status: 'catching-up', unsaved: 0 }

/** The initial state for a copy that last agreed with the server at `since`. */
export function startingFrom(since: number | null): Connection {
  return since === null ? starting : { status: 'catching-up', since, unsaved: 0 }
}

/** The only place that decides what the connection is. An open socket makes nothing saved; an acknowledgement does. */
export function next(from: Connection, happening: Happening, now: number): Connection {
  switch (happening.type) {
    case 'counted':
      return happening.unsaved === from.unsaved ? from : { ...from, unsaved: happening.unsaved }
    case 'committed':
      return from.status === 'live'
        ? { ...from, unsaved: happening.unsaved, committedAt: now }
        : { ...from, unsaved: happening.unsaved }
    case 'refused':
      if (happening.code === tooOld) return { status: 'older', unsaved: from.unsaved }
      return isOver(from) ? from : { status: 'refused', code: happening.code, unsaved: from.unsaved }
    case 'reopened':
      return from.status === 'refused' ? { status: 'catching-up', unsaved: from.unsaved } : from
    case 'opened':
      return from.status === 'offline' ? { status: 'catching-up', since: from.since, unsaved: from.unsaved } : from
    case 'caught-up':
      return isOver(from) ? from : { status: 'live', unsaved: from.unsaved, committedAt: happening.committedAt }
    case 'lost': {
      const isBusy = happening.code === busy
      if (isOver(from) || (from.status === 'offline' && (from.busy ?? false) === isBusy)) return from
      const { unsaved } = from
      const since = from.status === 'catching-up' || from.status === 'offline' ? from.since : undefined
      return { status: 'offline', since: since ?? now, unsaved, ...(isBusy ? { busy: true } : {}) }
    }
  }
}
