import { type Bilingual, type Block, type Language, languages, type Prose, type TextRun } from '../../domain/agenda.ts'
import { linesOf, type Passage, type Written } from '../passage.ts'
import { bilingual, hanIn, isBlank, languageOf, latinIn } from '../script.ts'
import { note, unsafe } from './account.ts'
import { readEntry } from './entry.ts'
import { setTitle } from './item.ts'
import type { State } from './state.ts'

/** Words that do not say what they are: they belong to the open field, or else to the objective of the item. */
export function readProse(state: State, passages: readonly Passage[]): void {
  const { item, field, section, draft } = state
  const lines = linesOf(passages)
  if (listsEntries(state) && (item || section.type === 'people' || section.type === 'glossary')) {
    for (const line of lines) readEntry(state, line)
    return
  }
  if (!item) {
    const text = joinedLines(lines)
    const short = lines.length > 0 && lines.length <= 3 && text.length <= 200
    if (section.type === 'front' && short && (isBlank(draft.meeting.title) || inOtherLanguage(state, text)))
      setTitle(state, { where: lines[0]!.where, text })
    else for (const line of lines) note(state, line, 'before-first-item')
    return
  }
  const [name, language] =
    field?.type === 'text' ? ([field.text, field.language] as const) : (['objective', null] as const)
  const blocks = blocksOf(state, passages, language)
  for (const language of languages) item.texts[name][language].push(...blocks[language])
  for (const line of lines) note(state, line, name, item)
  // The links of a paragraph have been noted already.
  for (const one of passages) if (one.type !== 'paragraph') unsafe(state, linesOf([one]))
}

/** Whether lines are people, terms, readings or names, one each. */
export function listsEntries({ section, field }: Readonly<State>): boolean {
  return (
    section.type === 'people' || section.type === 'glossary' || field?.type === 'readings' || field?.type === 'role'
  )
}

function inOtherLanguage({ draft }: State, text: string): boolean {
  const { title } = draft.meeting
  const { en, zh } = bilingual(text, null)
  return (title.zh === '' && en === '') || (title.en === '' && zh === '')
}

/** Lines as one: a slash between two languages, a space within one. */
export function joinedLines(lines: readonly Written[]): string {
  return lines
    .map((line) => line.text)
    .filter((text) => text !== '')
    .reduce(
      (text, line) => (text === '' ? line : `${text}${languageOf(text) === languageOf(line) ? ' ' : ' / '}${line}`),
      '',
    )
}

/** `label`: the language of the label above, or null. */
function blocksOf(state: State, passages: readonly Passage[], label: Language | null): Bilingual<Block[]> {
  const made: Bilingual<Block[]> = { en: [], zh: [] }
  for (const one of passages) {
    if (one.type === 'list') {
      const items: Bilingual<Prose[]> = { en: [], zh: [] }
      for (const entry of one.entries) {
        const blocks = blocksOf(state, entry, label)
        const filled = languages.filter((language) => blocks[language].length > 0)
        for (const language of filled) items[language].push(blocks[language])
        if (filled.length === 0) items[label ?? state.draft.alone ?? 'en'].push([])
      }
      const type = one.ordered ? 'ordered-list' : 'bullet-list'
      for (const language of languages)
        if (items[language].some((entry) => entry.length > 0)) made[language].push({ type, items: items[language] })
    } else if (one.type === 'table') for (const line of linesOf([one])) addParagraphs(state, made, [line], label)
    else addParagraphs(state, made, one.lines, label)
  }
  return made
}

/** A paragraph in its language; lines that flow on in the same language are one. */
function addParagraphs(
  state: State,
  made: Bilingual<Block[]>,
  lines: readonly Written[],
  label: Language | null,
): void {
  let open = null as { language: Language; runs: TextRun[] } | null
  for (const { text, runs, flows } of lines) {
    if (text === '') continue
    const both = state.source === 'parley' || !/\s[/／|｜]\s/.test(text) ? null : bilingual(text, state.draft.alone)
    if (both && both.en !== '' && both.zh !== '' && hanIn(both.en) === 0) {
      open = null
      for (const language of languages)
        made[language].push({ type: 'paragraph', content: [{ type: 'text', text: both[language] }] })
      continue
    }
    const language = languageIn(state, text, label)
    if (open?.language === language) {
      open.runs.push(...(language === 'zh' ? [] : [{ type: 'text' as const, text: ' ' }]), ...runs)
    } else {
      open = { language, runs: [...runs] }
      made[language].push({ type: 'paragraph', content: open.runs })
    }
    if (!flows) open = null
  }
}

function languageIn({ source, draft }: State, text: string, label: Language | null): Language {
  if (source === 'parley' && label) return label
  if (languageOf(text) === 'zh') return 'zh'
  return (label ?? draft.alone) === 'zh' && hanIn(text) === 0 && latinIn(text) < 12 ? 'zh' : 'en'
}
