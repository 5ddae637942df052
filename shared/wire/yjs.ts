import * as Y from 'yjs'

/* Patches Yjs, as published, where it trusts what a stranger sends. They apply to every document of this process. */

/*
 * Yjs joins consecutive values of a list by copying them anew for each, and keeps every copy until it is done: 25,000
 * of them take 2.5 GB, here and in every browser. Our documents have no such lists; whoever makes one is hostile.
 */
for (const content of [Y.ContentAny, Y.ContentJSON]) content.prototype.mergeWith = () => false

/*
 * An item inserted between two others has both as neighbours, and all three are in one list. If an item names a right
 * neighbour in another list, Yjs drops the item once that neighbour is deleted and collected, along with all that
 * others wrote behind it. Here such a neighbour is ignored.
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

/*
 * An item is compared with those that claim a place between the same two others. For thousands of items this takes
 * minutes. The steps can be counted, and limited where content in an approximate order is better than none.
 */
interface Count {
  steps: number
  readonly most: number
}

let count: Count | null = null

/**
 * Runs `work` and counts the comparisons by which Yjs places items. After `most`, each item goes right behind its left
 * neighbour: everything is there, but perhaps in another order than elsewhere. Such a document is for reading only.
 */
export function counted<T>(
  work: () => T,
  most: number = Number.POSITIVE_INFINITY,
): { readonly result: T; readonly steps: number } {
  const before = count
  const own = { steps: 0, most }
  count = own
  try {
    const result = work()
    return { result, steps: own.steps }
  } finally {
    count = before
  }
}

const { integrate } = Y.Item.prototype
Y.Item.prototype.integrate = function (transaction, offset) {
  if (count !== null && offset === 0 && this.parent instanceof Y.AbstractType) {
    const left = count.most - count.steps
    if (left > 0) count.steps += comparisonsOf(this, this.parent, transaction.doc.store, left)
    if (count.steps >= count.most) standAtOnce(this, this.parent)
  }
  integrate.call(this, transaction, offset)
}

type Parent = Y.AbstractType<unknown>

/** The comparisons that `integrate` makes, including the steps to where it begins. Counting stops at `most`. */
function comparisonsOf(item: Y.Item, parent: Parent, store: Y.Doc['store'], most: number): number {
  let steps = 0
  let other: Y.Item | null
  if (item.left !== null) {
    if (item.left.right === item.right) return 0
    other = item.left.right
  } else {
    other = firstOf(item, parent)
    if (item.parentSub !== null) for (let at = other; at !== null && steps < most; at = at.right) steps += 1
    if (item.right !== null && item.right.left === null) return steps
  }
  const passed = new Set<Y.Item | Y.GC>()
  let open = new Set<Y.Item | Y.GC>()
  for (; other !== null && other !== item.right && steps < most; other = other.right) {
    steps += 1
    passed.add(other)
    open.add(other)
    if (Y.compareIDs(item.origin, other.origin)) {
      if (other.id.client < item.id.client) open = new Set()
      else if (Y.compareIDs(item.rightOrigin, other.rightOrigin)) break
    } else {
      const origin = other.origin && Y.getItem(store, other.origin)
      if (origin === null || !passed.has(origin)) break
      if (!open.has(origin)) open = new Set()
    }
  }
  return steps
}

function firstOf({ parentSub }: Y.Item, parent: Parent): Y.Item | null {
  if (parentSub === null) return parent._start
  let first = parent._map.get(parentSub) ?? null
  while (first !== null && first.left !== null) first = first.left
  return first
}

/** Makes the neighbours of an item adjacent, so that nothing is compared. */
function standAtOnce(item: Y.Item, parent: Parent): void {
  if (item.parentSub !== null) item.left = parent._map.get(item.parentSub) ?? null
  item.right = item.left === null ? parent._start : item.left.right
  if (item.parentSub !== null) item.right = null
}
