import type { CDPSession, Page } from 'playwright-core'

/** An input method: what is composed stands in the text until it is committed. Offsets are UTF-16. */
export interface InputMethod {
  compose(letters: string): Promise<void>
  commit(text: string): Promise<void>
  /** Takes back what is composed, as Escape does. */
  abandon(): Promise<void>
}

export async function inputMethod(page: Page): Promise<InputMethod> {
  const session: CDPSession = await page.context().newCDPSession(page)
  // Several pages compose at once; each is to believe that it has the focus.
  await session.send('Emulation.setFocusEmulationEnabled', { enabled: true })
  return {
    async compose(letters) {
      await session.send('Input.imeSetComposition', {
        text: letters,
        selectionStart: letters.length,
        selectionEnd: letters.length,
      })
    },
    async commit(text) {
      await session.send('Input.insertText', { text })
    },
    async abandon() {
      await session.send('Input.imeSetComposition', { text: '', selectionStart: 0, selectionEnd: 0 })
    },
  }
}
