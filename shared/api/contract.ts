import { z } from 'zod'
import { type Agenda, type ItemId, languages, type MeetingId, type PersonId, sides } from '../domain/agenda.ts'
import { isZone } from '../domain/clock.ts'
import { longestId, longestName } from '../domain/fields.ts'
import { tidyName } from '../domain/name.ts'
import { templates } from '../domain/template.ts'
import type { RouteName } from './routes.ts'
import {
  type CalendarId,
  type InvitationId,
  labels,
  refusalCodes,
  roles,
  type SessionId,
  tidyCode,
  type VersionId,
  ways,
} from './terms.ts'

/**
 * The request and response of every route. The server validates bodies and queries with it; the server, the page and
 * the command line take their types from it. The tests check what the server sends against it. Times are milliseconds
 * since 1970.
 */

/** One of our own ids. */
const id = <T extends string>() => z.custom<T>((value) => typeof value === 'string' && value !== '')

const moment = z.number()
/** YYYY-MM-DD */
const date = z.iso.date()
const side = z.enum(sides)
const role = z.enum(roles)
const label = z.enum(labels)
const language = z.enum([...languages, 'both'])
const bilingual = z.strictObject({ en: z.string(), zh: z.string() })
/** A whole agenda. Input was validated by its own format (`shared/export/parse.ts`) before it was stored. */
const agenda = z.custom<Agenda>((value) => typeof value === 'object' && value !== null)

/** One line of user text: no control characters, none that change text direction. Spaces are collapsed. */
const line = (least: number, most: number) =>
  z
    .string()
    .transform((value) => value.normalize('NFC').trim().replace(/\s+/gu, ' '))
    .pipe(
      z
        .string()
        .min(least)
        .max(most)
        .regex(/^[^\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]*$/u),
    )

const token = z.string().min(1).max(200)
/** Whether it is a name is `refuseName`'s to say. */
const name = z.string().max(400).transform(tidyName)

const membership = z.strictObject({
  meeting: id<MeetingId>(),
  person: z.strictObject({ id: id<PersonId>(), name: z.string(), side: side.nullable(), role }),
  title: bilingual,
})

const limits = {
  /** Nobody comes in from then on. */
  expiresAt: moment.int().positive().nullable(),
  /** How many people may come in. */
  mostPeople: z.number().int().min(1).max(10_000).nullable(),
}

const invitation = z.strictObject({
  id: id<InvitationId>(),
  role,
  side: z.enum([...sides, 'none']),
  createdAt: moment,
  revokedAt: moment.nullable(),
  /** Whom it is for, when it is for one person. */
  personName: z.string().nullable(),
  ...limits,
  /** Who has joined with it, in the order of joining. */
  people: z.array(z.strictObject({ id: id<PersonId>(), name: z.string() })),
})

const session = z.strictObject({
  id: id<SessionId>(),
  at: moment,
  way: z.enum(ways),
  invitation: id<InvitationId>(),
  /** The beginning of a day. */
  usedOn: moment,
  /** The one that asks. */
  present: z.boolean(),
})

const person = z.strictObject({
  id: id<PersonId>(),
  name: z.string(),
  side: side.nullable(),
  role,
  joinedAt: moment,
  /** When an organizer removed them. */
  removedAt: moment.nullable(),
  invitation: id<InvitationId>(),
  sessions: z.array(session),
})

const version = z.strictObject({
  id: id<VersionId>(),
  /** Counts from 1 within the meeting. */
  number: z.number().int(),
  label,
  /** The name that people give it; may be empty. */
  name: z.string(),
  at: moment,
  /** SHA-256 of the agenda's bytes, hexadecimal. */
  hash: z.string(),
  by: z.strictObject({ name: z.string(), side: side.nullable(), role }),
})

const calendar = z.strictObject({
  id: id<CalendarId>(),
  lang: language,
  lead: side,
  people: z.boolean(),
  at: moment,
})

const weight = z.strictObject({ bytes: z.number(), parts: z.number(), wide: z.number() })

const mark = z.strictObject({
  at: moment,
  by: id<PersonId>(),
  kind: z.enum(['item', 'day', 'person', 'term', 'meeting']),
  /** Null for the meeting. */
  id: z.string().nullable(),
  field: z.string(),
  language: z.enum(languages).nullable(),
})

/** A part of a file. Every part of the file is in one line, used or unused. */
const fileLine = z.strictObject({
  /** `Line 12`, `Table 2, row 3`, `Event 4`, in the requested language. */
  where: z.string(),
  /** At most its first 300 characters. */
  text: z.string(),
  outcome: z.discriminatedUnion('type', [
    z.strictObject({ type: z.literal('used'), as: z.string(), item: id<ItemId>().optional() }),
    z.strictObject({ type: z.literal('unused'), why: z.string() }),
  ]),
})

const understanding = z.discriminatedUnion('status', [
  z.strictObject({ status: z.literal('understood'), agenda, lines: z.array(fileLine) }),
  /** `message`: what happened, that nothing was changed, and what to do, in the requested language. */
  z.strictObject({ status: z.literal('refused'), reason: z.string(), message: z.string() }),
])

const opaque = z.string().min(1).max(64)
/** The most items that one request may mark as read. */
const mostMarked = 500
const flag = z.enum(['0', '1'])

/** Bytes with a media type of their own. */
const file = 'file'

export const contract = {
  look: {
    body: z.object({ token }),
    answer: z.strictObject({
      title: bilingual,
      role,
      side: side.nullable(),
      /** Whom it is for, when it is for one person. */
      personName: z.string().nullable(),
      /** Who this browser is in the meeting. `same`: by this invitation. */
      you: z.strictObject({ name: z.string(), same: z.boolean() }).nullable(),
      /** The last day on which the meeting is kept. */
      retainUntil: z.string().nullable(),
    }),
  },
  /**
   * With the name that the browser's session has in the meeting, it stays that person. Of an invitation for one person the
   * name is ignored. `affiliation` tells people of one name apart.
   */
  enter: { body: z.object({ token, name, affiliation: name.default('') }), answer: membership },
  enterByCode: {
    body: z.object({
      code: z.string().transform(tidyCode),
    }),
    answer: membership,
  },
  memberships: {
    answer: z.strictObject({
      memberships: z.array(membership),
      withdrawn: z.array(id<MeetingId>()),
      /** Whether this browser may make a new meeting. */
      mayCreate: z.boolean(),
    }),
  },
  leave: { answer: null },
  /** Only for organizers of another meeting. From a template, or from a meeting of which one is an organizer. */
  createMeeting: {
    body: z.object({
      from: z.union([
        z.strictObject({ template: z.enum(templates) }),
        z.strictObject({ meeting: id<MeetingId>(), people: z.boolean(), readings: z.boolean() }),
      ]),
      title: z
        .strictObject({ en: line(0, longestName), zh: line(0, longestName) })
        .refine(({ en, zh }) => en !== '' || zh !== ''),
      place: z.strictObject({ en: line(0, longestName), zh: line(0, longestName) }),
      date,
      /** The time zone of the venue. Null: as in what it is made from. */
      venue: z.string().refine(isZone).nullable(),
    }),
    made: true,
    answer: z.strictObject({
      meeting: id<MeetingId>(),
      /** For oneself. Like each of the links, it lets in one person, and is in no other response. */
      token: z.string(),
      /** For an organizer of each other side. */
      links: z.array(z.strictObject({ side: z.enum(sides), link: z.string() })),
    }),
  },
  /** `invitations`: only for those who may invite. */
  meeting: { answer: membership.extend({ invitations: z.array(invitation).optional() }) },
  invite: {
    body: z.object({
      role,
      side: z.enum([...sides, 'none']),
      /** Makes it an invitation for one person. */
      personName: name.nullable().default(null),
      expiresAt: limits.expiresAt.default(null),
      mostPeople: limits.mostPeople.default(null),
    }),
    made: true,
    /** The token is in no other response. */
    answer: invitation.extend({ token: z.string(), link: z.string() }),
  },
  revokeInvitation: { answer: null },
  limitInvitation: { body: z.object(limits), answer: null },
  /** Organizers are given the people of their side and of none, those of no side everybody, and others themselves. */
  people: { answer: z.strictObject({ people: z.array(person) }) },
  removePerson: { answer: null },
  /** Good once, for the person or, when an organizer asks, for whom they give it to. It is in no other response. */
  makeCode: { made: true, answer: z.strictObject({ code: z.string(), link: z.string(), expiresAt: moment }) },
  endSession: { answer: null },
  rebuild: { answer: z.strictObject({ before: weight, after: weight }) },
  changes: {
    query: z.object({ since: z.string().optional() }),
    answer: z.strictObject({
      /** When the agenda was last seen whole. Null at the first visit, which counts as seeing it. */
      since: moment.nullable(),
      /** The agenda at that time. Null also when the page says that it has that one. */
      agenda: agenda.nullable(),
      marks: z.array(mark),
      people: z.record(z.string(), z.strictObject({ name: z.string(), side: side.nullable() })),
      read: z.record(z.string(), z.string()),
    }),
  },
  seen: {
    body: z.union([
      z.object({ digest: opaque }),
      z.object({
        items: z
          .record(z.string().min(1).max(longestId), opaque)
          .refine((items) => Object.keys(items).length <= mostMarked),
      }),
    ]),
    /** False when the agenda has changed since: nothing was marked. */
    answer: z.strictObject({ seen: z.boolean() }),
  },
  /** Newest first. */
  versions: { answer: z.strictObject({ versions: z.array(version) }) },
  saveVersion: { body: z.object({ label, name: line(0, 120) }), made: true, answer: version },
  version: { answer: z.strictObject({ version, agenda }) },
  /** One's own calendars. */
  calendars: { answer: z.strictObject({ calendars: z.array(calendar) }) },
  addCalendar: {
    body: z.object({ lang: language, lead: side, people: z.boolean() }),
    made: true,
    /** The address is in no other response. */
    answer: calendar.extend({ url: z.string() }),
  },
  revokeCalendar: { answer: null },
  /** The latest revision of each event in a calendar: by item id, and `meeting` for the meeting itself. */
  revisions: {
    answer: z.record(z.string(), z.strictObject({ hash: z.string(), sequence: z.number().int(), at: moment })),
  },
  readFile: { query: z.object({ name: z.string().default('') }), body: file, answer: understanding },
  /** Per cent of what is nearly used up of the meeting, or of one's link; only for those who write. */
  filling: {
    answer: z.strictObject({
      filling: z.strictObject({
        people: z.number().int().optional(),
        devices: z.number().int().optional(),
        /** Bytes of the log. */
        changes: z.number().int().optional(),
        /** Their number or their bytes. */
        versions: z.number().int().optional(),
      }),
    }),
  },
  ending: {
    answer: z.strictObject({
      /** The last day on which the meeting is kept. */
      retainUntil: date.nullable(),
      /** When an organizer asked for its deletion, which the operator has not carried out yet. */
      asked: z.strictObject({ at: moment, by: z.strictObject({ name: z.string(), side: side.nullable() }) }).nullable(),
    }),
  },
  askDeletion: { answer: null },
  withdrawDeletion: { answer: null },
  export: { query: exportQuery(), answer: file },
  exportAs: { query: exportQuery(), answer: file },
  calendar: { answer: file },
  healthz: { answer: z.strictObject({ status: z.literal('ok') }) },
  readyz: {
    answer: z.discriminatedUnion('status', [
      z.strictObject({ status: z.literal('ready') }),
      z.strictObject({ status: z.literal('failing'), since: z.iso.datetime() }),
    ]),
  },
  metrics: { answer: file },
} as const satisfies Record<RouteName, Terms>

interface Terms {
  readonly query?: z.ZodType
  readonly body?: z.ZodType | typeof file
  /** It creates something: status 201. */
  readonly made?: true
  /** Null: no content, status 204. */
  readonly answer: z.ZodType | typeof file | null
}

function exportQuery() {
  const yes = flag.default('1')
  return z.object({
    lang: language.default('both'),
    lead: side.optional(),
    profile: z.enum(['negotiating']).default('negotiating'),
    people: yes,
    readings: yes,
    questions: yes,
    days: z.string().max(2000).optional(),
    version: z.string().max(64).optional(),
    view: flag.default('0'),
  })
}

/** The response of every route that refuses a request. `field`: the name of the invalid field. */
export const refusal = z.strictObject({
  error: z.enum(refusalCodes),
  /** A sentence in the reader's language. */
  message: z.string(),
  field: z.string().optional(),
})
export type Refusal = z.output<typeof refusal>

type Contract = typeof contract
type Output<T> = T extends z.ZodType ? Shown<z.output<T>> : T extends null ? null : never
/** Responses are read-only. */
type Shown<T> = T extends Agenda | string
  ? T
  : T extends readonly (infer One)[]
    ? readonly Shown<One>[]
    : T extends object
      ? { readonly [Key in keyof T]: Shown<T[Key]> }
      : T
/** The response of a route. */
export type AnswerOf<R extends RouteName> = Output<Contract[R]['answer']>
/** The body of a request, before validation. */
export type BodyOf<R extends RouteName> = Contract[R] extends { readonly body: infer B extends z.ZodType }
  ? z.input<B>
  : undefined
/** The same body after validation, as the server reads it. */
export type ReadBodyOf<R extends RouteName> = Contract[R] extends { readonly body: infer B extends z.ZodType }
  ? z.output<B>
  : undefined
export type ReadQueryOf<R extends RouteName> = Contract[R] extends { readonly query: infer Q extends z.ZodType }
  ? z.output<Q>
  : undefined
/** Routes whose answer is JSON. */
export type JsonRoute = { [R in RouteName]: Contract[R]['answer'] extends typeof file ? never : R }[RouteName]

export type Membership = Output<typeof membership>
export type NewCode = AnswerOf<'makeCode'>
/** What an invitation link is. */
export type Link = AnswerOf<'look'>
export type Invitation = Output<typeof invitation>
export type Filling = AnswerOf<'filling'>['filling']
export type Ending = AnswerOf<'ending'>
export type MeetingPerson = Output<typeof person>
export type MeetingSession = Output<typeof session>
export type Version = Output<typeof version>
export type Calendar = Output<typeof calendar>
export type FileLine = Output<typeof fileLine>
export type Understanding = Output<typeof understanding>
