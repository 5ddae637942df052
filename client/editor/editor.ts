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
import { limit } from './limit.ts'
import { cleanPaste, parsePlain } from './paste.ts'
import { readablePaste } from './pastedhtml.ts'
import { createRebinding } from './rebinding.ts'
import { proseSchema, type SideWords, safeAddress } from './schema.ts'
import { isUnbroken } from './unbroken.ts'

/** An editor bound to one text of the document. */
export interface TextBinding {
  readonly editor: Editor
  /** False once it is closed, too: it may have closed by itself. */
  focused(): boolean
  /** Commits the composition and detaches from the document. */
  close(): void
}

/** Why a text has no editor: a newer version has written in it, or an editor has failed. */
export type Estrangement = 'newer' | 'broken'

/**
 * Binds an editor to `fragment` inside `element`. Returns null and calls `estranged` if the text holds something
 * unknown, which binding would delete for everybody. If that comes in later, the editor closes before the binding sees
 * it. It also closes when an editor fails and no new one can be made. Opening and closing write nothing.
 */
export function bindText(options: {
  element: HTMLElement
  fragment: Y.XmlFragment
  awareness: Awareness
  /** Queues remote changes until the returned function is called. */
  hold: () => () => void
  /** Quiet milliseconds after which a composition is committed as it is. */
  leftAfter?: number
  history: History
  language: Language
  singleLine: boolean
  /** Characters that may be typed. */
  most: number
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
    // The editor shows an older text by now, so it must not be read.
    mounted = false
    close()
    options.estranged(why)
  }
  const watch = () => {
    if (!closed && !faithful(fragment, editor.schema)) estrange('newer')
  }
  // Before the binding does: the first observer is called first.
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
        class: `text ${singleLine ? 'text-line' : 'text-prose'}${isUnbroken(state.doc.textContent) ? ' unbroken' : ''}`,
      }),
      handleClick: (_view, _position, event) => follow(event, options.editable),
      transformPastedHTML: readablePaste,
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
      compositionHold(options.hold, history, options.leftAfter),
      limit(options.most, options.asks.full),
      field,
    ],
  })
  const editor: Editor = new Editor({
    // Mounted below, once it is certain that nothing would be lost. Until then there are no plugins and no binding.
    element: null,
    // A style element would violate the content security policy; editor.css has what ProseMirror needs.
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

/** Follows a link on Ctrl- or Cmd-click, since a plain click puts the caret into it; in read-only text on any click. */
function follow(event: MouseEvent, editable: boolean): boolean {
  const link = event.target instanceof Element ? event.target.closest('a[href]') : null
  const href = safeAddress(link?.getAttribute('href'))
  if (href === null || (editable && !event.ctrlKey && !event.metaKey)) return false
  event.preventDefault()
  window.open(href, '_blank', 'noopener,noreferrer')
  return true
}
