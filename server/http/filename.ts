import type { Agenda, Language } from '../../shared/domain/agenda.ts'

/** What a download is called: the title in the language of the copy, and the first day. */
export function fileName(agenda: Agenda, language: Language | 'both', extension: string): string {
  const title = language === 'zh' ? agenda.title.zh || agenda.title.en : agenda.title.en || agenda.title.zh
  // Without what a file system or a shell makes something else of.
  const safe = title
    .replace(/[\p{Cc}\p{Cf}\p{Cs}/\\:*?"<>|#%]+/gu, ' ')
    .replace(/\s+/gu, ' ')
    .trim()
    .slice(0, 80)
  const date = agenda.days[0]?.date
  return `${safe || 'agenda'}${date === undefined ? '' : ` ${date}`}.${extension}`
}

/** A Content-Disposition header (RFC 6266): plain letters for old programs, and the true name. `inline` shows it. */
export function disposition(name: string, inline = false): string {
  const plain = name.replace(/[^\x20-\x7e]+/g, '_').replace(/["\\%]/g, '_')
  const full = encodeURIComponent(name).replace(
    /['()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return `${inline ? 'inline' : 'attachment'}; filename="${plain}"; filename*=UTF-8''${full}`
}
