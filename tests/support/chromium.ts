import { type Browser, chromium } from 'playwright-core'

/**
 * Chromium without a window: the same engine at less than half the work, since the whole browser draws its own toolbar as
 * pages. `wholeChromium` is for what goes through the browser around a page, and for the workers that outlive pages.
 */
export const headlessChromium = '/usr/bin/chromium-headless-shell'
export const wholeChromium = '/usr/bin/chromium'

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

const browsers = new Map<string, Promise<Browser>>()

/** The one browser of this process, whose test files come one after the other. It ends with the process. */
export async function sharedBrowser(executablePath: string = headlessChromium): Promise<Browser> {
  const running = await browsers.get(executablePath)
  if (running?.isConnected()) return running
  const launched = chromium.launch({ executablePath, args: [...chromiumArguments] })
  browsers.set(executablePath, launched)
  return launched
}
