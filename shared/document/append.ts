import * as Y from 'yjs'

/** Something that a program, not a person, adds to a document. */
export type Append = (doc: Y.Doc) => void

/** The client id under which this process writes. */
const writer = new Y.Doc().clientID

/** The update that `append` adds to the document made of `updates`. */
export function appended(updates: readonly Uint8Array[], append: Append): Uint8Array {
  const doc = new Y.Doc()
  for (const update of updates) Y.applyUpdate(doc, update)
  doc.clientID = writer
  const before = Y.encodeStateVector(doc)
  doc.transact(() => append(doc))
  const update = Y.encodeStateAsUpdate(doc, before)
  doc.destroy()
  return update
}
