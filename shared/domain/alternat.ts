import type { Language, Side } from './agenda.ts'

/**
 * Alternat: each party comes first in its own copy. Where the order of the parties' names matters, a text can hold the
 * token `{us-cn}`; each copy shows it in its own order.
 */
const pairToken = '{us-cn}'

const pairNames: Record<Side, Record<Language, string>> = {
  us: { en: 'U.S.-China', zh: '美中' },
  cn: { en: 'China-U.S.', zh: '中美' },
}

/** `text` with every pair token in the order of `lead`'s copy. */
export function pairInOrder(text: string, language: Language, lead: Side): string {
  return text.includes(pairToken) ? text.replaceAll(pairToken, pairNames[lead][language]) : text
}

/**
 * A title in the order of `lead`'s copy. Besides the token, this covers the pair's name as people write it
 * ("U.S.-China", "the United States and China", 中美, 美国与中国). Prose is left alone: its order may be intended.
 */
export function titleInOrder(text: string, language: Language, lead: Side): string {
  const named = pairInOrder(text, language, lead)
  const forms = language === 'en' ? englishForms : chineseForms
  return forms[lead].reduce(
    (title, form) => title.replace(form, (...found) => swapped(found.at(-1) as Record<string, string>)),
    named,
  )
}

/** `The United States and China` becomes `China and the United States`. */
function swapped({ first = '', between = '', second = '' }: Record<string, string>): string {
  const capital = /^[A-Z]/.test(first)
  const front = capital && second.startsWith('the ') ? `T${second.slice(1)}` : second
  return front + between + first.replace(/^The /, 'the ')
}

const us = String.raw`(?:the )?(?:U\.S\.A?\.?|USA?|United States(?: of America)?|America)`
const cn = "(?:the )?(?:China|PRC|People's Republic of China)"
const between = String.raw`(?<between>\s*[-‐‑–—/]\s*|\s+(?:and|&)\s+)`

function pair(first: string, second: string): RegExp {
  return new RegExp(
    `(?<![\\p{L}\\p{N}])(?<first>${first})${between}(?<second>${second.replace(String.raw`\.?`, '')})(?![\\p{L}\\p{N}]|[-–—/]\\p{L})`,
    'giu',
  )
}

/** For each lead, the forms that put the other party first. */
const englishForms: Record<Side, readonly RegExp[]> = { us: [pair(cn, us)], cn: [pair(us, cn)] }

// 其中美国, 中美洲, 完美中, 美中不足 and the like are not the pair.
const chineseForms: Record<Side, readonly RegExp[]> = {
  us: [
    /(?<![其集当之])(?<first>中)(?<between>)(?<second>美)(?![国洲方元军学术])/gu,
    /(?<first>中国)(?<between>\s*(?:[和与及、—–-]|——)\s*)(?<second>美国)/gu,
  ],
  cn: [
    /(?<![完优精甜健审欧北南拉])(?<first>美)(?<between>)(?<second>中)(?![国方央不的文])/gu,
    /(?<first>美国)(?<between>\s*(?:[和与及、—–-]|——)\s*)(?<second>中国)/gu,
  ],
}
