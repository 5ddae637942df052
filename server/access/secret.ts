import { createHash, randomBytes, randomInt, timingSafeEqual } from 'node:crypto'
import { codeLength, codeLetters } from '../../shared/api/terms.ts'
import type { SecretHash } from '../storage/members.ts'

/** A new 256-bit secret for a link or a cookie. Only its hash is stored. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url')
}

/** A code that people read out and type. */
export function newCode(): string {
  return Array.from({ length: codeLength }, () => codeLetters[randomInt(codeLetters.length)]).join('')
}

/** Secrets are long and random, so a plain hash resists brute force; codes are gone before theirs does not. */
export function hashSecret(secret: string): SecretHash {
  return createHash('sha256').update(secret).digest('base64url') as SecretHash
}

/** Takes as long wherever the two differ, and whatever their lengths. */
export function sameSecret(given: string, wanted: string): boolean {
  const [a, b] = [given, wanted].map((text) => createHash('sha256').update(text).digest())
  return timingSafeEqual(a as Buffer, b as Buffer)
}
