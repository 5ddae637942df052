import type { Agenda, MeetingId, Side } from '../../shared/domain/agenda.ts'
import type { CopyOptions } from '../../shared/export/copy.ts'
import { fileName } from '../../shared/export/filename.ts'
import { type Format, formatNames, termsOf } from '../../shared/export/formats.ts'
import type { Revisions } from '../../shared/export/revision.ts'
import { editionAsOf, editionOfVersion } from '../../shared/export/words.ts'
import type { Version } from './api.ts'
import type { CopyPreferences } from './preferences.ts'
import type { Part } from './saving.ts'

export type { Revisions }
/** What a person chooses. The edition follows from the source. */
export type Chosen = Omit<CopyOptions, 'edition'>
export { type Format, fileName, formatNames, termsOf }

/** What a file is made from, and when. */
export interface Source {
  readonly agenda: Agenda
  readonly meeting: MeetingId
  /** Null for the current agenda. */
  readonly version: Version | null
  /** The address of the meeting, for calendars. */
  readonly link: string | null
  /** The revision of each event in the last calendar that this device knows of. */
  readonly revisions: Revisions
  /** ms since 1970. */
  readonly now: number
}

/** What a copy will look like: a page, or the beginning of a text. */
export type Preview =
  | { readonly type: 'page'; readonly html: string }
  | { readonly type: 'text'; readonly text: string; readonly whole: boolean }

/** Where a file comes from. `behind` counts changes that the server's copy would lack. */
export type Reach =
  | { readonly status: 'server' }
  | { readonly status: 'behind'; readonly changes: number }
  | { readonly status: 'device' }

/** While everything here is committed, the server and this device would make the same file. */
export function reachOf({ connection, changes }: Pick<Part, 'connection' | 'changes'>): Reach {
  switch (connection.status) {
    case 'offline':
    case 'refused':
    case 'older':
      return { status: 'device' }
    case 'catching-up':
    case 'live':
      return changes === 0 ? { status: 'server' } : { status: 'behind', changes }
  }
}

/** The options that `preferences` mean for this agenda, for somebody of the side `own`. */
export function optionsOf(
  { language, lead, people, readings, questions, proposals, without }: CopyPreferences,
  agenda: Pick<Agenda, 'days' | 'proposals'>,
  own: Side,
): Chosen {
  const left = agenda.days.filter((day) => !without.includes(day.id)).map((day) => day.id)
  const whole = left.length === 0 || left.length === agenda.days.length
  // A copy of named days has no proposals, so to leave them out it names every day.
  const named = !proposals && agenda.proposals.length > 0 && agenda.days.length > 0
  const all = named ? agenda.days.map((day) => day.id) : null
  const days = whole ? all : left
  return { language, lead: lead ?? own, people, readings, questions, days }
}

/** The exporters, to be fetched in advance: they are needed most when there is no connection. */
export const exporters: readonly (() => Promise<unknown>)[] = formatNames.flatMap((name) => termsOf(name).load ?? [])

/** The file, made on this device from what it holds. Throws for a format that only the server can make. */
export async function fileOf(source: Source, format: Format, chosen: Chosen): Promise<File> {
  const content = (await contentOf(source, format, chosen)) as string | Uint8Array<ArrayBuffer>
  return new File([content], fileName(source.agenda, { ...chosen, version: source.version }, format), {
    type: termsOf(format).mediaType,
  })
}

/** The complete agenda as a file, with the changes that only this device has. */
export async function dataOf(agenda: Agenda, lead: Side): Promise<File> {
  const { toJson } = await import('../../shared/export/json.ts')
  const { mediaType: type } = termsOf('json')
  return new File([toJson(agenda)], fileName(agenda, { language: 'both', lead }, 'json'), { type })
}

/** In characters: more than anybody reads in a preview, and no burden for a browser. */
const previewLength = 40_000

export async function previewOf(source: Source, format: Format, chosen: Chosen): Promise<Preview> {
  const { preview } = termsOf(format)
  if (preview === 'page') return { type: 'page', html: String(await contentOf(source, 'html', chosen)) }
  const text = String(await contentOf(source, format, chosen))
  return { type: 'text', text: text.slice(0, previewLength), whole: text.length <= previewLength }
}

async function contentOf(source: Source, format: Format, chosen: Chosen): Promise<string | Uint8Array> {
  const write = await termsOf(format).load?.()
  if (write === undefined) throw new Error(`no device makes ${format}`)
  const { content } = await write({ ...source, options: { ...chosen, edition: editionOf(source) } })
  return content
}

function editionOf({ agenda, version, now }: Source): CopyOptions['edition'] {
  return version ? editionOfVersion(version, agenda.zones.venue) : editionAsOf(now, agenda.zones.venue)
}
