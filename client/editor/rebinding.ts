import { type Editor, Extension } from '@tiptap/core'
import { type EditorState, Plugin, TextSelection } from '@tiptap/pm/state'
import type { EditorView } from '@tiptap/pm/view'
import {
  type ProsemirrorBinding,
  relativePositionToAbsolutePosition,
  updateYFragment,
  ySyncPluginKey,
} from '@tiptap/y-tiptap'
import type * as Y from 'yjs'

/* The binding writes all that an editor holds at every change of its state, even of the selection. If a plugin,
 * decoration or node view throws while somebody else's edit is applied, the editor lacks that edit, and its user's
 * next key deletes it for everybody. So after every change of the document we check that the editor has it, and
 * anything thrown ends the view at once. A new view, with new plugins and a new binding, is made from the document,
 * as when a text is opened. */

export interface Rebinding {
  /** Must be among the extensions, before the binding. */
  readonly extension: Extension
  /** Binds the editor for the first time. Throws if it cannot show the text. */
  mount(editor: Editor, element: HTMLElement): void
}

/** The text as its user has just edited it, in an editor that showed all of the document. */
type Own = Pick<EditorState, 'doc' | 'selection'>

/**
 * `hold` queues remote changes until the returned function is called. `failed` is called when no new view can be made;
 * nothing is bound then.
 */
export function createRebinding(fragment: Y.XmlFragment, hold: () => () => void, failed: () => void): Rebinding {
  const doc = fragment.doc as Y.Doc
  let sync: ProsemirrorBinding | null = null
  /** Null while a view is being made: errors then go to whoever makes it. */
  let bound: { readonly editor: Editor; readonly bind: () => void } | null = null

  function mend(error: unknown, own: Own | null) {
    if (bound === null || sync === null) throw error
    console.error('The editor is bound anew', error)
    const { editor, bind } = bound
    const { selection } = own ?? editor.state
    const ends = sync.beforeTransactionSelection
    const focused = editor.view.hasFocus()
    // Destroying the view ends the hold of a composition, but what waits must come in after the next view exists.
    const release = hold()
    const before = bound
    bound = null
    try {
      sync.destroy()
      if (own !== null) doc.transact(() => updateYFragment(doc, fragment, own.doc, sync!), ySyncPluginKey)
      editor.unmount()
      bind()
      const { state, view } = editor
      const end = (relative: unknown, absolute: number) => {
        const found = relative ? relativePositionToAbsolutePosition(doc, fragment, relative, sync!.mapping) : null
        return state.doc.resolve(Math.min(found ?? absolute, state.doc.content.size))
      }
      const [anchor, head] = [end(ends?.anchor, selection.anchor), end(ends?.head, selection.head)]
      view.dispatch(state.tr.setSelection(TextSelection.between(anchor, head)))
      if (focused) view.focus()
      bound = before
    } catch (again) {
      console.error('The editor cannot be bound', again)
      sync.destroy()
      failed()
    } finally {
      queueMicrotask(release)
    }
  }

  /** Whether the editor shows the document. The binding maps each block to the node made from it, or the reverse. */
  function shows({ doc: shown }: EditorState): boolean {
    const blocks = fragment.toArray()
    return (
      shown.childCount === blocks.length &&
      blocks.every((block, index) => sync?.mapping.get(block) === shown.child(index))
    )
  }

  function watch(view: EditorView) {
    const binding: ProsemirrorBinding = ySyncPluginKey.getState(view.state).binding
    sync = binding
    const { _observeFunction: show, beforeAllTransactions: note } = binding
    binding._observeFunction = (events: unknown, transaction: Y.Transaction) => {
      // The binding ignores changes while it renders or writes, since they should be its own.
      let passes = transaction.origin !== ySyncPluginKey
      binding.mux(() => {
        passes = false
      })
      try {
        show(events, transaction)
        // A view in the making is checked when it is finished, and one that has failed by now has been replaced.
        if (bound === null || binding.prosemirrorView === null) return
        if (passes || !shows(view.state)) throw new Error('The editor does not show an edit')
      } catch (error) {
        mend(error, null)
      }
    }
    binding.beforeAllTransactions = () => {
      try {
        note()
      } catch (error) {
        // Rethrown, it would leave the document in a transaction for good. Only the caret is lost here.
        console.error(error)
      }
    }
    const update = view.updateState
    view.updateState = (state) => {
      try {
        update.call(view, state)
      } catch (error) {
        mend(error, ySyncPluginKey.getState(state).isChangeOrigin ? null : state)
      }
    }
    return {}
  }

  const extension = Extension.create({
    name: 'rebinding',
    priority: 1050,
    dispatchTransaction({ transaction, next }) {
      const { doc: shown } = this.editor.state
      try {
        next(transaction)
      } catch (error) {
        // A transaction that started from another state has changed nothing.
        if (!transaction.before.eq(shown)) throw error
        mend(error, transaction.getMeta(ySyncPluginKey)?.isChangeOrigin ? null : transaction)
      }
    },
    addProseMirrorPlugins: () => [new Plugin({ view: watch })],
  })

  return {
    extension,
    mount(editor, element) {
      const blank = editor.state
      const bind = () => {
        editor.view.updateState(blank)
        editor.mount(element)
        if (!shows(editor.state)) throw new Error('The editor does not show its text')
      }
      try {
        bind()
      } catch (error) {
        sync?.destroy()
        throw error
      }
      bound = { editor, bind }
    },
  }
}
