import { diffArrays } from 'diff/lib/diff/array.js'
import type { Language } from './agenda.ts'

export interface Piece {
  readonly type: 'same' | 'added' | 'deleted'
  readonly text: string
}

/** Texts that differ by more edits than this count as having nothing in common; this bounds the time. */
const mostEdits = 1500

/** How `before` became `after`, word by word; Chinese is split into words by a dictionary. */
export function wording(before: string, after: string, language: Language): Piece[] {
  if (before === after) return before === '' ? [] : [{ type: 'same', text: before }]
  const changes = diffArrays(wordsOf(before, language), wordsOf(after, language), { maxEditLength: mostEdits })
  if (changes === undefined) return whole(before, after)
  return changes.map(({ added, removed, value }) => ({
    type: added ? 'added' : removed ? 'deleted' : 'same',
    text: value.join(''),
  }))
}

function whole(before: string, after: string): Piece[] {
  const pieces: Piece[] = [
    { type: 'deleted', text: before },
    { type: 'added', text: after },
  ]
  return pieces.filter((piece) => piece.text !== '')
}

const segmenters = new Map<Language, Intl.Segmenter>()

function wordsOf(text: string, language: Language): string[] {
  // Older browsers have no dictionary: there each Chinese character counts as a word.
  if (typeof Intl.Segmenter !== 'function') {
    return text.match(/[\p{L}\p{N}](?:(?!\p{Script=Han})[\p{L}\p{N}\p{M}])*|[\s\S]/gu) ?? []
  }
  let segmenter = segmenters.get(language)
  if (segmenter === undefined) {
    segmenter = new Intl.Segmenter(language === 'zh' ? 'zh-CN' : 'en', { granularity: 'word' })
    segmenters.set(language, segmenter)
  }
  return Array.from(segmenter.segment(text), (one) => one.segment)
}
