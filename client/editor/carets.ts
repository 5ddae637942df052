import type { Plugin } from '@tiptap/pm/state'
import type { DecorationAttrs, EditorView } from '@tiptap/pm/view'
import { yCursorPlugin } from '@tiptap/y-tiptap'
import type { Awareness } from 'y-protocols/awareness'
import * as Y from 'yjs'
import { caretOf, type RelativePosition } from '../../shared/wire/caret.ts'
import type { SideWords } from './schema.ts'

/** What the server puts into a person's awareness. A stock client, or an old server, may say less. */
interface Somebody {
  readonly id?: unknown
  readonly name?: unknown
  readonly side?: unknown
}

/** Degrees of hue by which people of one side differ: visible, but too little to look like the other side. */
const spread = 24

/** How long the name is shown, ms. */
const introduction = 2_000

/**
 * Others' carets and selections. A side is shown by a mark (square, round), a label and a hue. The name shows for two
 * seconds when the caret appears, and again under the pointer.
 */
export function carets(awareness: Awareness, words: SideWords, fragment: Y.XmlFragment): Plugin {
  const shown = new Map<number, HTMLElement>()
  const plugin: Plugin = yCursorPlugin(awareness, {
    awarenessStateFilter: (own: number, client: number, state: unknown) => client !== own && standsIn(fragment, state),
    cursorBuilder(user: Somebody, client: number) {
      // ProseMirror calls this whenever the text beside the caret changes. The element in the page is reused, so that
      // nothing moves beside a composition and the name does not reappear at every letter.
      const present = shown.get(client)
      const element = present?.isConnected ? present : introduce(document.createElement('span'))
      shown.set(client, element)
      return dress(element, user, words)
    },
    selectionBuilder: (user: Somebody): DecorationAttrs => ({ class: 'caret-range', 'data-side': sideOf(user) ?? '' }),
  })
  let view: EditorView | null = null
  const { state, view: openView } = plugin.spec
  if (state !== undefined) {
    const apply = state.apply
    // Redrawing a widget beside a composition ends it, so until then carets only move along with the text.
    state.apply = function (transaction, carets, before, after) {
      return view?.composing
        ? carets.map(transaction.mapping, transaction.doc)
        : apply.call(this, transaction, carets, before, after)
    }
  }
  plugin.spec.view = (opened) => {
    view = opened
    const inner = openView?.call(plugin, opened)
    const makeRooms = () => {
      for (const one of shown.values()) if (one.dataset.introduced === 'no') makeRoom(one)
    }
    makeRooms()
    return {
      ...inner,
      update(...change) {
        inner?.update?.(...change)
        makeRooms()
      },
    }
  }
  return plugin
}

/**
 * Whether somebody with this awareness `state` has the caret in `fragment`. The plugin is shown no other states: it
 * assumes that it has written them itself, and throws on malformed ones.
 */
function standsIn(fragment: Y.XmlFragment, state: unknown): boolean {
  const { cursor, user } = (state ?? {}) as { cursor?: unknown; user?: Record<string, unknown> | null }
  const caret = caretOf(cursor)
  if (caret === null || (user && (typeof user !== 'object' || typeof (user.color ?? '') !== 'string'))) return false
  return isWithin(fragment, caret.anchor) && isWithin(fragment, caret.head)
}

function isWithin(fragment: Y.XmlFragment, position: RelativePosition): boolean {
  const doc = fragment.doc as Y.Doc
  // Looking up a missing root would create it.
  if (position.item === null && position.tname !== null && !doc.share.has(position.tname)) return false
  try {
    const at = Y.createAbsolutePositionFromRelativePosition(Y.createRelativePositionFromJSON(position), doc)
    return at !== null && (at.type === fragment || Y.isParentOf(fragment, at.type._item))
  } catch {
    return false
  }
}

function introduce(element: HTMLElement): HTMLElement {
  element.dataset.introduced = 'no'
  element.addEventListener('pointerenter', () => makeRoom(element))
  setTimeout(() => {
    element.dataset.introduced = 'yes'
  }, introduction)
  return element
}

/** Sets how far the name may reach to the right before it leaves the text. */
function makeRoom(element: HTMLElement): void {
  const text = element.closest('.text')
  if (text === null) return
  const room = text.getBoundingClientRect().right - element.getBoundingClientRect().left
  element.style.setProperty('--caret-room', `${Math.floor(room)}px`)
}

function dress(element: HTMLElement, user: Somebody, words: SideWords): HTMLElement {
  const side = sideOf(user)
  const name = typeof user.name === 'string' ? user.name.slice(0, 80) : ''
  element.classList.add('caret')
  element.dataset.side = side ?? ''
  // Shown through CSS, so that the name is not part of the text that is read out or copied.
  element.dataset.name = side === null ? name : `${words[side]} · ${name}`
  element.style.setProperty('--caret-shift', `${shiftOf(user.id)}deg`)
  element.setAttribute('aria-hidden', 'true')
  return element
}

function sideOf(user: Somebody): 'us' | 'cn' | null {
  return user.side === 'us' || user.side === 'cn' ? user.side : null
}

/** The hue shift of a person, the same everywhere, between -spread/2 and spread/2. */
function shiftOf(id: unknown): number {
  let hash = 0
  for (const letter of typeof id === 'string' ? id : '') hash = (hash * 31 + letter.charCodeAt(0)) % 997
  return Math.round((hash / 997 - 0.5) * spread)
}
