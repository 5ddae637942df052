import { readdirSync, rmSync } from 'node:fs'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BrowserContext, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { agendaOf } from '../../server/meeting/meetings.ts'
import { allItems, type MeetingId, proseText } from '../../shared/domain/agenda.ts'
import { sample } from '../support/agenda.ts'
import { chromiumArguments, headlessChromium } from '../support/chromium.ts'
import { patience } from '../support/patience.ts'
import { unsent } from '../support/people.ts'
import { deploy, updated } from '../support/releases.ts'
import { startServer, type TestServer } from '../support/server.ts'

/** The app on the device: real Chromium with a profile that stays, a real server that goes, and releases in between. */

let folder: string
let first: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-offline-'))
  first = join(folder, 'first')
  await deploy(first, 'first')
})
afterAll(() => rm(folder, { recursive: true }))

/** One device, one server that may go and come back, and what is deployed on it. */
interface Journey {
  /** What the server serves. */
  readonly pages: string
  server: TestServer
  readonly asked: string[]
  readonly meeting: MeetingId
  readonly link: string
  /** The browser, opened where it is closed. */
  browser(): Promise<BrowserContext>
  close(): Promise<void>
  stop(): Promise<void>
  start(): Promise<void>
}

let journeys = 0

async function journey(
  script: (journey: Journey) => Promise<void>,
  options: { workers?: 'block' } = {},
): Promise<void> {
  const own = join(folder, `journey-${++journeys}`)
  const [pages, profile, data] = [join(own, 'pages'), join(own, 'profile'), join(own, 'data')]
  await cp(first, pages, { recursive: true })
  const asked: string[] = []
  const open = async (port = 0) => {
    const server = await startServer({ pages, data, port, agenda: sample() })
    server.server.http.on('request', ({ url }) => asked.push(url ?? ''))
    return server
  }
  const server = await open()
  const { meeting, invitations } = server
  let context: BrowserContext | null = null
  let running = true
  const one: Journey = {
    pages,
    server,
    asked,
    meeting,
    link: `${server.origin}/join#${invitations.find(({ role, side }) => role === 'delegate' && side === 'us')!.token}`,
    async browser() {
      context ??= await chromium.launchPersistentContext(profile, {
        executablePath: headlessChromium,
        args: [...chromiumArguments],
        locale: 'en-US',
        reducedMotion: 'reduce',
        viewport: { width: 1440, height: 900 },
        serviceWorkers: options.workers ?? 'allow',
      })
      context.setDefaultTimeout(patience)
      return context
    },
    async close() {
      await context?.close()
      context = null
    },
    async stop() {
      running = false
      await one.server.stop()
    },
    async start() {
      one.server = await open(one.server.port)
      running = true
    },
  }
  try {
    await script(one)
  } finally {
    await one.close()
    if (running) await one.server.stop()
  }
}

async function join_(page: Page, link: string): Promise<void> {
  await page.goto(link)
  await page.getByRole('textbox').first().fill('Ann Lee')
  await page.keyboard.press('Enter')
  await page.locator('[data-item]').first().waitFor()
}

/** How long it took is printed. */
const readable = (page: Page) => page.locator('[data-item]').first().waitFor()
const releaseOf = (page: Page) => page.evaluate(() => document.documentElement.dataset.release)
/** The worker has everything and answers for this origin from the next page on. */
const kept = (page: Page) => page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined))
const terminology = sample().days[0]!.items[2]!.id
const objective = (page: Page) => page.getByRole('textbox', { name: 'Objective, English', exact: true })
const line = (page: Page) => page.getByRole('region', { name: 'This page' })

async function write(page: Page, text: string): Promise<void> {
  await objective(page).click()
  await page.keyboard.press('Control+End')
  await page.keyboard.type(text)
}

/** Waits until the server has committed an objective for which `holds` is true. */
async function committed({ server, meeting }: Journey, holds: (text: string) => boolean): Promise<void> {
  await expect
    .poll(
      async () => {
        const agenda = (await agendaOf(server.storage, meeting))!
        return holds(proseText(allItems(agenda).find(({ id }) => id === terminology)!.objective.en))
      },
      { interval: 200 },
    )
    .toBe(true)
}

async function timed(what: string, run: () => Promise<unknown>): Promise<void> {
  const began = performance.now()
  await run()
  console.log(`${what}: ${((performance.now() - began) / 1000).toFixed(2)} s`)
}

const hundreds = 'abcdefghi '.repeat(50)

test('after one visit the app opens without any network, takes 500 edits, and none of them is ever lost', async () => {
  await journey(async (one) => {
    const { meeting } = one
    const address = `${one.server.origin}/m/${meeting}`
    let page = await (await one.browser()).newPage()
    await join_(page, one.link)
    await kept(page)
    await one.stop()
    await (await one.browser()).setOffline(true)

    await timed('opened with no network', async () => {
      await page.goto(address)
      await readable(page)
    })
    await page.goto(`${address}/i/${terminology}`)
    await write(page, ` ${hundreds}`)
    await page.getByRole('button', { name: /Offline since .* change/ }).waitFor()
    await expect.poll(() => unsent(page)).toBeGreaterThanOrEqual(hundreds.length)
    await one.close()

    const again = await one.browser()
    await again.setOffline(true)
    page = await again.newPage()
    await timed('opened with no network in a new browser', async () => {
      await page.goto(address)
      await readable(page)
    })
    await page.goto(`${address}/i/${terminology}`)
    await objective(page).getByText(hundreds.trim()).waitFor()
    await write(page, 'and on.')
    await expect.poll(() => unsent(page)).toBeGreaterThanOrEqual(hundreds.length + 'and on.'.length)

    await one.start()
    await again.setOffline(false)
    await committed(one, (text) => text.includes(hundreds) && text.endsWith('and on.'))
    await page.getByRole('button', { name: /All saved/ }).waitFor()
  })
})

test('a page opened again without a connection says since when there has been none, and tells of one loss once', async () => {
  await journey(async (one) => {
    const address = `${one.server.origin}/m/${one.meeting}`
    const page = await (await one.browser()).newPage()
    await join_(page, one.link)
    await kept(page)
    await page.getByRole('button', { name: /All saved/ }).waitFor()
    // Closed while it was connected: nothing has told it of a loss.
    await page.close()
    const left = Date.now()
    await one.stop()
    await (await one.browser()).setOffline(true)
    const later = await (await one.browser()).newPage()
    await later.clock.setSystemTime(left + 3 * 3_600_000)
    await later.goto(address)
    await readable(later)
    const clock = (at: number) =>
      later.evaluate((ms) => new Date(ms).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' }), at)
    const said = `Offline since .*(${await clock(left)}|${await clock(left - 30_000)})`
    const word = later.getByRole('button', { name: new RegExp(said) })
    await word.waitFor()
    await later.reload()
    await word.waitFor()
    await word.click()
    await expect.poll(() => later.getByText('Connection lost').count()).toBe(1)
  })
})

test('without a connection, a copy of which a part cannot be read is never said to be all on the server', async () => {
  await journey(async (one) => {
    const page = await (await one.browser()).newPage()
    await join_(page, one.link)
    await kept(page)
    await page.getByRole('button', { name: /All saved/ }).waitFor()
    await page.evaluate(async () => {
      const name = (await indexedDB.databases()).find((found) => found.name?.includes(':agenda:'))?.name ?? ''
      const opening = indexedDB.open(name)
      await new Promise<void>((resolve, reject) => {
        opening.onerror = reject
        opening.onsuccess = () => {
          const writing = opening.result.transaction('updates', 'readwrite')
          writing.objectStore('updates').add(new Uint8Array([7, 7, 7]))
          writing.oncomplete = () => resolve()
          writing.onerror = reject
        }
      })
    })
    await page.close()
    await one.stop()
    const later = await (await one.browser()).newPage()
    await later.goto(`${one.server.origin}/m/${one.meeting}`)
    await readable(later)
    await later.getByRole('button', { name: /^Offline since/ }).click()
    const sheet = later.getByRole('dialog')
    await sheet.getByText('An earlier copy on this device cannot be read at present').waitFor()
    expect(await sheet.getByText(/^Everything (that )?you .* on the server/).count()).toBe(0)
  })
})

test('a newer version is told, taken when the person says so and not before, and what was written offline is there', async () => {
  await journey(async (one) => {
    const address = `${one.server.origin}/m/${one.meeting}`
    let page = await (await one.browser()).newPage()
    await join_(page, one.link)
    await kept(page)
    await one.stop()
    await (await one.browser()).setOffline(true)
    await page.goto(`${address}/i/${terminology}`)
    await write(page, ' Written before.')
    await page.getByRole('button', { name: /Offline since .* change/ }).waitFor()

    await deploy(one.pages, 'second')
    await one.start()
    await (await one.browser()).setOffline(false)
    await committed(one, (text) => text.endsWith('Written before.'))
    await page.reload()
    await readable(page)
    expect(await releaseOf(page)).toBe('first')
    await line(page).getByText('A newer version of Parley is ready').waitFor()
    await page.evaluate(() => {
      document.documentElement.dataset.same = 'page'
    })

    // Nothing is taken without the network.
    await one.stop()
    await (await one.browser()).setOffline(true)
    await page.getByRole('button', { name: /Offline since/ }).waitFor()
    await line(page).getByText('This needs a connection.').waitFor()
    expect(await line(page).getByRole('button', { name: 'Update' }).isDisabled()).toBe(true)
    await write(page, ' Written between.')
    await one.start()
    await (await one.browser()).setOffline(false)
    await committed(one, (text) => text.endsWith('Written between.'))
    expect(await page.evaluate(() => document.documentElement.dataset.same)).toBe('page')

    await line(page).getByRole('button', { name: 'Update' }).click()
    page = await updated(page, 'second')
    await objective(page).getByText('Written before. Written between.').waitFor()
    expect(await line(page).count()).toBe(0)

    // The newer one is on the device as a whole, too.
    await one.stop()
    await (await one.browser()).setOffline(true)
    await one.close()
    const again = await one.browser()
    await again.setOffline(true)
    page = await again.newPage()
    await timed('the newer version opened with no network', async () => {
      await page.goto(address)
      await readable(page)
    })
    expect(await releaseOf(page)).toBe('second')
  })
})

test('of two tabs only the one whose person says so is loaded again; the other goes on, and is told', async () => {
  await journey(async (one) => {
    const address = `${one.server.origin}/m/${one.meeting}`
    const browser = await one.browser()
    const page = await browser.newPage()
    await join_(page, one.link)
    await kept(page)
    await page.reload()
    const other = await browser.newPage()
    // Outside of a meeting nothing is fetched ahead: the parts of the older version are still to come here.
    await other.goto(one.server.origin)
    await other.getByRole('link', { name: /Dialogue on AI testing/ }).waitFor()
    await deploy(one.pages, 'second')
    await page.goto(address)
    await line(page).getByRole('button', { name: 'Update' }).click()
    await updated(page, 'second')

    await line(other).getByText('A newer version of Parley is ready').waitFor()
    expect(await releaseOf(other)).toBe('first')
    await other.getByRole('link', { name: /Dialogue on AI testing/ }).click()
    await readable(other)
    await other.locator(`[data-item="${terminology}"]`).press('Enter')
    await write(other, ' From the older tab.')
    await committed(one, (text) => text.endsWith('From the older tab.'))
    expect(await releaseOf(other)).toBe('first')
  })
})

test('a tab without a worker finds the parts of its version through three newer ones, and is told when they are gone', async () => {
  await journey(
    async (one) => {
      const browser = await one.browser()
      const page = await browser.newPage()
      await join_(page, one.link)
      const open = async () => {
        const tab = await browser.newPage()
        await tab.goto(one.server.origin)
        await tab.getByRole('link', { name: /Dialogue on AI testing/ }).waitFor()
        return tab
      }
      const [older, late] = [await open(), await open()]
      const editor = readdirSync(join(one.pages, 'assets')).filter((name) => /^TextEditor-.*\.js$/.test(name))[0]!
      for (const mark of ['second', 'third', 'fourth']) await deploy(one.pages, mark)

      await older.getByRole('link', { name: /Dialogue on AI testing/ }).click()
      await older.locator(`[data-item="${terminology}"]`).press('Enter')
      await write(older, ' From the oldest tab.')
      await committed(one, (text) => text.endsWith('From the oldest tab.'))
      expect(await releaseOf(older)).toBe('first')

      for (const form of ['', '.br', '.gz']) rmSync(join(one.pages, 'assets', editor + form), { force: true })
      const session = await browser.newCDPSession(late)
      await session.send('Network.clearBrowserCache')
      await late.getByRole('link', { name: /Dialogue on AI testing/ }).click()
      await late.locator(`[data-item="${terminology}"]`).press('Enter')
      await line(late).getByText('Part of this page could not be loaded. Your changes are safe.').waitFor()
      await line(late).getByRole('button', { name: 'Reload' }).click()
      await objective(late).getByText('From the oldest tab.').waitFor()
      expect(await releaseOf(late)).toBe('fourth')
    },
    { workers: 'block' },
  )
})

test('where the script of the page does not come or breaks, a sentence in both languages says what is safe', async () => {
  await journey(
    async (one) => {
      for (const answer of ['abort', 'break'] as const) {
        const page = await (await one.browser()).newPage()
        await page.route('**/assets/index-*.js', (route) =>
          answer === 'abort' ? route.abort() : route.fulfill({ contentType: 'text/javascript', body: 'throw 1' }),
        )
        await page.goto(one.link)
        await page.getByText('Your changes are safe.').waitFor()
        await page.getByText('您的改动不会丢失').waitFor()
        await page.unroute('**/assets/index-*.js')
        await page.getByRole('button', { name: /Reload/ }).click()
        await page.getByRole('textbox').first().waitFor()
        expect(page.url()).toBe(one.link)
      }
    },
    { workers: 'block' },
  )
})

test('a later visit asks the server for no script, no style and no page', async () => {
  await journey(async (one) => {
    const page = await (await one.browser()).newPage()
    await join_(page, one.link)
    await kept(page)
    await page.close()
    one.asked.length = 0
    const again = await (await one.browser()).newPage()
    await again.goto(`${one.server.origin}/m/${one.meeting}`)
    await readable(again)
    await again.getByRole('button', { name: /All saved/ }).waitFor()
    await again.evaluate(() => navigator.serviceWorker.ready.then((registration) => registration.update()))
    const files = one.asked.filter((url) => !/^\/(api|sync)\//.test(url))
    expect(files.filter((url) => url !== '/worker.js')).toEqual([])
    expect(files.length).toBeGreaterThan(0)
  })
})

/** What the sheet behind the word on saving says of this device, in both languages. */
async function ofThisDevice(page: Page): Promise<readonly [string, string]> {
  const read = async (title: string) => {
    await page.locator('header button[data-tone]').click()
    const about = await page.locator('dt', { hasText: title }).locator('xpath=following-sibling::dd').innerText()
    await page.keyboard.press('Escape')
    return about
  }
  const english = await read('This device')
  await page.getByRole('button', { name: '中文', exact: true }).click()
  const chinese = await read('本机副本')
  await page.getByRole('button', { name: 'English', exact: true }).click()
  return [english, chinese]
}

for (const [about, refusal] of [
  ['has no room for all of the app', 'let times = 9; const room = () => times-- > 0'],
  ['refuses to store the app', 'const room = () => false'],
] as const) {
  test(`a browser that ${about} is not said to open it without a network, until it has stored it after all`, async () => {
    await journey(async (one) => {
      const path = join(one.pages, 'worker.js')
      const worker = await readFile(path)
      const exchange = (content: string | Buffer) => {
        for (const form of ['.br', '.gz']) rmSync(path + form, { force: true })
        return writeFile(path, content)
      }
      const full = `{ ${refusal}; const { put } = Cache.prototype; Cache.prototype.put = function (...args) {
        return room() ? put.apply(this, args) : Promise.reject(new DOMException('No room', 'QuotaExceededError'))
      } };`
      await exchange(full + worker)
      const page = await (await one.browser()).newPage()
      await join_(page, one.link)
      const caches = () => page.evaluate(async () => (await window.caches.keys()).length)
      await expect
        .poll(() => ofThisDevice(page))
        .toEqual([
          expect.stringContaining('this browser does not keep the program itself'),
          expect.stringContaining('浏览器未保存程序本身'),
        ])
      // What is of no use leaves its room to what people write.
      await expect.poll(caches).toBe(0)

      await exchange(worker)
      await page.reload()
      await readable(page)
      await kept(page)
      await expect
        .poll(() => ofThisDevice(page))
        .toEqual([
          expect.stringContaining('the agenda opens and can be edited without a connection'),
          expect.stringContaining('没有网络也能打开和编辑议程'),
        ])
      // What the browser throws away later is brought again.
      await page.evaluate(async () => {
        for (const name of await window.caches.keys()) await window.caches.delete(name)
      })
      await page.reload()
      await readable(page)
      await expect
        .poll(() => ofThisDevice(page))
        .toEqual([
          expect.stringContaining('the agenda opens and can be edited without a connection'),
          expect.stringContaining('没有网络也能打开和编辑议程'),
        ])
      await one.stop()
      await (await one.browser()).setOffline(true)
      await page.reload()
      await readable(page)
    })
  })
}

test('the browser finds everything that it wants of an app that can be installed', async () => {
  await journey(async (one) => {
    const context = await one.browser()
    const page = await context.newPage()
    await join_(page, one.link)
    await kept(page)
    const session = await context.newCDPSession(page)
    const { errors, data } = await session.send('Page.getAppManifest')
    expect(errors).toEqual([])
    expect(JSON.parse(data!)).toMatchObject({ name: 'Parley · 共议', display: 'standalone', start_url: '/' })
    const { installabilityErrors } = await session.send('Page.getInstallabilityErrors')
    expect(installabilityErrors.map(({ errorId }) => errorId)).toEqual([])
  })
})
