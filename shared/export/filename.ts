import type { Agenda, Language } from '../domain/agenda.ts'
import type { CopyOptions } from './copy.ts'
import { type Format, termsOf } from './formats.ts'
import { labelWords } from './words.ts'

/**
 * What a file is called: the title in the language of the copy (of two, the one that comes first), the first day, and what
 * tells this copy from the others that lie beside it in a folder.
 */
export function fileName(
  agenda: Pick<Agenda, 'title' | 'days'>,
  { language: chosen, lead, version = null }: NamedCopy,
  format: Format,
): string {
  const { extension, whole } = termsOf(format)
  // All of the agenda, whatever was chosen.
  const language = whole ? 'both' : chosen
  const first = language === 'both' ? (lead === 'us' ? 'en' : 'zh') : language
  const title = agenda.title[first] || agenda.title[first === 'en' ? 'zh' : 'en']
  // Without what a file system or a shell makes something else of.
  const safe = title
    .replace(/[\p{Cc}\p{Cf}\p{Cs}/\\:*?"<>|#%]+/gu, ' ')
    .replace(/\s+/gu, ' ')
    .trim()
  // Points of code, not halves of them, and few enough for the 255 octets of a file system.
  const short = [...safe].slice(0, 56).join('').trim()
  const parts = [short || 'agenda', agenda.days[0]?.date, version && versionName(version, first)]
  if (!whole) parts.push(copyName(language, lead))
  return `${parts.filter(Boolean).join(' ')}.${extension}`
}

interface NamedCopy extends Pick<CopyOptions, 'language' | 'lead'> {
  readonly version?: { readonly label: keyof typeof labelWords; readonly number: number } | null
}

function versionName({ label, number }: NonNullable<NamedCopy['version']>, language: Language): string {
  return language === 'en' ? `${labelWords[label].en} ${number}` : `${labelWords[label].zh}${number}`
}

/** Nothing where the language's own side comes first, as most expect. */
function copyName(language: CopyOptions['language'], lead: CopyOptions['lead']): string {
  if (language === 'both') return lead === 'us' ? 'en-zh' : 'zh-en'
  if (language === 'en') return lead === 'us' ? '' : 'Chinese copy'
  return lead === 'cn' ? '' : '美方文本'
}
