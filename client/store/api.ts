import type { Agenda, Bilingual, Language, MeetingId, PersonId, Side } from '../../shared/domain/agenda.ts'
import type { CopyOptions } from '../../shared/export/copy.ts'
import type { Revisions } from '../../shared/export/revision.ts'

export type Role = 'organizer' | 'delegate' | 'observer'
export type InvitationSide = Side | 'none'

export interface Me {
  readonly id: PersonId
  readonly side: Side | null
  readonly role: Role
  readonly name: string
}

export interface Membership {
  readonly meeting: MeetingId
  readonly person: Me
  readonly title: Bilingual
}

export interface Invitation {
  readonly id: string
  readonly role: Role
  readonly side: InvitationSide
  /** Milliseconds since 1970. */
  readonly at: number
  /** Who has come in by it, in the order of coming. */
  readonly people: readonly Pick<Me, 'id' | 'name'>[]
  readonly revoked: boolean
}

export interface NewInvitation extends Invitation {
  readonly link: string
}

export type VersionId = string & { readonly __version: never }

export const labels = ['non-paper', 'rolling-text', 'draft', 'final'] as const
/** What a version claims to be. */
export type Label = (typeof labels)[number]

/** The whole agenda as it stood once. Who and when are the server's word. */
export interface Version {
  readonly id: VersionId
  readonly number: number
  readonly label: Label
  /** What people call it; may be empty. */
  readonly name: string
  /** Milliseconds since 1970. */
  readonly at: number
  readonly by: Pick<Me, 'name' | 'side' | 'role'>
}

/** An address that calendar programs ask for the agenda, with nothing but the address. */
export interface Calendar {
  readonly id: string
  readonly language: Language | 'both'
  readonly lead: Side
  readonly people: boolean
  /** Milliseconds since 1970. */
  readonly at: number
}

export interface NewCalendar extends Calendar {
  /** Said once. */
  readonly url: string
}

/** A file as the server makes it. */
export interface ExportRequest {
  readonly format: string
  readonly options: Omit<CopyOptions, 'edition'>
  /** Null for the agenda as it stands. */
  readonly version: VersionId | null
  /** For browsers that name files by the address. */
  readonly fileName: string
}

/** What came back. `refused` is the server's own answer; `unreachable` is everything between here and there. */
export type Answer<T> =
  | { readonly status: 'ok'; readonly value: T }
  | { readonly status: 'refused'; readonly http: number; readonly code: string; readonly message: string }
  | { readonly status: 'unreachable' }

export interface Api {
  join(token: string, name: string): Promise<Answer<Membership>>
  /** `withdrawn`: the meetings whose invitations no longer stand. */
  memberships(): Promise<Answer<{ memberships: readonly Membership[]; withdrawn: readonly MeetingId[] }>>
  leave(): Promise<Answer<null>>
  meeting(meeting: MeetingId): Promise<Answer<{ membership: Membership; invitations: readonly Invitation[] | null }>>
  invite(meeting: MeetingId, role: Role, side: InvitationSide): Promise<Answer<NewInvitation>>
  revoke(meeting: MeetingId, invitation: string): Promise<Answer<null>>
  /** Has the agenda's document made anew from what it shows. Whoever has it open goes on in the new one. */
  rebuild(meeting: MeetingId): Promise<Answer<null>>
  /** Newest first. */
  versions(meeting: MeetingId): Promise<Answer<readonly Version[]>>
  version(meeting: MeetingId, version: VersionId): Promise<Answer<{ version: Version; agenda: Agenda }>>
  saveVersion(meeting: MeetingId, label: Label, name: string): Promise<Answer<Version>>
  exportUrl(meeting: MeetingId, request: ExportRequest): string
  /** Settles when the server has begun to answer at `url`; the answer itself is let go. */
  begun(url: string): Promise<Answer<null>>
  /** One's own. */
  calendars(meeting: MeetingId): Promise<Answer<readonly Calendar[]>>
  addCalendar(
    meeting: MeetingId,
    calendar: Pick<Calendar, 'language' | 'lead' | 'people'>,
  ): Promise<Answer<NewCalendar>>
  revokeCalendar(meeting: MeetingId, calendar: string): Promise<Answer<null>>
  /** What the last calendar said of each event. */
  revisions(meeting: MeetingId): Promise<Answer<Revisions>>
  /** What one has seen, and who has changed what since. Read by `store/away`. */
  away(meeting: MeetingId): Promise<Answer<unknown>>
  /**
   * What one has seen: the whole agenda, by its digest, or single items. `leaving`: goes out even while the page goes away.
   * False: the agenda stands otherwise by now, and nothing was marked.
   */
  seen(
    meeting: MeetingId,
    what: { digest: string } | { items: Readonly<Record<string, string>> },
    leaving?: boolean,
  ): Promise<Answer<boolean>>
}

/** The server's HTTP side. `language` is asked at every call, so refusals come in the reader's language. */
export function openApi(origin: string, language: () => Language): Api {
  async function ask<T>(
    method: string,
    path: string,
    read: (body: unknown) => T,
    body?: object,
    keepalive = false,
  ): Promise<Answer<T>> {
    try {
      const response = await fetch(`${origin}${path}`, {
        method,
        credentials: 'same-origin',
        keepalive,
        headers: {
          accept: 'application/json',
          'accept-language': language() === 'zh' ? 'zh-CN' : 'en',
          ...(body ? { 'content-type': 'application/json' } : {}),
        },
        ...(body ? { body: JSON.stringify(body) } : {}),
      })
      const text = await response.text()
      const answer: unknown = text === '' ? null : JSON.parse(text)
      if (response.ok) return { status: 'ok', value: read(answer) }
      return refusalOf(response.status, answer)
    } catch {
      return { status: 'unreachable' }
    }
  }

  return {
    join: (token, name) => ask('POST', '/api/session', membershipOf, { token, name }),
    memberships: () =>
      ask('GET', '/api/session', (body) => ({
        memberships: list(body, 'memberships').map(membershipOf),
        withdrawn: list(body, 'withdrawn').map((meeting) => String(meeting) as MeetingId),
      })),
    leave: () => ask('DELETE', '/api/session', () => null),
    meeting: (meeting) =>
      ask('GET', `/api/meetings/${encodeURIComponent(meeting)}`, (body) => ({
        membership: membershipOf({ meeting, ...(isRecord(body) ? body : {}) }),
        invitations: isRecord(body) && Array.isArray(body.invitations) ? body.invitations.map(invitationOf) : null,
      })),
    invite: (meeting, role, side) =>
      ask(
        'POST',
        `/api/meetings/${encodeURIComponent(meeting)}/invitations`,
        (body) => ({ ...invitationOf(body), link: isRecord(body) ? String(body.link ?? '') : '' }),
        { role, side },
      ),
    revoke: (meeting, invitation) =>
      ask(
        'DELETE',
        `/api/meetings/${encodeURIComponent(meeting)}/invitations/${encodeURIComponent(invitation)}`,
        () => null,
      ),
    rebuild: (meeting) => ask('POST', `${pathOf(meeting)}/rebuild`, () => null),
    versions: (meeting) => ask('GET', `${pathOf(meeting)}/versions`, (body) => list(body, 'versions').map(versionOf)),
    version: (meeting, version) =>
      ask('GET', `${pathOf(meeting)}/versions/${encodeURIComponent(version)}`, (body) => {
        const one = isRecord(body) ? body : {}
        // The server has validated it when it was saved.
        return { version: versionOf(one.version), agenda: one.agenda as Agenda }
      }),
    saveVersion: (meeting, label, name) =>
      ask(
        'POST',
        `${pathOf(meeting)}/versions`,
        (body) => versionOf(isRecord(body) && isRecord(body.version) ? body.version : body),
        { label, name },
      ),
    exportUrl: (meeting, { format, options, version, fileName }) => {
      const { language, lead, days } = options
      const flag = (on: boolean) => (on ? '1' : '0')
      const query = new URLSearchParams({
        // The complete data has no choices.
        ...(format === 'json'
          ? {}
          : {
              lang: language,
              lead,
              people: flag(options.people),
              readings: flag(options.readings),
              questions: flag(options.questions),
              ...(days === null ? {} : { days: days.join(',') }),
            }),
        ...(version === null ? {} : { version }),
      }).toString()
      const path = `/api/meetings/${encodeURIComponent(meeting)}/export/${format}/${encodeURIComponent(fileName)}`
      return `${origin}${path}${query === '' ? '' : `?${query}`}`
    },
    async begun(url) {
      const letGo = new AbortController()
      try {
        const response = await fetch(url, {
          credentials: 'same-origin',
          headers: { 'accept-language': language() === 'zh' ? 'zh-CN' : 'en' },
          signal: letGo.signal,
        })
        if (response.ok) {
          letGo.abort()
          return { status: 'ok', value: null }
        }
        return refusalOf(response.status, JSON.parse(await response.text()))
      } catch {
        return { status: 'unreachable' }
      }
    },
    calendars: (meeting) =>
      ask('GET', `/api/meetings/${encodeURIComponent(meeting)}/calendars`, (body) =>
        list(body, 'calendars').map(calendarOf),
      ),
    addCalendar: (meeting, { language: lang, lead, people }) =>
      ask(
        'POST',
        `/api/meetings/${encodeURIComponent(meeting)}/calendars`,
        (body) => ({ ...calendarOf(body), url: isRecord(body) ? String(body.url ?? '') : '' }),
        { lang, lead, people },
      ),
    revokeCalendar: (meeting, calendar) =>
      ask(
        'DELETE',
        `/api/meetings/${encodeURIComponent(meeting)}/calendars/${encodeURIComponent(calendar)}`,
        () => null,
      ),
    revisions: (meeting) => ask('GET', `/api/meetings/${encodeURIComponent(meeting)}/revisions`, revisionsOf),
    away: (meeting) => ask('GET', `${pathOf(meeting)}/away`, (body) => body),
    seen: (meeting, what, leaving) =>
      ask('POST', `${pathOf(meeting)}/seen`, (body) => isRecord(body) && body.seen === true, what, leaving),
  }
}

function pathOf(meeting: MeetingId): string {
  return `/api/meetings/${encodeURIComponent(meeting)}`
}

function refusalOf(http: number, answer: unknown): Exclude<Answer<never>, { status: 'ok' }> {
  // A proxy's error page is no word of the server.
  if (!isRecord(answer) || typeof answer.error !== 'string') return { status: 'unreachable' }
  const message = typeof answer.message === 'string' ? answer.message : answer.error
  return { status: 'refused', http, code: answer.error, message }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function list(body: unknown, key: string): unknown[] {
  return isRecord(body) && Array.isArray(body[key]) ? body[key] : []
}

export function membershipOf(body: unknown): Membership {
  const one = isRecord(body) ? body : {}
  const person = isRecord(one.person) ? one.person : {}
  const title = isRecord(one.title) ? one.title : {}
  return {
    meeting: String(one.meeting ?? '') as MeetingId,
    person: {
      id: String(person.id ?? '') as PersonId,
      side: person.side === 'us' || person.side === 'cn' ? person.side : null,
      role: roleOf(person.role ?? one.role),
      name: String(person.name ?? ''),
    },
    title: { en: String(title.en ?? ''), zh: String(title.zh ?? '') },
  }
}

export function versionOf(body: unknown): Version {
  const one = isRecord(body) ? body : {}
  const by = isRecord(one.by) ? one.by : {}
  return {
    id: String(one.id ?? '') as VersionId,
    number: Number(one.number ?? 0),
    label: labels.find((label) => label === one.label) ?? 'draft',
    name: String(one.name ?? ''),
    at: Number(one.at ?? 0),
    by: {
      name: String(by.name ?? ''),
      side: by.side === 'us' || by.side === 'cn' ? by.side : null,
      role: roleOf(by.role),
    },
  }
}

function invitationOf(body: unknown): Invitation {
  const one = isRecord(body) ? body : {}
  return {
    id: String(one.id ?? ''),
    role: roleOf(one.role),
    side: one.side === 'us' || one.side === 'cn' ? one.side : 'none',
    at: Number(one.createdAt ?? 0),
    people: list(body, 'people').map((person) => {
      const { id, name } = isRecord(person) ? person : {}
      return { id: String(id ?? '') as PersonId, name: String(name ?? '') }
    }),
    revoked: one.revoked === true || typeof one.revokedAt === 'string' || typeof one.revokedAt === 'number',
  }
}

function calendarOf(body: unknown): Calendar {
  const one = isRecord(body) ? body : {}
  return {
    id: String(one.id ?? ''),
    language: one.lang === 'en' || one.lang === 'zh' ? one.lang : 'both',
    lead: one.lead === 'cn' ? 'cn' : 'us',
    people: one.people === true,
    at: Number(one.at ?? 0),
  }
}

/** Entries that are none are left out: the event they were of counts as new then. */
export function revisionsOf(body: unknown): Revisions {
  const found: Record<string, Revisions[string]> = {}
  for (const [id, one] of Object.entries(isRecord(body) ? body : {})) {
    if (!isRecord(one)) continue
    const { hash, sequence, at } = one
    if (typeof hash === 'string' && typeof sequence === 'number' && typeof at === 'number') {
      found[id] = { hash, sequence, at }
    }
  }
  return found
}

/** Whoever the server does not name as more than an observer is shown as one. */
function roleOf(value: unknown): Role {
  return value === 'organizer' || value === 'delegate' ? value : 'observer'
}
