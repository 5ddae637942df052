/** Where the caret was when a meeting was reopened while somebody was typing. */
export interface CaretPlace {
  readonly text: string
  readonly lang: string
  /** Characters behind the caret: new text goes in before them. */
  readonly behind: number
}

/** Null when no text has the focus. */
export function caretPlace(): CaretPlace | null {
  const field = document.activeElement?.closest<HTMLElement>('[data-text]')
  const editor = field?.querySelector('.ProseMirror')
  const selection = document.getSelection()
  if (!field || !editor || !selection || selection.rangeCount === 0) return null
  const behind = document.createRange()
  behind.selectNodeContents(editor)
  const { endContainer, endOffset } = selection.getRangeAt(0)
  behind.setStart(endContainer, endOffset)
  return { text: field.dataset.text ?? '', lang: field.lang, behind: behind.toString().length }
}

/** Milliseconds. */
const patience = 5000
const look = 50

/** Restores the caret as soon as the text can be edited, unless the focus has moved elsewhere. */
export async function returnTo({ text, lang, behind }: CaretPlace): Promise<void> {
  for (let waited = 0; waited < patience; waited += look) {
    const { activeElement } = document
    if (activeElement !== null && activeElement !== document.body) return
    const editor = document.querySelector<HTMLElement>(`[data-text="${text}"][lang="${lang}"] .ProseMirror`)
    if (editor?.isContentEditable) return setCaret(editor, behind)
    await new Promise((resolve) => setTimeout(resolve, look))
  }
}

function setCaret(editor: HTMLElement, behind: number): void {
  editor.focus()
  let left = (editor.textContent ?? '').length - behind
  const walker = document.createTreeWalker(editor, NodeFilter.SHOW_TEXT)
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const { length } = node.textContent ?? ''
    if (left <= length) {
      document.getSelection()?.collapse(node, Math.max(0, left))
      return
    }
    left -= length
  }
}
