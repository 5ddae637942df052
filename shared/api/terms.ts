import type { Branded } from '../domain/agenda.ts'

export type InvitationId = Branded<string, 'InvitationId'>
export type VersionId = Branded<string, 'VersionId'>
export type CalendarId = Branded<string, 'CalendarId'>

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
  'no-session',
  'no-token',
  'no-invitation',
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
