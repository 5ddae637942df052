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

/*
 * The binding writes all that an editor holds at every change of its state, even of the selection. If a plugin, a decoration
 * or a node view throws while an edit of somebody else's is applied, the editor lacks the edit, and its owner's next key
 * deletes it for everybody. So every change of the document is followed by a look at whether the editor has it, and whatever
 * throws ends the view at once. A new one, with new plugins and a new binding, is made of the document, as when a text is
 * opened.
 */

export interface Rebinding {
  /** Belongs among the extensions, before the binding. */
  readonly extension: Extension
  /** Binds the editor for the first time. Throws when it cannot show the text. */
  mount(editor: Editor, element: HTMLElement): void
}

/** The text as its owner has just made it, where the editor had shown all of the document. */
type Own = Pick<EditorState, 'doc' | 'selection'>

/**
 * `hold` keeps back remote changes until the returned function is called. `failed` is called when no new view can be made;
 * nothing is bound then.
 */
export function createRebinding(fragment: Y.XmlFragment, hold: () => () => void, failed: () => void): Rebinding {
  const doc = fragment.doc as Y.Doc
  let sync: ProsemirrorBinding | null = null
  /** Null while a view is being made: what throws then goes to whoever makes it. */
  let bound: { readonly editor: Editor; readonly bind: () => void } | null = null

  function mend(error: unknown, own: Own | null) {
    if (bound === null || sync === null) throw error
    console.error('The editor is bound anew', error)
    const { editor, bind } = bound
    const { selection } = own ?? editor.state
    const ends = sync.beforeTransactionSelection
    const focused = editor.view.hasFocus()
    // Destroying the view ends the hold of a composition; what waits is to come in when the next view is there.
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

  /** The binding maps every block of the document to the node that it has made of it, or made it of. */
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
      // The binding passes over what happens while it renders or writes, since that should be its own.
      let passes = transaction.origin !== ySyncPluginKey
      binding.mux(() => {
        passes = false
      })
      try {
        show(events, transaction)
        // A view that is being made is looked at when it is there, and one that has failed by now has been replaced.
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
        // Thrown on, it would leave the document in a transaction for good. Here only the caret is lost.
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
        // A transaction of another state has changed nothing.
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
