import type ICAL from 'ical.js'
import { fieldWords } from '../export/words.ts'
import { note } from './agenda/account.ts'
import type { DraftItem } from './agenda/draft.ts'
import { readAbout } from './agenda/programme.ts'
import type { State } from './agenda/state.ts'
import { bolded, type Passage, paragraphOf, plainLine } from './passage.ts'
import { own, textOf } from './property.ts'
import { labelled, textNames } from './vocabulary.ts'
import type { Whereabouts } from './whereabouts.ts'

/** From a description by Parley only the prose is read: its properties hold the rest exactly. */
export function readDescription(state: State, item: DraftItem, event: ICAL.Component, where: Whereabouts): void {
  const text = textOf(event, 'description').slice(0, 200_000)
  if (text.trim() === '') return
  if (!event.hasProperty(`${own}kind`)) {
    readAbout(state, item, plainPassages(text.split(/\r?\n/), where, false), 'other')
    return
  }
  for (const block of blocks(text.split('\n'))) {
    const at = (is: (text: string) => boolean) => block.findIndex((line, index) => block[index - 1] === '' && is(line))
    const first = at(isLabel)
    const readings = at((text) => isWord(text, 'readings'))
    const body = first < 0 ? [] : block.slice(first, readings < first ? undefined : readings)
    for (const text of first < 0 ? block : block.slice(0, first))
      note(state, { where, text }, labelled(text)?.meaning.type === 'role' ? 'role' : 'fact', item)
    for (const text of readings < 0 ? [] : block.slice(readings)) note(state, { where, text }, 'reading', item)
    readAbout(state, item, plainPassages(body, where, true), 'parley')
  }
}

/** Lines as passages: `1. ` and `- ` start list entries; Parley's own labels become bold. */
function plainPassages(lines: readonly string[], where: Whereabouts, exported: boolean): Passage[] {
  const passages: Passage[] = []
  for (const [index, text] of lines.entries()) {
    const label = exported && isLabel(text) && (index === 0 || lines[index - 1] === '')
    const entry = label ? null : /^(?:(\d{1,3})[.、]|[-•*])\s(.*)$/.exec(text)
    const last = passages.at(-1)
    if (entry) {
      const ordered = entry[1] !== undefined
      const words = paragraphOf([plainLine(where, entry[2]!.trim())])
      if (last?.type === 'list' && last.ordered === ordered && entry[1] !== '1') {
        passages[passages.length - 1] = { ...last, entries: [...last.entries, [words]] }
      } else passages.push({ type: 'list', ordered, entries: [[words]] })
    } else if (text.trim() !== '') {
      const words = plainLine(where, text.trim())
      passages.push(paragraphOf([label ? bolded(words) : words]))
    }
  }
  return passages
}

const labels = [...textNames, 'readings'] as const

function isLabel(text: string): boolean {
  return labels.some((name) => isWord(text, name))
}

function isWord(text: string, name: (typeof labels)[number]): boolean {
  return text === fieldWords[name].en || text === fieldWords[name].zh
}

/** A description by Parley has one block per language. */
function blocks(lines: readonly string[]): string[][] {
  const found: string[][] = [[]]
  for (const text of lines) {
    if (text === '--') found.push([])
    else found.at(-1)!.push(text)
  }
  return found
}
