import { Converter } from 'opencc-js/t2cn'
import unhomoglyph from 'unhomoglyph'
import { type NameRefusal, refuseName } from '../../shared/domain/name.ts'

/**
 * What a name looks like: two names that share a look are taken for each other. By the skeletons of UTS 39, without regard
 * to case, spaces, punctuation, accents, and whether Chinese is written in traditional characters. A capital I looks like an
 * l, so a name may have two looks.
 */
export function looksOf(name: string): readonly string[] {
  const looks = [name.toLowerCase(), skeleton(name).toLowerCase()].map((one) =>
    bare(skeleton(simplified(one))).replace(/[^\p{L}\p{M}\p{N}]/gu, ''),
  )
  return [...new Set(looks)]
}

/** Why nobody may be called so, or null; look-alikes of a role are roles. */
export function refuseLook(name: string): NameRefusal | null {
  return refuseName(name) ?? refuseName(name, (text) => skeleton(simplified(text.toLowerCase())))
}

const simplified = Converter({ from: 'tw', to: 'cn' })

/** In these scripts names differ by letters, not by marks on them or signs that lengthen them. */
const plain =
  /^[\p{Script=Latin}\p{Script=Han}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Common}\p{Script=Inherited}]*$/u

function bare(text: string): string {
  return plain.test(text) ? text.replace(/\p{M}|\p{Lm}/gu, '') : text
}

function skeleton(text: string): string {
  const bare = text.normalize('NFD').replace(/[\u0300-\u036f]/gu, '')
  return unhomoglyph(bare)
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/gu, '')
}
