import { Plugin } from '@tiptap/pm/state'
import { ySyncPluginKey } from '@tiptap/y-tiptap'

/**
 * Keeps what one types or pastes within `most` characters. Others' edits and a composition pass: the reader of the
 * document cuts what they make too long. `full` is called when something was not taken.
 */
export function limit(most: number, full: () => void): Plugin {
  return new Plugin({
    filterTransaction(tr, state) {
      // The size counts tags, too, and is there without reading the text.
      if (!tr.docChanged || tr.doc.content.size <= most || tr.getMeta(ySyncPluginKey) || tr.getMeta('composition')) {
        return true
      }
      const after = tr.doc.textContent.length
      if (after <= most || after <= state.doc.textContent.length) return true
      full()
      return false
    },
  })
}
