import * as Y from 'yjs'

/** What is added to a document by a program, and no person. */
export type Append = (doc: Y.Doc) => void

/** The client id under which this process writes. */
const writer = new Y.Doc().clientID

/** The update of what `append` adds to the document that `updates` make. */
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
