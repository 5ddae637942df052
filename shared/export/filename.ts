import type { Agenda, Language } from '../domain/agenda.ts'
import type { CopyOptions } from './copy.ts'
import { type Format, termsOf } from './formats.ts'
import { labelWords } from './words.ts'

/**
 * The name of a file: the title in the language of the copy (of two, the first), the first day, and what distinguishes
 * this copy from others in the same folder.
 */
export function fileName(
  agenda: Pick<Agenda, 'title' | 'days'>,
  { language: chosen, lead, version = null }: NamedCopy,
  format: Format,
): string {
  const { extension, whole } = termsOf(format)
  // The file holds the whole agenda, whatever was selected.
  const language = whole ? 'both' : chosen
  const first = language === 'both' ? (lead === 'us' ? 'en' : 'zh') : language
  const title = agenda.title[first] || agenda.title[first === 'en' ? 'zh' : 'en']
  // Removes what file systems or shells treat specially.
  const safe = title
    .replace(/[\p{Cc}\p{Cf}\p{Cs}/\\:*?"<>|#%]+/gu, ' ')
    .replace(/\s+/gu, ' ')
    .trim()
  // Counts code points, so that no character is split, and few enough for the 255 bytes of a file system.
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

/** Empty where a language's own side comes first, as most people expect. */
function copyName(language: CopyOptions['language'], lead: CopyOptions['lead']): string {
  if (language === 'both') return lead === 'us' ? 'en-zh' : 'zh-en'
  if (language === 'en') return lead === 'us' ? '' : 'Chinese copy'
  return lead === 'cn' ? '' : '美方存本'
}
