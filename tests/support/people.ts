import type { Browser, BrowserContext, Locator, Page } from 'playwright-core'
import { sharedBrowser } from './chromium.ts'
import { patience, soon } from './patience.ts'
import { codeFor } from './server.ts'

/** People at real browsers, each in a context of their own: cookies, storage and device are nobody else's. */
export interface People {
  readonly browser: Browser
  /** A person with a browser of their own, still at no page. */
  arrive(options?: Arrival): Promise<Visitor>
  close(): Promise<void>
}

export interface Arrival {
  readonly language?: 'en' | 'zh'
  readonly dark?: boolean
  readonly width?: number
  readonly height?: number
}

export interface Visitor {
  readonly page: Page
  readonly context: BrowserContext
  /** Opens an invitation, gives a name and waits for the agenda. */
  join(link: string, name: string): Promise<void>
  /** Requests to any other origin than the one that was joined: there must be none. */
  readonly foreign: readonly string[]
  /** Uncaught errors and console errors of the page. */
  readonly errors: readonly string[]
}

/**
 * `workers`: with the service worker, which stores the whole app on each new device: twice the work of a visit, for what opens
 * without a network or is updated.
 */
export async function openPeople({ workers = false }: { workers?: boolean } = {}): Promise<People> {
  const browser = await sharedBrowser()
  const contexts = new Set<BrowserContext>()
  return {
    browser,
    async arrive({ language = 'en', dark = false, width = 1440, height = 900 } = {}) {
      const context = await browser.newContext({
        locale: language === 'en' ? 'en-US' : 'zh-CN',
        colorScheme: dark ? 'dark' : 'light',
        viewport: { width, height },
        reducedMotion: 'reduce',
        serviceWorkers: workers ? 'allow' : 'block',
      })
      contexts.add(context)
      context.once('close', () => contexts.delete(context))
      context.setDefaultTimeout(patience)
      const page = await context.newPage()
      const foreign: string[] = []
      const errors: string[] = []
      let origin = ''
      const watch = (url: string) => {
        const { protocol, host } = new URL(url)
        if (['data:', 'blob:', 'about:'].includes(protocol)) return
        if (origin !== '' && host !== new URL(origin).host) foreign.push(url)
      }
      context.on('request', (request) => watch(request.url()))
      page.on('websocket', (socket) => watch(socket.url()))
      page.on('pageerror', (error) => errors.push(String(error)))
      page.on('console', (message) => {
        // A name that is taken is no fault of the page.
        if (message.type() === 'error' && !/409 \(Conflict\)/.test(message.text())) errors.push(message.text())
      })
      return {
        page,
        context,
        foreign,
        errors,
        async join(link, name) {
          origin = new URL(link).origin
          await context.addInitScript(hearken)
          await page.goto(link)
          const continued = page.getByRole('button', { name: /^(Continue as|以“)/ })
          await continued.or(page.getByRole('textbox')).first().waitFor()
          if (await continued.isVisible()) await continued.click()
          else {
            await page.getByRole('textbox').first().fill(name)
            await page.keyboard.press('Enter')
          }
          const taken = page.getByRole('heading', { name: /^(Somebody in this meeting|会议中已有人)/ })
          await Promise.race([page.waitForURL(/\/m\//), taken.waitFor().catch(() => {})])
          if (await taken.isVisible()) {
            // The same person, on another device.
            await page
              .getByRole('textbox')
              .first()
              .fill(await codeFor(new URL(link).hash.slice(1), name))
            await page.keyboard.press('Enter')
          }
          await page.waitForURL(/\/m\//)
          await page.locator('[data-item]').first().or(page.locator('[data-add]').first()).first().waitFor()
        },
      }
    },
    async close() {
      await Promise.all([...contexts].map((context) => context.close()))
    },
  }
}

declare global {
  interface Window {
    heard: Set<string>
  }
}

/** Runs in the page before anything else does: what the page says in a line that soon goes away is not lost. */
function hearken(): void {
  if (window.top !== window) return
  const heard = new Set<string>()
  window.heard = heard
  const listen = () => {
    for (const { textContent } of document.querySelectorAll('[role="status"]')) heard.add(textContent)
  }
  new MutationObserver(listen).observe(document, { subtree: true, childList: true, characterData: true })
}

/** The page says this, or has said it since it was loaded. */
export async function hear(page: Page, words: string): Promise<void> {
  await page.waitForFunction((said) => [...window.heard].some((one) => one.includes(said)), words)
}

/** The word on saving, where it stands: it is read out in another place, too. */
export const savingWord = (page: Page, said: RegExp): Locator =>
  page.locator('header').getByRole('button', { name: said })

/**
 * Those parts of the app have come in, with the scripts and styles that they need. They come one by one in moments of rest,
 * of which a busy machine has few.
 */
export async function partsCome(page: Page, parts: readonly string[]): Promise<void> {
  const addresses = await page.waitForFunction(
    (wanted) => {
      const come = performance.getEntriesByType('resource').map((one) => one.name)
      const found = wanted.map((part) => come.find((name) => name.includes(`/${part}-`) && name.endsWith('.js')))
      return found.every((one) => one !== undefined) && found
    },
    parts,
    { timeout: 2 * patience },
  )
  // As text: what builds the tests would make an import of its own of it.
  const imported = page.evaluate(`Promise.all([
    ...${JSON.stringify(await addresses.jsonValue())}.map((address) => import(address)),
    ...[...document.querySelectorAll('link[rel=stylesheet]')].map((link) => link.sheet !== null ||
      new Promise((resolve) => { link.addEventListener('load', resolve); link.addEventListener('error', resolve) })),
  ]).then(() => undefined)`)
  await soon(`what ${parts.join(', ')} need`, imported)
}

/** How many edits of this device its copy knows of, that no echo has covered. */
export function unsent(page: Page): Promise<number> {
  return page.evaluate(async () => {
    let edits = 0
    for (const { name = '' } of await indexedDB.databases()) {
      if (!name.includes(':agenda:')) continue
      const entries = await new Promise<{ made: number; committed: number }[]>((resolve, reject) => {
        const opening = indexedDB.open(name)
        opening.onerror = reject
        opening.onsuccess = () => {
          const asking = opening.result.transaction('visits').objectStore('visits').getAll()
          asking.onsuccess = () => {
            opening.result.close()
            resolve(asking.result)
          }
          asking.onerror = reject
        }
      })
      for (const { made, committed } of entries) edits += made - committed
    }
    return edits
  })
}
