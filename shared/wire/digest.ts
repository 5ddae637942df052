import canonicalize from 'canonicalize'
import { toBase64UrlEncoded } from 'lib0/buffer'
import { digest } from 'lib0/hash/sha256'
import { encodeUtf8 } from 'lib0/string'

/** SHA-256 of the canonical JSON of a value, base64url: the same on both sides of the wire. */
export function digestOf(value: unknown): string {
  return digestOfText(canonicalText(value))
}

export function digestOfText(canonical: string): string {
  return toBase64UrlEncoded(digest(encodeUtf8(canonical)))
}

/**
 * Canonical JSON (RFC 8785). It cannot hold lone surrogates, which a writer that bypasses our client can send: they
 * become U+FFFD.
 */
export function canonicalText(value: unknown): string {
  const json = JSON.stringify(value)
  const whole = /\\ud[89a-f]/.test(json) ? JSON.parse(json, wellFormed) : value
  return canonicalize(whole) as string
}

function wellFormed(_key: string, value: unknown): unknown {
  return typeof value === 'string' ? value.replace(/\p{Surrogate}/gu, '\uFFFD') : value
}
