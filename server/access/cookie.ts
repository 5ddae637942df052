import type { IncomingHttpHeaders } from 'node:http'
import { parseCookie } from 'cookie'

export const cookieName = 'parley_session'

/** The value of a cookie, or null. Of several with the name the first counts, as browsers send the closest first. */
export function readCookie(header: string | undefined, name: string): string | null {
  return parseCookie(header ?? '', { decode: (value) => value })[name] || null
}

/**
 * Whether a request may come with somebody's cookie: browsers name the page's origin, other programs name none. Without a
 * configured origin the page must be of the host that it talks to.
 */
export function sameOrigin(headers: IncomingHttpHeaders, origin: string | null): boolean {
  if (headers.origin === undefined) return true
  if (origin !== null) return headers.origin === origin
  return URL.canParse(headers.origin) && new URL(headers.origin).host === headers.host
}
