import { Editor, Extension } from '@tiptap/core'
import { Plugin } from '@tiptap/pm/state'
import { ySyncPlugin, ySyncPluginKey } from '@tiptap/y-tiptap'
import type { Awareness } from 'y-protocols/awareness'
import type * as Y from 'yjs'
import type { History } from '../../shared/document/history.ts'
import type { Language } from '../../shared/domain/agenda.ts'
import { carets } from './carets.ts'
import { compositionHold, readDom } from './composition.ts'
import { faithful } from './faithful.ts'
import { type Asks, keys } from './keys.ts'
import { cleanPaste, parsePlain } from './paste.ts'
import { createRebinding } from './rebinding.ts'
import { proseSchema, type SideWords, safeAddress } from './schema.ts'

/** An editor bound to one text of the document. */
export interface TextBinding {
  readonly editor: Editor
  /** False, too, once it is closed: it may have closed by itself. */
  focused(): boolean
  /** Commits what is being composed and lets go of the document. */
  close(): void
}

/** Why a text has no editor: a newer version has written in it, or something here has failed. */
export type Estrangement = 'newer' | 'broken'

/**
 * Binds an editor to `fragment` inside of `element`, or answers null and calls `estranged` when the text holds what we do
 * not know: binding would delete it for everybody. The same happens later if it comes to hold such a thing: the editor
 * closes, before the binding has seen it; and when an editor fails and no other can be made. Opening and closing write nothing.
 */
export function bindText(options: {
  element: HTMLElement
  fragment: Y.XmlFragment
  awareness: Awareness
  /** Keeps back remote changes until the returned function is called. */
  hold: () => () => void
  /** Milliseconds of stillness after which a composition is committed as it is. */
  leftAfter?: number
  history: History
  language: Language
  singleLine: boolean
  editable: boolean
  label: string
  placeholder: string
  words: SideWords
  asks: Asks
  estranged: (why: Estrangement) => void
}): TextBinding | null {
  const { element, fragment, history, singleLine, language } = options
  let closed = false
  let mounted = false
  const estrange = (why: Estrangement) => {
    if (closed) return
    // What it shows is older than the text by now, and is not read.
    mounted = false
    close()
    options.estranged(why)
  }
  const watch = () => {
    if (!closed && !faithful(fragment, editor.schema)) estrange('newer')
  }
  // Before the binding observes the fragment: the first observer is called first.
  fragment.observeDeep(watch)

  const rebinding = createRebinding(fragment, options.hold, () => estrange('broken'))
  const field = new Plugin({
    props: {
      attributes: (state) => ({
        'aria-multiline': String(!singleLine),
        'aria-label': options.label,
        'aria-readonly': String(!options.editable),
        tabindex: '0',
        ...(singleLine ? { enterkeyhint: 'next' } : {}),
        'aria-placeholder': options.placeholder,
        'data-placeholder': options.placeholder,
        'data-empty': String(state.doc.textContent === '' && state.doc.childCount <= 1),
        lang: language === 'zh' ? 'zh-CN' : 'en',
        spellcheck: String(language === 'en'),
        class: singleLine ? 'text text-line' : 'text text-prose',
      }),
      handleClick: (_view, _position, event) => follow(event, options.editable),
      transformPasted: (slice) => cleanPaste(slice, singleLine),
      clipboardTextParser: (text, _context, _plain, view) => parsePlain(text, view.state.schema, singleLine),
    },
  })
  const binding = Extension.create({
    name: 'binding',
    priority: 1000,
    addProseMirrorPlugins: () => [
      ySyncPlugin(fragment),
      carets(options.awareness, options.words, fragment),
      compositionHold(options.hold, options.leftAfter),
      field,
    ],
  })
  const editor: Editor = new Editor({
    // Mounted below, once it is known that nothing would be lost. Until then there are no plugins, and no binding.
    element: null,
    // A style element would break the content security policy; editor.css has what ProseMirror needs.
    injectCSS: false,
    extensions: [
      ...proseSchema(options.words, singleLine),
      rebinding.extension,
      binding,
      keys({ history, singleLine, asks: options.asks }),
    ],
    editable: options.editable,
    enablePasteRules: false,
  })

  function close() {
    if (closed) return
    closed = true
    fragment.unobserveDeep(watch)
    if (mounted) readDom(editor.view)
    history.boundary()
    editor.destroy()
  }

  watch()
  if (closed) return null
  history.track(ySyncPluginKey)
  try {
    rebinding.mount(editor, element)
  } catch (error) {
    console.error('The editor cannot be bound', error)
    estrange('broken')
    return null
  }
  mounted = true
  return { editor, focused: () => !closed && editor.view.hasFocus(), close }
}

/** A link is followed with Ctrl or Cmd, for a plain click puts the caret into it; where nothing is edited, by any click. */
function follow(event: MouseEvent, editable: boolean): boolean {
  const link = event.target instanceof Element ? event.target.closest('a[href]') : null
  const href = safeAddress(link?.getAttribute('href'))
  if (href === null || (editable && !event.ctrlKey && !event.metaKey)) return false
  event.preventDefault()
  window.open(href, '_blank', 'noopener,noreferrer')
  return true
}
