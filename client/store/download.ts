import type { Agenda, Language, Side } from '../../shared/domain/agenda.ts'

export type Download = { readonly format: 'json' } | { readonly format: 'md'; readonly language: Language | 'both' }

const writers = {
  json: () => import('../../shared/export/json.ts'),
  md: () => import('../../shared/export/markdown.ts'),
}

/** The exporters, to be fetched ahead: they are wanted most when there is no connection. */
export const exporters: readonly (() => Promise<unknown>)[] = Object.values(writers)

/** The file as this device would write it, from what it holds; the exporters come in when they are first wanted. */
export async function fileOf(agenda: Agenda, download: Download, lead: Side): Promise<File> {
  switch (download.format) {
    case 'json': {
      const { toJson } = await writers.json()
      return new File([toJson(agenda)], fileName(agenda, 'json'), { type: 'application/json' })
    }
    case 'md': {
      const { toMarkdown } = await writers.md()
      const text = toMarkdown(agenda, { language: download.language, lead })
      return new File([text], fileName(agenda, 'md'), { type: 'text/markdown' })
    }
  }
}

/** The title of the meeting, without what file systems refuse. */
export function fileName(agenda: Agenda, extension: string): string {
  const title = (agenda.title.en || agenda.title.zh || 'agenda')
    .normalize('NFKC')
    .replace(/[^\p{Letter}\p{Number}]+/gu, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 80)
  return `${title || 'agenda'}.${extension}`
}
