import MarkdownIt from 'markdown-it'
import { passagesOf } from './html.ts'
import type { Passage } from './passage.ts'
import type { Whereabouts } from './whereabouts.ts'

/** Levels of lists and quotations that markdown-it looks into. */
const deepest = 30

/**
 * Markdown, with tables; HTML in it is text. Every block says in `data-line` on which line it begins, unless
 * all of it stands in one place of a larger file (`where`).
 */
export function markdownPassages(text: string, where: Whereabouts | null = null): Passage[] {
  const reader = new MarkdownIt({ html: false, linkify: false, typographer: false, breaks: true })
  // Quotation marks become nothing else, and addresses that no browser should open stay text.
  reader.disable(['code', 'image', 'html_block', 'html_inline'])
  reader.set({ maxNesting: deepest })
  reader.core.ruler.push('lines', (state) => {
    for (const token of state.tokens) {
      if (token.map && token.nesting >= 0) token.attrSet('data-line', String(token.map[0] + 1))
    }
  })
  // In the cell of a table there is no other way to begin a line.
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
