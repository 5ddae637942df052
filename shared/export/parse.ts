import { z } from 'zod'
import { type Agenda, assignments, type Inline, type Language, type Mark, type Prose, sides } from '../domain/agenda.ts'
import { isDate, isTime, isZone } from '../domain/clock.ts'
import { type Field, fields, most, mostHosts, type Table, type Values } from '../domain/fields.ts'
import { isLink } from '../domain/refuse.ts'

export interface Problem {
  /** The path in the file, for example `days[0].items[3].minutes`; empty for the whole file. */
  readonly path: string
  readonly code:
    | 'too-large'
    | 'not-json'
    | 'too-deep'
    | 'wrong-type'
    | 'missing'
    | 'unknown-field'
    | 'not-a-choice'
    | 'out-of-range'
    | 'not-a-date'
    | 'not-a-time'
    | 'not-a-zone'
    | 'not-a-link'
    | 'duplicate-id'
    | 'unknown-person'
  /** A sentence in the requested language. */
  readonly message: string
}

export type Parsed =
  | { readonly ok: true; readonly agenda: Agenda }
  | { readonly ok: false; readonly problems: readonly Problem[] }

/** Characters; the agenda of the largest meeting we know is under 200,000. */
const largestFile = 10_000_000
const deepestFile = 100
const mostProblems = 20

/** Reads a `parley.agenda/1` file. Refuses what it does not understand, with the path of the field. */
export function fromJson(text: string, language: Language = 'en'): Parsed {
  const fail = (path: string, code: Problem['code']): Parsed => ({
    ok: false,
    problems: [{ path, code, message: sentence(path, code, language) }],
  })
  if (text.length > largestFile) return fail('', 'too-large')
  if (deeperThan(text, deepestFile)) return fail('', 'too-deep')
  let value: unknown
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch {
    return fail('', 'not-json')
  }
  const result = agendaSchema.safeParse(value)
  if (result.success) return { ok: true, agenda: result.data as unknown as Agenda }
  const problems = result.error.issues
    .slice(0, mostProblems)
    .flatMap((issue) =>
      problemsOf(issue, value).map(({ path, code }) => ({ path, code, message: sentence(path, code, language) })),
    )
  return { ok: false, problems }
}

const id = z.string().min(1).max(64)
const words = z.string().max(200_000)
const bilingual = z.strictObject({ en: words, zh: words })

function refined(check: (value: unknown) => boolean, code: Problem['code']) {
  return z.string().refine(check, { message: code })
}
const date = refined(isDate, 'not-a-date')
const time = refined(isTime, 'not-a-time')
const zone = refined(isZone, 'not-a-zone')
const link = refined((value) => value === '' || isLink(value), 'not-a-link')

const mark: z.ZodType<Mark> = z.union([
  z.enum(['bold', 'italic', 'strike']),
  z.strictObject({ link: refined(isLink, 'not-a-link') }),
])
const run = z.strictObject({ type: z.literal('text'), text: words, marks: z.array(mark).max(4).optional() })
const bracket = z.strictObject({
  type: z.literal('bracket'),
  id: z.string().max(64),
  alternatives: z
    .array(
      z.strictObject({
        id: z.string().max(64),
        side: z.enum(sides),
        // Drafting practice has no brackets within brackets.
        content: z.array(run).max(1000),
      }),
    )
    .max(20),
})
const inline = z.discriminatedUnion('type', [run, bracket]) as unknown as z.ZodType<Inline>
const blocks: z.ZodType<Prose> = z.lazy(() =>
  z
    .array(
      z.discriminatedUnion('type', [
        z.strictObject({ type: z.literal('paragraph'), content: z.array(inline).max(10_000) }),
        z.strictObject({ type: z.literal('bullet-list'), items: z.array(blocks).max(1000) }),
        z.strictObject({ type: z.literal('ordered-list'), items: z.array(blocks).max(1000) }),
      ]),
    )
    .max(10_000),
) as unknown as z.ZodType<Prose>
const prose = z.union([words.transform(paragraphs), blocks])
const bilingualProse = z.strictObject({ en: prose, zh: prose })

/** The schema of a field in a file, derived from the field table. */
function schemaOf(field: Exclude<Field, { readonly is: 'list' }>): z.ZodType {
  switch (field.is) {
    case 'choice': {
      const named = z.enum(field.of.filter((one) => one !== null))
      return field.of.includes(null) ? named.nullable() : named
    }
    case 'flag':
      // Files of releases that did not know it lack it.
      return z.boolean().default(false)
    case 'number':
      return z.int().min(field.least).max(field.most)
    case 'date':
      return date
    case 'time':
      return time
    case 'optional-time':
      return time.optional()
    case 'zone':
      return zone
    case 'link':
      return link
    case 'word':
      return words
    case 'words':
    case 'line':
      return bilingual
    case 'prose':
      return bilingualProse
    case 'group':
      return z.strictObject(shapeOf(field.fields, {}))
  }
}

/** `lists`: schemas for the list fields; the compiler requires one for each. */
function shapeOf<T extends Table, L extends Lists<T>>(table: T, lists: L): Shape<T, L> {
  const shape = Object.entries(table).map(([name, field]) => [
    name,
    field.is === 'list' ? (lists as Readonly<Record<string, z.ZodType>>)[name] : schemaOf(field),
  ])
  return Object.fromEntries(shape) as Shape<T, L>
}
type Lists<T> = { readonly [K in keyof T as T[K] extends { readonly is: 'list' } ? K : never]: z.ZodType }
type Shape<T, L> = {
  [K in keyof T]: K extends keyof L ? L[K] : z.ZodType<Values<T>[K & keyof Values<T>]>
}

const item = z.strictObject({
  id,
  ...shapeOf(fields.item, {
    roles: z.array(z.strictObject({ person: id, role: z.enum(assignments) })).max(most.roles),
    readings: z
      .array(z.strictObject({ id: id.optional(), ...shapeOf(fields.reading, {}) }))
      .max(most.readings)
      .transform((list) => list.map(({ id: own, ...rest }, index) => ({ id: own ?? `reading-${index + 1}`, ...rest }))),
  }),
})

const agendaSchema = z
  .strictObject({
    format: z.literal('parley.agenda/1'),
    ...shapeOf(fields.meeting, {
      hosts: z.array(z.strictObject({ side: z.enum(sides), name: bilingual })).max(mostHosts),
    }),
    days: z
      .array(z.strictObject({ id, ...shapeOf(fields.day, {}), items: z.array(item).max(most.items) }))
      .max(most.days),
    proposals: z.array(item).max(most.items),
    people: z.array(z.strictObject({ id, ...shapeOf(fields.person, {}) })).max(most.people),
    glossary: z.array(z.strictObject({ id, ...shapeOf(fields.term, {}) })).max(most.terms),
  })
  .superRefine((agenda, context) => {
    const report = (path: (string | number)[], code: Problem['code']) =>
      context.addIssue({ code: 'custom', path, message: code })
    const unique = (ids: { id: string; path: (string | number)[] }[]) => {
      const seen = new Set<string>()
      for (const one of ids) {
        if (seen.has(one.id)) report([...one.path, 'id'], 'duplicate-id')
        seen.add(one.id)
      }
    }
    const items = [
      ...agenda.days.flatMap((day, at) =>
        day.items.map((one, index) => ({ one, path: ['days', at, 'items', index] as (string | number)[] })),
      ),
      ...agenda.proposals.map((one, index) => ({ one, path: ['proposals', index] as (string | number)[] })),
    ]
    if (items.length > most.items) report(items[most.items]!.path, 'out-of-range')
    unique(agenda.days.map((day, index) => ({ id: day.id, path: ['days', index] })))
    unique(items.map(({ one, path }) => ({ id: one.id, path })))
    unique(agenda.people.map((person, index) => ({ id: person.id, path: ['people', index] })))
    unique(agenda.glossary.map((term, index) => ({ id: term.id, path: ['glossary', index] })))
    const people = new Set(agenda.people.map((person) => person.id))
    for (const { one, path } of items) {
      unique(one.readings.map((reading, index) => ({ id: reading.id, path: [...path, 'readings', index] })))
      const assigned = new Set<string>()
      for (const [index, role] of one.roles.entries()) {
        if (!people.has(role.person)) report([...path, 'roles', index, 'person'], 'unknown-person')
        const key = `${role.role} ${role.person}`
        if (assigned.has(key)) report([...path, 'roles', index], 'duplicate-id')
        assigned.add(key)
      }
    }
  })

/** One paragraph per line; empty lines at either end are dropped. */
function paragraphs(text: string): Prose {
  if (text.trim() === '') return []
  return text
    .replace(/^\s*\n|\n\s*$/g, '')
    .split(/\r?\n/)
    .map((line) => ({ type: 'paragraph', content: line === '' ? [] : [{ type: 'text', text: line }] }))
}

function problemsOf(issue: z.core.$ZodIssue, root: unknown): { path: string; code: Problem['code'] }[] {
  const path = pathText(issue.path)
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({ path: path === '' ? key : `${path}.${key}`, code: 'unknown-field' as const }))
    case 'too_big':
    case 'too_small':
      return [{ path, code: 'out-of-range' }]
    case 'custom':
      return [{ path, code: issue.message as Problem['code'] }]
    case 'invalid_value':
      return [{ path, code: valueAt(root, issue.path) === undefined ? 'missing' : 'not-a-choice' }]
    case 'invalid_union': {
      // When a value may have several forms, report the nearest: the one whose error lies deepest.
      const nearest = issue.errors
        .flat()
        .sort((a, b) => b.path.length - a.path.length)
        .at(0)
      if (!nearest || nearest.path.length === 0) {
        const value = valueAt(root, issue.path)
        const choosing = 'discriminator' in issue || issue.errors.flat().some((one) => one.code === 'invalid_value')
        const code =
          value === undefined ? 'missing' : choosing && typeof value === 'string' ? 'not-a-choice' : 'wrong-type'
        return [{ path, code }]
      }
      return problemsOf({ ...nearest, path: [...issue.path, ...nearest.path] } as z.core.$ZodIssue, root)
    }
    default:
      return [{ path, code: valueAt(root, issue.path) === undefined ? 'missing' : 'wrong-type' }]
  }
}

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  let at = root
  for (const key of path)
    at = typeof at === 'object' && at !== null ? (at as Record<PropertyKey, unknown>)[key] : undefined
  return at
}

function pathText(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, key) => (typeof key === 'number' ? `${text}[${key}]` : text === '' ? String(key) : `${text}.${String(key)}`),
    '',
  )
}

function deeperThan(text: string, limit: number): boolean {
  let depth = 0
  let inString = false
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (inString) {
      if (unit === 0x5c) at++
      else if (unit === 0x22) inString = false
    } else if (unit === 0x22) inString = true
    else if (unit === 0x5b || unit === 0x7b) {
      if (++depth > limit) return true
    } else if (unit === 0x5d || unit === 0x7d) depth--
  }
  return false
}

function sentence(path: string, code: Problem['code'], language: Language): string {
  const what = meanings[code][language]
  if (path === '') return language === 'en' ? `The file ${what}.` : `文件${what}。`
  return language === 'en' ? `The field ${path} ${what}.` : `字段 ${path} ${what}。`
}

const meanings: Record<Problem['code'], { en: string; zh: string }> = {
  'too-large': { en: 'is larger than 10 million characters', zh: '超过一千万个字符' },
  'not-json': { en: 'is not valid JSON', zh: '不是有效的 JSON' },
  'too-deep': { en: 'is nested more than 100 levels deep', zh: '嵌套超过 100 层' },
  'wrong-type': { en: 'has a value of the wrong kind', zh: '的值类型不正确' },
  missing: { en: 'is missing', zh: '缺失' },
  'unknown-field': { en: 'is not part of the format parley.agenda/1', zh: '不属于 parley.agenda/1 格式' },
  'not-a-choice': { en: 'is not one of the values that the format allows', zh: '的值不在格式允许的范围内' },
  'out-of-range': { en: 'is outside the range that the format allows', zh: '超出格式允许的范围' },
  'not-a-date': { en: 'is not a date such as 2026-03-12', zh: '不是有效日期（例如 2026-03-12）' },
  'not-a-time': { en: 'is not a time such as 09:30', zh: '不是有效时间（例如 09:30）' },
  'not-a-zone': { en: 'is not a time zone such as Asia/Shanghai', zh: '不是有效时区（例如 Asia/Shanghai）' },
  'not-a-link': { en: 'is not an http, https or mailto link', zh: '不是 http、https 或 mailto 链接' },
  'duplicate-id': { en: 'repeats what another entry already has', zh: '与其他条目重复' },
  'unknown-person': { en: 'names nobody in people', zh: '所指人员不在 people 之中' },
}
