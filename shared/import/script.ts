import type { Bilingual, Language } from '../domain/agenda.ts'

const han = /[\u2e80-\u2fdf\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u{20000}-\u{3ffff}]/gu
const latin = /[A-Za-z\u00c0-\u024f]/g
/** An English word, not an abbreviation such as `AI` or `TC39`, which Chinese titles contain, too. */
const word = /[A-Za-z][a-z]{2}/

export const blank: Bilingual = { en: '', zh: '' }

export function isBlank({ en, zh }: Bilingual): boolean {
  return en === '' && zh === ''
}

/** `pair`, with missing languages filled in from `other`. */
export function completed(pair: Bilingual, other: Bilingual): Bilingual {
  return { en: pair.en || other.en, zh: pair.zh || other.zh }
}

/** Whether `other` has exactly the language that `pair` lacks. */
export function completes(pair: Bilingual, other: Bilingual): boolean {
  const only = (one: Language, another: Language) => pair[one] === '' && other[one] !== '' && other[another] === ''
  return only('en', 'zh') || only('zh', 'en')
}

/** Both languages, joined on one line. */
export function joined({ en, zh }: Bilingual): string {
  return [en, zh].filter((text) => text !== '').join(' / ')
}

/** Removes half a surrogate pair at the end of a cut text. */
export function whole(text: string): string {
  const last = text.charCodeAt(text.length - 1)
  return last >= 0xd800 && last < 0xdc00 ? text.slice(0, -1) : text
}

export function shortened(text: string, most: number): string {
  return text.length <= most ? text : `${whole(text.slice(0, most - 1))}…`
}

export function hanIn(text: string): number {
  return text.match(han)?.length ?? 0
}

export function latinIn(text: string): number {
  return text.match(latin)?.length ?? 0
}

/** The main language: one Chinese character says what takes English about three letters. */
export function languageOf(text: string): Language {
  const chinese = hanIn(text)
  return chinese > 0 && chinese * 2.5 >= latinIn(text) ? 'zh' : 'en'
}

/** The only language of a text, or null if it has both. */
export function loneLanguage(text: string): Language | null {
  const chinese = hanIn(text) * 3
  const english = latinIn(text)
  if (chinese + english < 20) return null
  const share = chinese / (chinese + english)
  return share < 0.03 ? 'en' : share > 0.88 ? 'zh' : null
}

const separators = [/\s+[/／|｜]\s+/g, /\s*[/／|｜]\s*/g, /\s+[–—-]\s+/g]
/** Texts with more separators than this are not two names of one thing. */
const mostMarks = 40

/**
 * Splits a text into both languages: `Opening / 开幕`, `开幕（Opening）`, `Opening 开幕`. In a document of one language
 * (`alone`) nothing is split.
 */
export function bilingual(text: string, alone: Language | null): Bilingual {
  const whole = text.replace(/\s+/g, ' ').trim()
  const chinese = hanIn(whole)
  if (chinese === 0) return { en: whole, zh: '' }
  if (latinIn(whole) === 0) return { en: '', zh: whole }
  if (alone === null) {
    for (const separator of separators) {
      const found = apart(whole, separator)
      if (found) return found
    }
    const found = bracketed(whole) ?? adjacent(whole)
    if (found) return found
  }
  return alone === 'zh' || languageOf(whole) === 'zh' ? { en: '', zh: whole } : { en: whole, zh: '' }
}

/** Splits at the separator that leaves the least of either script on the wrong side. */
function apart(text: string, separator: RegExp): Bilingual | null {
  let best: Bilingual | null = null
  let least = Number.POSITIVE_INFINITY
  for (const match of [...text.matchAll(separator)].slice(0, mostMarks)) {
    const left = text.slice(0, match.index).trim()
    const right = text.slice(match.index + match[0].length).trim()
    if (left === '' || right === '') continue
    // If only one side has Chinese characters, it is the Chinese one; else the script with more counts.
    const chinese = hanIn(left) > 0 !== hanIn(right) > 0 ? hanIn(left) > 0 : languageOf(left) === 'zh'
    if (hanIn(left) > 0 === hanIn(right) > 0 && languageOf(left) === languageOf(right)) continue
    const pair = chinese ? { en: right, zh: left } : { en: left, zh: right }
    if (latinIn(pair.en) === 0) continue
    const strange = hanIn(pair.en) * 3 + latinIn(pair.zh)
    if (strange < least) {
      best = pair
      least = strange
    }
  }
  return best
}

/** `开幕（Opening）`, `Opening (开幕)`. */
function bracketed(text: string): Bilingual | null {
  const open = Math.max(text.lastIndexOf('('), text.lastIndexOf('（'))
  const last = text.at(-1)
  if (open < 1 || (last !== ')' && last !== '）')) return null
  const outer = text.slice(0, open).trim()
  const inner = text.slice(open + 1, -1).trim()
  return purely(outer, inner) ?? purely(inner, outer)
}

/** `Opening 开幕`, `开幕 Opening`: one run of each script. */
function adjacent(text: string): Bilingual | null {
  const firstHan = text.search(new RegExp(han.source, 'u'))
  const before = text.slice(0, firstHan)
  // Digits and opening brackets before the first Chinese character belong to it.
  const cut = before.length - (/[\d“《（(【\s]*$/u.exec(before.slice(-20))?.[0].length ?? 0)
  const fromHan = purely(text.slice(0, cut), text.slice(cut))
  if (fromHan) return fromHan
  const firstWord = text.search(word)
  return firstWord > 0 ? purely(text.slice(firstWord), text.slice(0, firstWord)) : null
}

function purely(en: string, zh: string): Bilingual | null {
  const pair = { en: en.trim(), zh: zh.trim() }
  return hanIn(pair.en) === 0 && word.test(pair.en) && hanIn(pair.zh) > 0 && !word.test(pair.zh) ? pair : null
}
