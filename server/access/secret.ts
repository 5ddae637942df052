import { createHash, randomBytes } from 'node:crypto'
import type { SecretHash } from '../storage/members.ts'

/** A new secret of 256 bits, fit for a link or a cookie. Only its hash is stored. */
export function mintSecret(): string {
  return randomBytes(32).toString('base64url')
}

/** Secrets are random and long, so a plain hash cannot be searched. */
export function hashSecret(secret: string): SecretHash {
  return createHash('sha256').update(secret).digest('base64url') as SecretHash
}
