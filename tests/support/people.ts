import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'

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

/** What keeps Chromium from calling home, and lets it run as root in a container. */
export const chromiumArguments: readonly string[] = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export async function openPeople(): Promise<People> {
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: [...chromiumArguments] })
  return {
    browser,
    async arrive({ language = 'en', dark = false, width = 1440, height = 900 } = {}) {
      const context = await browser.newContext({
        locale: language === 'en' ? 'en-US' : 'zh-CN',
        colorScheme: dark ? 'dark' : 'light',
        viewport: { width, height },
        reducedMotion: 'reduce',
      })
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
        if (message.type() === 'error') errors.push(message.text())
      })
      return {
        page,
        context,
        foreign,
        errors,
        async join(link, name) {
          origin = new URL(link).origin
          await page.goto(link)
          await page.getByRole('textbox').first().fill(name)
          await page.keyboard.press('Enter')
          await page.waitForURL(/\/m\//)
          await page.locator('[data-item]').first().or(page.locator('[data-add]').first()).first().waitFor()
        },
      }
    },
    close: () => browser.close(),
  }
}
