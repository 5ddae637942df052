import { Extension } from '@tiptap/core'
import { Plugin, TextSelection } from '@tiptap/pm/state'
import type { EditorView } from '@tiptap/pm/view'
import type { History } from '../../shared/document/history.ts'
import { marks, nodes } from '../../shared/document/schema.ts'
import { readDom } from './composition.ts'

/** What the editor asks of the field around it. */
export interface Asks {
  undo(): void
  redo(): void
  /** Enter at the end of a single line. */
  enter(): void
  /** Escape: leave the text. */
  leave(): void
  /** An arrow key that would leave a single line. False leaves the caret where it is. */
  arrowOut(direction: 'up' | 'down'): boolean
  /** Ask for the address of the link at the selection. */
  link(): void
  /** What was typed or pasted is more than the text may hold, and was not taken. */
  full(): void
}

/** Keyboard shortcuts of a text. Undo and redo apply to the whole agenda, not to this field alone. */
export function keys(options: { history: History; singleLine: boolean; asks: Asks }): Extension {
  const { history, singleLine, asks } = options
  return Extension.create({
    name: 'keys',
    priority: 1100,
    addKeyboardShortcuts() {
      const { editor } = this
      const asking = (ask: () => void) => () => {
        ask()
        return true
      }
      const arrow = (direction: 'up' | 'down') => () =>
        editor.state.selection.empty && editor.view.endOfTextblock(direction) && asks.arrowOut(direction)
      const all = () => {
        const { tr } = editor.state
        // A text selection, so that deleting it leaves a paragraph, and two people who start again share it.
        const from = TextSelection.atStart(tr.doc)
        const to = TextSelection.atEnd(tr.doc)
        editor.view.dispatch(tr.setSelection(TextSelection.between(from.$from, to.$to)))
        return true
      }
      const always = {
        'Mod-z': asking(asks.undo),
        'Mod-y': asking(asks.redo),
        'Mod-Shift-z': asking(asks.redo),
        'Mod-a': all,
        Escape: asking(asks.leave),
      }
      if (singleLine) {
        const enter = () => {
          // The caret may just have moved: the browser tells of it after the key that moved it.
          readDom(editor.view)
          const { selection, doc } = editor.state
          // Elsewhere Enter would split a line; a title has nothing to split, so it is left as it is.
          if (selection.empty && selection.from === TextSelection.atEnd(doc).from) asks.enter()
          return true
        }
        return {
          ...always,
          Enter: enter,
          'Shift-Enter': enter,
          'Mod-Enter': enter,
          ArrowUp: arrow('up'),
          ArrowDown: arrow('down'),
        }
      }
      const splitItem = () => editor.commands.splitListItem(nodes.listItem)
      const sink = () => editor.commands.sinkListItem(nodes.listItem) || editor.isActive(nodes.listItem)
      const lift = () => editor.commands.liftListItem(nodes.listItem)
      const liftFirst = () => {
        const { $from, empty } = editor.state.selection
        const first = empty && $from.parentOffset === 0 && $from.depth > 1 && $from.index(-1) === 0
        return first && $from.node(-1).type.name === nodes.listItem && lift()
      }
      return {
        ...always,
        'Mod-b': () => editor.commands.toggleMark(marks.bold),
        'Mod-i': () => editor.commands.toggleMark(marks.italic),
        'Mod-Shift-x': () => editor.commands.toggleMark(marks.strike),
        'Mod-Shift-k': asking(asks.link),
        'Mod-Shift-7': () => editor.commands.toggleList(nodes.orderedList, nodes.listItem),
        'Mod-Shift-8': () => editor.commands.toggleList(nodes.bulletList, nodes.listItem),
        Enter: splitItem,
        // The schema has no hard break: a new line is a paragraph.
        'Shift-Enter': () => editor.commands.splitBlock(),
        Backspace: liftFirst,
        Tab: sink,
        'Shift-Tab': lift,
      }
    },
    addProseMirrorPlugins() {
      return [
        new Plugin({
          props: {
            handleDOMEvents: {
              keydown: (view, event) => {
                if (event.key.length === 1 && !event.ctrlKey && !event.metaKey) giveParagraph(view)
                else if (event.keyCode === 229) giveParagraph(view)
                return false
              },
              beforeinput: (view, event) => {
                // Undo from a menu, or by shaking a phone.
                if (event.inputType === 'historyUndo' || event.inputType === 'historyRedo') {
                  event.preventDefault()
                  if (event.inputType === 'historyUndo') asks.undo()
                  else asks.redo()
                  return true
                }
                giveParagraph(view)
                return false
              },
              focus: () => {
                history.boundary()
                return false
              },
            },
          },
        }),
      ]
    },
  })
}

/** Concurrent edits may have deleted all paragraphs of a text. The first key adds one; opening the text does not. */
function giveParagraph(view: EditorView) {
  const { state } = view
  const paragraph = state.schema.nodes[nodes.paragraph]
  if (!view.editable || state.doc.childCount > 0 || paragraph === undefined) return
  const tr = state.tr.insert(0, paragraph.create())
  view.dispatch(tr.setSelection(TextSelection.create(tr.doc, 1)))
}
