import * as Y from 'yjs'

/**
 * Brings an agenda from one epoch to the next. It only adds: what older clients wrote while they were away comes in after it,
 * in the older shape, so readers and upgrades of every later epoch go on understanding that. What moves to another register
 * is read from the older one where there is no newer.
 */
export type Upgrade = (doc: Y.Doc) => void

/** The first is the one from epoch 1 to 2. Servers alone carry them out, before they serve; `EPOCH` is one more than there are. */
export const upgrades: readonly Upgrade[] = []

const upgradeOrigin: { readonly name: string } = { name: 'upgrade' }

/** What the agenda that `updates` make is to be given: the update of all `steps` together, or null when they change nothing. */
export function upgradeOf(updates: readonly Uint8Array[], steps: readonly Upgrade[]): Uint8Array | null {
  if (steps.length === 0) return null
  const doc = new Y.Doc()
  for (const update of updates) Y.applyUpdate(doc, update)
  let made: Uint8Array | null = null
  doc.on('update', (update: Uint8Array) => {
    made = update
  })
  doc.transact(() => {
    for (const step of steps) step(doc)
  }, upgradeOrigin)
  doc.destroy()
  return made
}
