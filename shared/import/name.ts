import type { Bilingual, Language } from '../domain/agenda.ts'
import { bilingual, blank } from './script.ts'

/** A person as named in a file. */
export interface Named {
  readonly name: Bilingual
  readonly affiliation: Bilingual
}

const open =
  /^[\s[(（【]*(?:t\.?b\.?[acd]\.?|to be (?:announced|confirmed|determined|decided|named)|n\/a|none|待定|待确认|待确定|待通知|暂缺|无|[-–—?？…]+)[\s\])）】]*$/i

/** Whether the person is still to be decided: `TBC`, `待定`. */
export function isOpen(text: string): boolean {
  return text.length < 40 && open.test(text)
}

/**
 * The people in a value such as `A; B`, `A、B`, `A (Institute), B` or `A, Institute`. `isKnown` tells whether a text as
 * a whole, including commas, is a person's name.
 */
export function namesIn(value: string, alone: Language | null, isKnown: (text: string) => boolean): Named[] {
  const text = value.trim()
  if (text === '') return []
  const pieces = /[;；\n]/.test(text) ? text.split(/[;；\n]/) : text.split('、')
  return pieces
    .map((piece) => piece.trim())
    .filter((piece) => piece !== '' && !isOpen(piece))
    .slice(0, 500)
    .flatMap((piece) => {
      if (isKnown(piece)) return [{ name: bilingual(piece, alone), affiliation: blank }]
      return listed(piece).map((one) => named(one, alone))
    })
}

/** `Name (Institute)`, `Name, Institute`, `姓名（单位）`, `姓名，单位`, or the name alone. */
export function named(text: string, alone: Language | null): Named {
  const piece = text.trim()
  const open = /[(（]/.exec(piece)?.index ?? -1
  if (open > 0 && /[)）]$/.test(piece)) {
    const inner = piece.slice(open + 1, -1).trim()
    const outer = piece.slice(0, open).trim()
    const both = bilingual(piece, alone)
    // `Name (姓名)` is one name in both languages.
    if (both.en !== '' && both.zh !== '' && alone === null) return { name: both, affiliation: blank }
    return { name: bilingual(outer, alone), affiliation: bilingual(inner, alone) }
  }
  const comma = /[,，]|\s[–—]\s/.exec(piece)
  if (comma && comma.index > 0) {
    const first = piece.slice(0, comma.index).trim()
    const rest = piece.slice(comma.index + comma[0].length).trim()
    if (rest !== '') return { name: bilingual(first, alone), affiliation: bilingual(rest, alone) }
  }
  return { name: bilingual(piece, alone), affiliation: blank }
}

const place = /universit|institut|college|laborator|center|centre|company|ministry|foundation|school|side|delegation/i

/** `A B, C D and E F` are three people; `A B, Institute` is one. */
function listed(text: string): string[] {
  const pieces = text.split(/\s*,\s*(?:and\s+)?|\s+(?:and|&)\s+|，|和(?=[\u4e00-\u9fff]{2,4}$)/)
  const full = (one: string) =>
    /^(?:\p{Lu}[\p{L}.'’-]*\s+){1,3}\p{Lu}[\p{L}'’-]*(?:\s[(（].{1,100}[)）])?$/u.test(one.slice(0, 200)) &&
    !place.test(one.split(/[(（]/)[0]!)
  return pieces.length > 1 && pieces.length <= 40 && pieces.every(full) ? pieces : [text]
}
