import { type ReactElement, type ReactNode, useState } from 'react'
import type { Language } from '../../../shared/domain/agenda.ts'
import { type Piece, wording } from '../../../shared/domain/wording.ts'
import { tag } from '../../i18n/i18n.ts'
import { useLateWords } from '../versions/late.ts'
import styles from './Wording.module.css'

/** Characters of unchanged text that stay visible beside a change; beyond them the rest is folded. */
const context = 56
const long = 150

/** One text before and after. Removed and added words are marked by shape, colour and, for screen readers, words. */
export function Wording({
  before,
  after,
  language,
}: {
  before: string
  after: string
  language: Language
}): ReactElement {
  const t = useLateWords()
  const [whole, setWhole] = useState(false)
  const pieces = wording(before, after, language)
  return (
    <p className={styles.text} lang={tag[language]}>
      {/* Pieces have no identity but their position. */}
      {pieces.map((piece, index) => {
        const key = `${index}`
        if (piece.type === 'same') {
          if (whole) return <span key={key}>{piece.text}</span>
          const { head, tail } = folded(piece.text, index === 0, index === pieces.length - 1, language)
          if (tail === null) return <span key={key}>{head}</span>
          return (
            <span key={key}>
              {head}
              <button
                type="button"
                className={`${styles.fold} screen-only`}
                aria-label={t('compare.more')}
                title={t('compare.more')}
                onClick={() => setWhole(true)}
              >
                …
              </button>
              {tail}
            </span>
          )
        }
        return <Marked key={key} piece={piece} />
      })}
    </p>
  )
}

function Marked({ piece: { type, text } }: { piece: Piece }) {
  const t = useLateWords()
  // Joining or splitting paragraphs leaves no letter to mark.
  const shown = text.replaceAll('\n', '¶\n')
  const inside: ReactNode = (
    <>
      <span className="visually-hidden">{t(type === 'added' ? 'compare.insert' : 'compare.delete')}</span>
      {shown}
      <span className="visually-hidden">{t('compare.end')}</span>
    </>
  )
  return type === 'added' ? (
    <ins className={styles.added}>{inside}</ins>
  ) : (
    <del className={styles.deleted}>{inside}</del>
  )
}

/** The visible parts of unchanged text. `tail` is null when all of it is visible. */
export function folded(
  text: string,
  first: boolean,
  last: boolean,
  language: Language,
): { head: string; tail: string | null } {
  const room = first || last ? long / 2 : long
  if (text.length <= room || (first && last)) return { head: text, tail: null }
  const head = first ? '' : text.slice(0, cut(text, context, language))
  const tail = last ? '' : text.slice(cut(text, text.length - context, language))
  return { head, tail }
}

/** The nearest index at or before `at` that tears nothing: between words, or between two characters. */
function cut(text: string, at: number, language: Language): number {
  if (language === 'en') {
    const space = text.lastIndexOf(' ', at)
    if (space > at - 24 && space > 0) return space + 1
  }
  const code = text.charCodeAt(at)
  return code >= 0xdc00 && code <= 0xdfff ? at - 1 : at
}
