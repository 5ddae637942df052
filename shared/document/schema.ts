import * as Y from 'yjs'
import type { ItemId, ItemText, Language } from '../domain/agenda.ts'

/**
 * The version of the document's schema. A client that knows only a lower one must not bind an editor to the document:
 * it would delete what it does not know (P8). Raise it with every node, mark or register that an older client would
 * lose; add the upgrade to `upgrade.ts`, and a fixture of the previous epoch to the tests. The epochs that count are
 * the one that the server stores beside the document, and the one that a device stores beside its copy. The register
 * `epoch` only tells readers of the bytes which schema they were seeded in, since any delegate can set it.
 */
export const EPOCH = 1

/*
 * doc.getMap('meta')      registers of the meeting, and `epoch`
 * doc.getMap('items')     id -> Y.Map: registers, eight texts, `roles` and `readings`
 * doc.getMap('days')      id -> Y.Map of registers
 * doc.getMap('people')    id -> Y.Map of registers
 * doc.getMap('glossary')  id -> Y.Map of registers
 *
 * Deleting sets the register `deleted`; nothing is ever removed, so what somebody else was typing is still there when
 * it is restored. An item's position is one register, `place`, so that two concurrent moves leave it in one place.
 */

export type Root = 'meta' | 'items' | 'days' | 'people' | 'glossary'
export const roots: readonly Root[] = ['meta', 'items', 'days', 'people', 'glossary']

/** The register for an item's position: a day (null for the proposals), and a fractional key within it. */
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

/** The key of one text in one language, within its item. */
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

/** Whether anything of the document has arrived. No register can tell: any writer could remove it. */
export function hasArrived(doc: Y.Doc): boolean {
  return doc.store.clients.size > 0
}
