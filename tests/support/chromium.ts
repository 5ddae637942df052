import { type Browser, chromium } from 'playwright-core'

/**
 * Chromium without a window: the same engine at less than half the work, since the whole browser draws its own toolbar as
 * pages. `wholeChromium` is for takeover.test.ts, which sees an update as people do.
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

let shared: Promise<Browser> | null = null

/** The one browser of this process, whose test files come one after the other. It ends with the process. */
export async function sharedBrowser(): Promise<Browser> {
  if (shared !== null && (await shared).isConnected()) return shared
  shared = chromium.launch({ executablePath: headlessChromium, args: [...chromiumArguments] })
  return shared
}
