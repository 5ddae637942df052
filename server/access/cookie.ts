import type { IncomingHttpHeaders } from 'node:http'
import { parseCookie } from 'cookie'

export const cookieName = 'parley_session'
/** Over https: browsers take it from this host alone, so no neighbour of ours can set it. */
export const hostCookieName = `__Host-${cookieName}`

/** The secret of the session, or null. The old name is still read over https, until the next time of joining. */
export function readSession(header: string | undefined): string | null {
  return readCookie(header, hostCookieName) ?? readCookie(header, cookieName)
}

/** Whether the secret is in the cookie that no other host can set. */
export function isOfHost(header: string | undefined): boolean {
  return readCookie(header, hostCookieName) !== null
}

/** The value of a cookie, or null. Of several the first counts, because browsers send the most specific first. */
function readCookie(header: string | undefined, name: string): string | null {
  return parseCookie(header ?? '', { decode: (value) => value })[name] || null
}

/**
 * Whether a request may use the session cookie. Browsers send the page's origin, other programs send none. Without a
 * configured origin, the page's host must be the host requested.
 */
export function sameOrigin(headers: IncomingHttpHeaders, origin: string | null): boolean {
  if (headers.origin === undefined) return true
  if (origin !== null) return headers.origin === origin
  return URL.canParse(headers.origin) && new URL(headers.origin).host === headers.host
}
