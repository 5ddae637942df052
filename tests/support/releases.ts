import { existsSync } from 'node:fs'
import { cp, mkdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Page } from 'playwright-core'
import { build } from 'vite'
import { publish, type Release } from '../../release.ts'
import { EPOCH } from '../../shared/document/schema.ts'
import { built } from './built.ts'
import { patience } from './patience.ts'
import { root } from './server.ts'

/** A release that differs from others by its mark, which is in all of its own scripts, and by its epoch. */
export function releaseOf(mark: string, epoch: number = EPOCH): Promise<string> {
  return built(`release-${mark}`, ['vite.config.ts', 'release.ts'], async (outDir) => {
    await build({
      configFile: `${root}vite.config.ts`,
      logLevel: 'silent',
      build: { outDir },
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
  })
}

/** Brings such a release into `pages`, beside what is there, as a build into that folder does. */
export async function deploy(pages: string, mark: string, epoch: number = EPOCH): Promise<void> {
  const from = await releaseOf(mark, epoch)
  const [release] = JSON.parse(await readFile(join(from, 'releases.json'), 'utf8')) as [Release]
  for (const file of release.files) {
    await mkdir(dirname(join(pages, file)), { recursive: true })
    for (const path of ['', '.br', '.gz'].map((form) => file + form)) {
      if (existsSync(join(from, path))) await cp(join(from, path), join(pages, path))
    }
  }
  const read = (name: string) => readFile(join(from, name), 'utf8')
  publish(pages, release, await read('index.html'), await read('worker.js'))
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
