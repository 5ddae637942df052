import type { Branded } from '../domain/agenda.ts'

export type InvitationId = Branded<string, 'InvitationId'>
export type VersionId = Branded<string, 'VersionId'>
export type CalendarId = Branded<string, 'CalendarId'>
/** One browser in one meeting. */
export type SessionId = Branded<string, 'SessionId'>

/** How a session has come in: by an invitation, by a code from another device, or by an organizer's code. */
export const ways = ['link', 'code', 'organizer'] as const
export type Way = (typeof ways)[number]

/** What codes are made of: no two are mistaken for each other. */
export const codeLetters = '2345679ACDEFHJKMNPQRTVWXY'

/** A code as people type it, as the server takes it. */
export function tidyCode(text: string): string {
  return text.normalize('NFKC').toUpperCase().replace(/[\s-]/g, '')
}

export function isCode(text: string): boolean {
  return text.length === codeLength && [...text].every((letter) => codeLetters.includes(letter))
}
export const codeLength = 8
/** How long a code is good, ms. */
export const codeLasts: number = 10 * 60_000

/** What somebody may do in a meeting. */
export const roles = ['organizer', 'delegate', 'observer'] as const
export type Role = (typeof roles)[number]

/** What a version claims to be. */
export const labels = ['non-paper', 'rolling-text', 'draft', 'final'] as const
export type Label = (typeof labels)[number]

/** The largest file that is read, in bytes. */
export const largestFile: number = 20 * 2 ** 20

/** Every reason for which the server refuses a request. */
export const refusalCodes = [
  'bad-json',
  'not-json',
  'too-large',
  'too-much',
  'link-busy',
  'link-full',
  'meeting-busy',
  'meeting-full',
  'server-busy',
  'server-full',
  'missing',
  'invalid',
  'no-name',
  'name-characters',
  'name-scripts',
  'name-role',
  'name-taken',
  'no-session',
  'no-token',
  'no-invitation',
  'link-expired',
  'link-used-up',
  'removed',
  'too-many-devices',
  'no-code',
  'calendar-revoked',
  'revoked',
  'not-allowed',
  'other-origin',
  'not-found',
  'no-meeting',
  'deleted',
  'no-format',
  'changing',
  'no-day',
  'no-version',
  'no-pdf',
  'gave-up',
  'busy',
  'file-too-large',
  'not-a-file',
  'not-ready',
  'revoked-unstored',
  'damaged',
  'failed',
] as const
export type RefusalCode = (typeof refusalCodes)[number]
