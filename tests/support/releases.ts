import type { Page } from 'playwright-core'
import { build } from 'vite'
import { EPOCH } from '../../shared/document/schema.ts'
import { patience } from './people.ts'
import { root } from './server.ts'

/**
 * Builds the client into `folder`, beside what is there; `mark` is in all of its own scripts, so that none is an older one's.
 * `epoch`: that of a later release.
 */
export async function deploy(folder: string, mark: string, epoch: number = EPOCH): Promise<void> {
  const { NODE_ENV: before } = process.env
  process.env.NODE_ENV = 'production'
  try {
    await build({
      configFile: `${root}vite.config.ts`,
      logLevel: 'silent',
      build: { outDir: folder },
      plugins: [
        {
          name: 'mark',
          transform: (code, id) =>
            /\/client\/(?:views|editor)\/\w+\.tsx(?:\?|$)|\/client\/main\.tsx/.test(id)
              ? { code: `${code}\n;document.documentElement.dataset.release = ${JSON.stringify(mark)}`, map: null }
              : null,
        },
        {
          name: 'epoch',
          enforce: 'pre',
          transform: (code, id) =>
            id.endsWith('/shared/document/schema.ts')
              ? { code: code.replace(`EPOCH = ${EPOCH}`, `EPOCH = ${epoch}`), map: null }
              : null,
        },
      ],
    })
  } finally {
    if (before === undefined) delete process.env.NODE_ENV
    else process.env.NODE_ENV = before
  }
}

/** ms. An update takes some two seconds; after this the tab is given up. */
const stalled = 15_000

/**
 * `page` once it is that of the release `mark`, after its Update was pressed. Playwright is attached to the service workers, and
 * then Chromium now and then ends the old worker with the reload of the page still in it and answers that one five minutes
 * later; what a person would do is open another tab. Without tools it does not: tests/browser/takeover.test.ts.
 */
export async function updated(page: Page, mark: string): Promise<Page> {
  const address = page.url()
  const isNew = (one: Page, timeout: number) =>
    one.waitForFunction((said) => document.documentElement.dataset.release === said, mark, { timeout })
  const done = await isNew(page, stalled).then(
    () => true,
    () => false,
  )
  if (done) return page
  console.log('the reload of an update was not answered: another tab is opened')
  const other = await page.context().newPage()
  await other.goto(address)
  await isNew(other, patience)
  await page.close()
  return other
}
