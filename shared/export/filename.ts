import type { Agenda } from '../domain/agenda.ts'
import type { CopyOptions } from './copy.ts'

/** What a file is called: the title in the language of the copy (of two, the one that comes first), and the first day. */
export function fileName(
  agenda: Pick<Agenda, 'title' | 'days'>,
  { language, lead }: Pick<CopyOptions, 'language' | 'lead'>,
  extension: string,
): string {
  const first = language === 'both' ? (lead === 'us' ? 'en' : 'zh') : language
  const title = agenda.title[first] || agenda.title[first === 'en' ? 'zh' : 'en']
  // Without what a file system or a shell makes something else of.
  const safe = title
    .replace(/[\p{Cc}\p{Cf}\p{Cs}/\\:*?"<>|#%]+/gu, ' ')
    .replace(/\s+/gu, ' ')
    .trim()
  // Points of code, not halves of them, and few enough for the 255 octets of a file system.
  const short = [...safe].slice(0, 56).join('').trim()
  const date = agenda.days[0]?.date
  return `${short || 'agenda'}${date === undefined ? '' : ` ${date}`}.${extension}`
}
