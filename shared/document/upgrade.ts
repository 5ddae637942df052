import * as Y from 'yjs'

/**
 * Upgrades an agenda from one epoch to the next. It only adds. Updates that older clients made offline arrive after it,
 * in the older shape, so readers and upgrades of every later epoch must still understand that. A register that moved is
 * read from its old place where the new one is empty.
 */
export type Upgrade = (doc: Y.Doc) => void

/** The first goes from epoch 1 to 2. Only servers run them, before they serve; `EPOCH` is their number plus one. */
export const upgrades: readonly Upgrade[] = []

const upgradeOrigin: { readonly name: string } = { name: 'upgrade' }

/** The update of all `steps` together for the agenda that `updates` make; null when they change nothing. */
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
