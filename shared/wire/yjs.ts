import * as Y from 'yjs'

/* Where Yjs, as published, believes what a stranger sends. It is mended for every document of this process. */

/*
 * Yjs joins values that follow each other in a list by copying them anew for each, and keeps every copy until it is done:
 * 25,000 of them take 2.5 GB, here and in every browser. None of our documents has such lists, so whoever makes one means harm.
 */
for (const content of [Y.ContentAny, Y.ContentJSON]) content.prototype.mergeWith = () => false

/*
 * An item that was put between two others has both for neighbours, and all three are of one list. Where somebody names a
 * right neighbour in another one, Yjs drops the item once that is deleted and collected, and with it all that others have
 * written behind it. Here such a neighbour is none.
 */
const { getMissing } = Y.Item.prototype
Y.Item.prototype.getMissing = function (transaction, store) {
  const missing = getMissing.call(this, transaction, store)
  const { left, right } = this
  if (missing === null && left instanceof Y.Item && right !== null && right.parent !== left.parent) {
    this.right = null
    this.rightOrigin = null
    this.parent = left.parent
    this.parentSub = left.parentSub
  }
  return missing
}
