import MarkdownIt from 'markdown-it'
import { passagesOf } from './html.ts'
import type { Passage } from './passage.ts'
import type { Whereabouts } from './whereabouts.ts'

/** The deepest lists and quotations that markdown-it parses. */
const deepest = 30

/**
 * Reads Markdown with tables; HTML in it is text. Every block has its first line in `data-line`, unless the whole text
 * is at one place of a larger file (`where`).
 */
export function markdownPassages(text: string, where: Whereabouts | null = null): Passage[] {
  const reader = new MarkdownIt({ html: false, linkify: false, typographer: false, breaks: true })
  // Quotation marks stay as they are, and addresses that browsers should not open stay text.
  reader.disable(['code', 'image', 'html_block', 'html_inline'])
  reader.set({ maxNesting: deepest })
  reader.core.ruler.push('lines', (state) => {
    for (const token of state.tokens) {
      if (token.map && token.nesting >= 0) token.attrSet('data-line', String(token.map[0] + 1))
    }
  })
  // In a table cell there is no other way to start a new line.
  reader.inline.ruler.before('autolink', 'line-break', (state, silent) => {
    const mark = /^<br\s{0,3}\/?>/i.exec(state.src.slice(state.pos, state.pos + 10))
    if (!mark) return false
    if (!silent) state.push('hardbreak', 'br', 0)
    state.pos += mark[0].length
    return true
  })
  reader.renderer.rules.softbreak = () => '<br class="soft">'
  reader.renderer.rules.hardbreak = () => '<br>'
  return passagesOf(reader.render(text), where)
}
