import * as Y from 'yjs'
import type { ItemId, ItemText, Language } from '../domain/agenda.ts'

/**
 * The version of the document's shape. A client that knows a lower one must not bind an editor to the document:
 * what it does not know it would delete (P8). Raise it with every node, mark or register that an older client would lose:
 * add the upgrade to `upgrade.ts`, and a fixture of the epoch before to the tests. What decides is the epoch that the server
 * stores beside the document, and the one that a device stores beside its copy; the register `epoch` only tells whoever
 * reads the bytes which shape they were seeded in, since any delegate can set it.
 */
export const EPOCH = 1

/*
 * doc.getMap('meta')      registers of the meeting, and `epoch`
 * doc.getMap('items')     id -> Y.Map: registers, eight texts, `roles` and `readings`
 * doc.getMap('days')      id -> Y.Map of registers
 * doc.getMap('people')    id -> Y.Map of registers
 * doc.getMap('glossary')  id -> Y.Map of registers
 *
 * Deleting sets the register `deleted`; nothing is ever taken out, so what somebody else was typing is still there when
 * it is restored. Where an item is, is the one register `place`, so that two moves at once leave it in one place.
 */

export type Root = 'meta' | 'items' | 'days' | 'people' | 'glossary'
export const roots: readonly Root[] = ['meta', 'items', 'days', 'people', 'glossary']

/** The register of an item that says where it is: a day (null for the proposals), and a fractional key within it. */
export interface Placed {
  readonly day: string | null
  readonly order: string
}

/** The ProseMirror names of the nodes and marks that texts are made of. The editor's schema uses just these. */
export const nodes = {
  paragraph: 'paragraph',
  bulletList: 'bulletList',
  orderedList: 'orderedList',
  listItem: 'listItem',
  bracket: 'bracket',
  alternative: 'alternative',
} as const
export const marks = { bold: 'bold', italic: 'italic', strike: 'strike', link: 'link' } as const

/** The key, within an item, of one text in one language. */
export function fragmentKey(text: ItemText, language: Language): string {
  return `${text}.${language}`
}

/** Where a text is: in an item of the agenda, or a root that is one text, of a document beside it. */
export type TextPlace =
  | { readonly item: ItemId; readonly text: ItemText; readonly language: Language }
  | { readonly root: string }

/** The live text that an editor binds to, or null when the document does not (yet) hold it. */
export function fragmentAt(doc: Y.Doc, place: TextPlace): Y.XmlFragment | null {
  return 'root' in place ? doc.getXmlFragment(place.root) : itemFragment(doc, place.item, place.text, place.language)
}

/** The live text of an item, or null when the document does not (yet) hold that item. */
export function itemFragment(doc: Y.Doc, id: ItemId, text: ItemText, language: Language): Y.XmlFragment | null {
  const item = doc.getMap('items').get(id)
  const fragment = item instanceof Y.Map ? item.get(fragmentKey(text, language)) : undefined
  return fragment instanceof Y.XmlFragment ? fragment : null
}

/** Whether anything of the document has arrived. No register tells that: whoever may write could take it away. */
export function hasArrived(doc: Y.Doc): boolean {
  return doc.store.clients.size > 0
}
