import {
  type Agenda,
  type Bilingual,
  type Day,
  expertises,
  type Item,
  interpretations,
  kinds,
  type Language,
  type Person,
  type Prose,
  type Reading,
  rules,
  sectors,
  sides,
  type Term,
  termStatuses,
  topics,
  tracks,
} from './agenda.ts'

/*
 * Defines every field of the agenda once. Reading, comparing, refusing, restoring, attribution and the JSON schema
 * follow this table, in its order.
 */

/** Minutes in a day; no item is longer. */
export const longestItem = 1440
/** Characters in a name, a place or the title of a reading. These are registers, not texts. */
export const longestName = 500
export const longestLink = 2000
/** Characters in one text. The agenda of the largest meeting we know has 7,000 in all. */
export const longestText = 200_000
/** Characters in an id; generated ones have 12. */
export const longestId = 64
export const mostHosts = 20
/**
 * Entries of an agenda: refused above this where people add them. Merged edits may exceed it, and then the reader leaves
 * out the rest. A conference of a week has some 200 items.
 */
export const most = { items: 2000, days: 60, people: 1000, terms: 2000, readings: 200, roles: 500 } as const

/** What a field holds. `otherwise` is the default when nothing valid is stored. */
export type Field =
  | { readonly is: 'choice'; readonly of: readonly (string | null)[]; readonly otherwise: string | null }
  | { readonly is: 'flag' }
  | { readonly is: 'number'; readonly least: number; readonly most: number; readonly otherwise: number }
  | { readonly is: 'date' | 'time' | 'zone'; readonly otherwise: string }
  /** Absent when not set. */
  | { readonly is: 'optional-time' }
  /** Empty, or a link that opens in a browser or a mail program. */
  | { readonly is: 'link' }
  /** Plain words in both languages, one register each. */
  | { readonly is: 'words'; readonly most: number }
  /** Plain words. `of`: one language of a field that comparisons report as one. */
  | { readonly is: 'word'; readonly most: number; readonly of?: readonly [field: string, language: Language] }
  /** A shared text of one line in both languages. */
  | { readonly is: 'line' }
  /** A shared text in both languages. */
  | { readonly is: 'prose' }
  | { readonly is: 'group'; readonly fields: Readonly<Record<string, Field>> }
  /** A list with a form of its own. */
  | { readonly is: 'list' }

type Value<F> = F extends { readonly is: 'choice'; readonly of: readonly (infer V)[] }
  ? V
  : F extends { readonly is: 'flag' }
    ? boolean
    : F extends { readonly is: 'number' }
      ? number
      : F extends { readonly is: 'words' | 'line' }
        ? Bilingual
        : F extends { readonly is: 'prose' }
          ? Bilingual<Prose>
          : F extends { readonly is: 'group'; readonly fields: infer G }
            ? Values<G>
            : F extends { readonly is: 'list' }
              ? readonly unknown[]
              : string
/** What an entry with these fields holds. */
export type Values<T> = {
  readonly [K in keyof T as T[K] extends { readonly is: 'optional-time' } ? never : K]: Value<T[K]>
} & { readonly [K in keyof T as T[K] extends { readonly is: 'optional-time' } ? K : never]?: string }

const choice = <const C extends readonly (string | null)[]>(of: C, otherwise: C[number]) =>
  ({ is: 'choice', of, otherwise }) as const
const name = { is: 'words', most: longestName } as const
const text = { is: 'word', most: longestText } as const
const prose = { is: 'prose' } as const
const list = { is: 'list' } as const
const zone = (otherwise: string) => ({ is: 'zone', otherwise }) as const

export const fields = {
  meeting: {
    title: name,
    place: name,
    track: choice(tracks, '2'),
    rule: choice(rules, 'chatham-house'),
    zones: {
      is: 'group',
      fields: { venue: zone('UTC'), us: zone('America/New_York'), cn: zone('Asia/Shanghai') },
    },
    hosts: list,
  },
  day: {
    date: { is: 'date', otherwise: '2000-01-01' },
    start: { is: 'time', otherwise: '09:00' },
    end: { is: 'optional-time' },
  },
  item: {
    title: { is: 'line' },
    kind: choice(kinds, 'session'),
    topic: choice(topics, 'other'),
    minutes: { is: 'number', least: 1, most: longestItem, otherwise: 30 },
    pinned: { is: 'optional-time' },
    proposedBy: choice([...sides, null], null),
    interpretation: choice(interpretations, 'none'),
    unattributed: { is: 'flag' },
    objective: prose,
    questions: prose,
    output: prose,
    roles: list,
    readings: list,
  },
  person: {
    name,
    affiliation: name,
    side: choice([...sides, 'other'], 'other'),
    sector: choice(sectors, 'policy'),
    expertise: choice(expertises, 'policy'),
  },
  reading: { title: name, url: { is: 'link' } },
  term: {
    en: { is: 'word', most: longestName, of: ['term', 'en'] },
    zh: { is: 'word', most: longestName, of: ['term', 'zh'] },
    definition: { is: 'words', most: longestText },
    status: choice(termStatuses, 'parallel'),
    note: text,
  },
} as const satisfies {
  readonly meeting: All<Omit<Agenda, 'format' | 'days' | 'proposals' | 'people' | 'glossary'>>
  readonly day: All<Omit<Day, 'id' | 'items'>>
  readonly item: All<Omit<Item, 'id'>>
  readonly person: All<Omit<Person, 'id'>>
  readonly reading: All<Omit<Reading, 'id'>>
  readonly term: All<Omit<Term, 'id'>>
}
type All<T> = { readonly [K in keyof T]-?: Field }

/** The fields of an item that are true or false. They come from the agenda, so that all that lacks one fails to compile at once. */
export type ItemFlag = { [K in keyof Item]-?: Item[K] extends boolean ? K : never }[keyof Item]
/** In the order of the table. */
export const itemFlags: readonly ItemFlag[] = (Object.keys(fields.item) as (keyof Fields['item'])[]).filter(
  (name): name is ItemFlag => fields.item[name].is === 'flag',
)

export type Fields = typeof fields
/** The fields of one kind of entry, for code that handles any kind. */
export type Table = Readonly<Record<string, Field>>

/** Whether a field is set by a command as one value; texts and lists have commands of their own. */
export function isSetting({ is }: Field): boolean {
  return is !== 'line' && is !== 'prose' && is !== 'list'
}
type Setting<F> = F extends { readonly is: 'line' | 'prose' | 'list' } ? never : F
/** The fields of a table that are registers, not texts or lists. */
export type Registers<T> = { readonly [K in keyof T as Setting<T[K]> extends never ? never : K]: T[K] }
/** What a command sets on an entry. Null means none. */
export type Settings<T> = {
  readonly [K in keyof T as Setting<T[K]> extends never ? never : K]: T[K] extends { readonly is: 'optional-time' }
    ? string | null
    : Value<T[K]>
}

/** The current settings of an entry. */
export function settingsIn<T extends Table>(table: T, entry: Values<T>): Settings<T> {
  const held = entry as Readonly<Record<string, unknown>>
  const names = Object.keys(table).filter((one) => isSetting(table[one] as Field))
  return Object.fromEntries(names.map((one) => [one, held[one] ?? null])) as Settings<T>
}

/** The registers of an entry, all with their defaults. */
export function blankOf<T extends Table>(table: T): Values<Registers<T>> {
  const known = Object.entries(table).filter(([, field]) => isSetting(field) && field.is !== 'optional-time')
  return Object.fromEntries(known.map(([one, field]) => [one, blankValue(field)])) as Values<Registers<T>>
}

function blankValue(field: Field): unknown {
  switch (field.is) {
    case 'flag':
      return false
    case 'words':
      return { en: '', zh: '' }
    case 'group':
      return blankOf(field.fields)
    default:
      return 'otherwise' in field ? field.otherwise : ''
  }
}

/**
 * What comparisons need names for: every field that they tell of by itself. Texts are named by their headings, flags by their
 * check boxes.
 */
export type FieldName = { [K in keyof Fields]: NameIn<Fields[K]> }[keyof Fields]
type NameIn<T> = {
  [K in keyof T]: T[K] extends { readonly is: 'group'; readonly fields: infer G }
    ? keyof G
    : T[K] extends { readonly of: readonly [infer Name extends string, Language] }
      ? Name
      : T[K] extends { readonly is: 'prose' | 'flag' }
        ? never
        : K
}[keyof T]
