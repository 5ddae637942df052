import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { SecretHash } from '../storage/members.ts'

/** A new 256-bit secret for a link or a cookie. Only its hash is stored. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url')
}

/** Secrets are long and random, so a plain hash resists brute force. */
export function hashSecret(secret: string): SecretHash {
  return createHash('sha256').update(secret).digest('base64url') as SecretHash
}

/** Takes as long wherever the two differ, and whatever their lengths. */
export function sameSecret(given: string, wanted: string): boolean {
  const [a, b] = [given, wanted].map((text) => createHash('sha256').update(text).digest())
  return timingSafeEqual(a as Buffer, b as Buffer)
}
