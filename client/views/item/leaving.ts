import type { ItemId } from '../../../shared/domain/agenda.ts'
import { arriveAt } from '../findings/arrival.ts'

/** The text that was left last, and the item it is of. */
let left: { readonly item: ItemId; readonly selector: string } | null = null

/** Leaves a text with Escape: to the row of its item, or to its page where no outline is in sight. */
export function leaveText(item: ItemId, within: HTMLElement | null): void {
  const field = within?.closest<HTMLElement>('[data-text]')
  if (field) left = { item, selector: `[data-text="${field.dataset.text}"][lang="${field.lang}"]` }
  const row = document.querySelector<HTMLElement>(`[data-item="${CSS.escape(item)}"]`)
  // An empty list of boxes: the row is not displayed.
  if (row && row.getClientRects().length > 0) row.focus()
  else within?.closest('article')?.focus()
}

/** Back into the text of `item` that was left last, or else into its title, once its page is there. */
export function enterText(item: ItemId): void {
  const text = left?.item === item ? left.selector : '[data-text="title"]'
  arriveAt(`[data-found="${CSS.escape(item)}"] ${text} [contenteditable="true"]`)
}
