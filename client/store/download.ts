import type { Agenda, Bilingual, MeetingId, Side } from '../../shared/domain/agenda.ts'
import { type CopyOptions, wholeCopy } from '../../shared/export/copy.ts'
import { fileName } from '../../shared/export/filename.ts'
import type { Revisions } from '../../shared/export/ics.ts'

export const formats = ['docx', 'pdf', 'ics', 'html', 'md', 'json'] as const
export type Format = (typeof formats)[number]
/** PDF is set on the server alone. */
export type DeviceFormat = Exclude<Format, 'pdf'>

/** What a file is made from, and when. */
export interface Source {
  readonly agenda: Agenda
  readonly meeting: MeetingId
  /** Where the meeting is read, for calendars. */
  readonly link: string | null
  /** What the last calendar that this device has heard of said of each event. */
  readonly revisions: Revisions
  /** ms since 1970. */
  readonly now: number
}

/** What a copy will look like: a page, or the beginning of a text. */
export type Preview =
  | { readonly type: 'page'; readonly html: string }
  | { readonly type: 'text'; readonly text: string; readonly whole: boolean }

const writers = {
  docx: () => import('../../shared/export/docx.ts'),
  ics: () => import('../../shared/export/ics.ts'),
  html: () => import('../../shared/export/html.ts'),
  md: () => import('../../shared/export/markdown.ts'),
  json: () => import('../../shared/export/json.ts'),
}

/** The exporters, to be fetched ahead: they are wanted most when there is no connection. */
export const exporters: readonly (() => Promise<unknown>)[] = Object.values(writers)

const types: Record<DeviceFormat, string> = {
  docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  ics: 'text/calendar;charset=utf-8',
  html: 'text/html;charset=utf-8',
  md: 'text/markdown;charset=utf-8',
  json: 'application/json',
}

/** The file as this device writes it, from what it holds; the exporters come in when they are first wanted. */
export async function fileOf(source: Source, format: DeviceFormat, options: CopyOptions): Promise<File> {
  const content = format === 'docx' ? await document(source, options) : await textOf(source, format, options)
  return new File([content], fileName(source.agenda, options, format), { type: types[format] })
}

/** The complete agenda as a file, with the changes that only this device has. */
export async function dataOf(agenda: Agenda, lead: Side): Promise<File> {
  const { toJson } = await writers.json()
  return new File([toJson(agenda)], fileName(agenda, { language: 'both', lead }, 'json'), { type: types.json })
}

/** More than anybody reads in a preview, and less than a browser notices. */
const previewLength = 40_000

export async function previewOf(source: Source, format: Format, options: CopyOptions): Promise<Preview> {
  if (format === 'ics' || format === 'md' || format === 'json') {
    const text = await textOf(source, format, options)
    return { type: 'text', text: text.slice(0, previewLength), whole: text.length <= previewLength }
  }
  return { type: 'page', html: await textOf(source, 'html', options) }
}

async function textOf(
  source: Source,
  format: Exclude<DeviceFormat, 'docx'>,
  options: CopyOptions,
): Promise<string> {
  const { agenda } = source
  switch (format) {
    case 'ics': {
      const { toIcs } = await writers.ics()
      const { meeting, link, revisions, now } = source
      return toIcs(agenda, { ...options, meeting, link, revisions, now }).text
    }
    case 'html': {
      const { toHtml } = await writers.html()
      return toHtml(agenda, options)
    }
    case 'md': {
      const { toMarkdown } = await writers.md()
      return toMarkdown(agenda, options)
    }
    case 'json': {
      const { toJson } = await writers.json()
      return toJson(agenda)
    }
  }
}

async function document({ agenda, now }: Source, options: CopyOptions): Promise<Uint8Array<ArrayBuffer>> {
  const { toDocx } = await writers.docx()
  return (await toDocx(agenda, { ...options, at: now })) as Uint8Array<ArrayBuffer>
}
