import type { Agenda, Bilingual, MeetingId } from '../domain/agenda.ts'
import type { CopyOptions } from './copy.ts'
import type { Revisions } from './revision.ts'

/** What a file is made from. */
export interface Source {
  readonly agenda: Agenda
  readonly options: CopyOptions
  readonly meeting: MeetingId
  /** The address of the meeting, for calendars. */
  readonly link: string | null
  /** The latest published revision of each event. */
  readonly revisions: Revisions
  /** Milliseconds since 1970. */
  readonly now: number
}

export interface Made {
  readonly content: string | Uint8Array
  /** Only from a calendar: the revision of each event. */
  readonly revisions?: Revisions
}

export type Writer = (source: Source) => Made | Promise<Made>

export interface FormatTerms {
  /** What people choose it by. */
  readonly name: Bilingual
  readonly extension: string
  readonly mediaType: string
  /** How it is previewed before it is made: as its own text, or as a web page with the same content. */
  readonly preview: 'text' | 'page'
  /** The file holds the whole agenda, whatever was selected. */
  readonly whole: boolean
  /** Loads its writer when first needed. Null: only a server can make it. */
  readonly load: (() => Promise<Writer>) | null
}

/** All export formats, in the order in which they are offered. */
export const formats = {
  docx: {
    name: { en: 'Word', zh: 'Word 文档' },
    extension: 'docx',
    mediaType: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
    preview: 'page',
    whole: false,
    async load() {
      const { toDocx } = await import('./docx.ts')
      return async ({ agenda, options, now: at }) => ({ content: await toDocx(agenda, { ...options, at }) })
    },
  },
  pdf: {
    name: { en: 'PDF', zh: 'PDF 文档' },
    extension: 'pdf',
    mediaType: 'application/pdf',
    preview: 'page',
    whole: false,
    load: null,
  },
  ics: {
    name: { en: 'Calendar', zh: '日历文件' },
    extension: 'ics',
    mediaType: 'text/calendar; charset=utf-8',
    preview: 'text',
    whole: false,
    async load() {
      const { toIcs } = await import('./ics.ts')
      return ({ agenda, options, meeting, link, revisions, now }) => {
        const made = toIcs(agenda, { ...options, meeting, link, revisions, now })
        return { content: made.text, revisions: made.revisions }
      }
    },
  },
  html: {
    name: { en: 'Web page', zh: '网页' },
    extension: 'html',
    mediaType: 'text/html; charset=utf-8',
    preview: 'page',
    whole: false,
    async load() {
      const { toHtml } = await import('./html.ts')
      return ({ agenda, options }) => ({ content: toHtml(agenda, options) })
    },
  },
  md: {
    name: { en: 'Markdown', zh: 'Markdown 文本' },
    extension: 'md',
    mediaType: 'text/markdown; charset=utf-8',
    preview: 'text',
    whole: false,
    async load() {
      const { toMarkdown } = await import('./markdown.ts')
      return ({ agenda, options }) => ({ content: toMarkdown(agenda, options) })
    },
  },
  json: {
    name: { en: 'Data', zh: '数据文件' },
    extension: 'json',
    mediaType: 'application/json; charset=utf-8',
    preview: 'text',
    whole: true,
    async load() {
      const { toJson } = await import('./json.ts')
      return ({ agenda }) => ({ content: toJson(agenda) })
    },
  },
} as const satisfies Record<string, FormatTerms>

export type Format = keyof typeof formats
export const formatNames = Object.keys(formats) as readonly Format[]

export function termsOf(format: Format): FormatTerms {
  return formats[format]
}
