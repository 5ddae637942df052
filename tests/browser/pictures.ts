import { type ChildProcess, spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { chromiumArguments, headlessChromium } from '../support/chromium.ts'

/**
 * Pictures of the interface to look at, from the real server and the sample meeting: wide and narrow, English and
 * Chinese, light and dark. By hand: `node tests/browser/pictures.ts [word in the name]`; they land in tests/output.
 */

const root = fileURLToPath(new URL('../..', import.meta.url))
const output = join(root, 'tests/output/pictures')
const wanted = process.argv[2] ?? ''

interface Look {
  readonly name: string
  readonly language: 'en' | 'zh'
  readonly theme: 'light' | 'dark'
  readonly width: number
}

const looks: readonly Look[] = [
  { name: 'wide-en-light', language: 'en', theme: 'light', width: 1440 },
  { name: 'wide-zh-dark', language: 'zh', theme: 'dark', width: 1440 },
  { name: 'wide-zh-light', language: 'zh', theme: 'light', width: 1440 },
  { name: 'wide-en-dark', language: 'en', theme: 'dark', width: 1440 },
  { name: 'narrow-en-light', language: 'en', theme: 'light', width: 390 },
  { name: 'narrow-zh-dark', language: 'zh', theme: 'dark', width: 390 },
]

const data = await mkdtemp(join(tmpdir(), 'parley-pictures-'))
await mkdir(output, { recursive: true })
const { server, links } = await start()
const browser = await chromium.launch({ executablePath: headlessChromium, args: [...chromiumArguments] })
try {
  for (const look of looks) if (wanted === '' || look.name.includes(wanted)) await picture(browser, look)
} finally {
  await browser.close()
  server.kill('SIGTERM')
  await new Promise((done) => server.once('exit', done))
  await rm(data, { recursive: true, force: true })
}

async function start(): Promise<{ server: ChildProcess; links: string[] }> {
  const port = 20_000 + Math.floor(Math.random() * 20_000)
  const child = spawn(process.execPath, ['server/main.ts'], {
    cwd: root,
    env: { ...process.env, PORT: String(port), PARLEY_DATA: data },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const found: string[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    const link = /https?:\/\/\S+\/join#\S+/.exec(line)
    if (link) found.push(link[0])
    if (found.length === 3) break
  }
  return { server: child, links: found }
}

async function enter(context: BrowserContextOptions, look: Look, link: string, name: string): Promise<Page> {
  const page = await (await browser.newContext(context)).newPage()
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') console.log(look.name, name, message.text())
  })
  page.on('pageerror', (error) => console.log(look.name, name, error.stack))
  const preferences = JSON.stringify({ language: look.language, theme: look.theme, columns: 'own', name: '' })
  await page.addInitScript((value) => localStorage.setItem('parley.preferences', value), preferences)
  await page.goto(link)
  await page.locator('form input').first().fill(name)
  if (name === 'US' || name === 'first') await shoot(page, look, 'join')
  await page.locator('form button[type=submit]').first().click()
  await page.locator('[data-item]').first().waitFor()
  return page
}

async function shoot(page: Page, look: Look, what: string, fullPage = false) {
  await page.screenshot({ path: join(output, `${look.name}-${what}.png`), fullPage })
}

async function picture(of: Browser, look: Look) {
  const narrow = look.width < 760
  const context: BrowserContextOptions = {
    viewport: { width: look.width, height: narrow ? 844 : 900 },
    locale: look.language === 'en' ? 'en-US' : 'zh-CN',
    ...(narrow ? { hasTouch: true, isMobile: true, deviceScaleFactor: 2 } : {}),
  }
  const names = look.language === 'en' ? ['Sara Bell', 'Ann Lee', 'Ben Lee'] : ['白静', '王雨', '李雪']
  const [organizer = '', us = '', cn = ''] = links
  const page = await enter(context, look, organizer, names[0] ?? '')
  const first = await enter({ viewport: { width: 1200, height: 800 } }, look, us, names[1] ?? '')
  const second = await enter({ viewport: { width: 1200, height: 800 } }, look, cn, names[2] ?? '')
  await first.locator('[data-item]').nth(4).click()
  await second.locator('[data-item]').nth(4).click()
  await page.waitForTimeout(500)
  await shoot(page, look, 'outline', narrow)
  await page.locator('[data-item]').nth(4).click()
  await page.locator('.text').first().waitFor()
  await page.waitForTimeout(400)
  await shoot(page, look, 'item', narrow)
  if (narrow) {
    await page.locator('[aria-pressed]').nth(2).click()
    await page.waitForTimeout(200)
    await shoot(page, look, 'item-both', true)
  }
  await page.evaluate(() => {
    history.pushState(null, '', `${location.pathname.split('/').slice(0, 3).join('/')}/people`)
    dispatchEvent(new PopStateEvent('popstate'))
  })
  await page.waitForTimeout(400)
  await shoot(page, look, 'people', narrow)
  await page.goto(page.url().replace('/people', ''))
  await page.locator('[data-item]').first().waitFor()
  await page.keyboard.press('?')
  await page.waitForTimeout(300)
  await shoot(page, look, 'keyboard')
  await page.keyboard.press('Escape')
  if (!narrow) {
    await page.locator('[data-item]').nth(2).focus()
    await page.keyboard.press('Alt+ArrowDown')
    await page.waitForTimeout(300)
    await shoot(page, look, 'moved')
    await page.keyboard.press('m')
    await page.waitForTimeout(300)
    await shoot(page, look, 'move-to')
    await page.keyboard.press('Escape')
    await page.locator('[data-item]').nth(2).hover()
    await page.locator('[data-item]').nth(2).locator('button').last().click()
    await page.waitForTimeout(300)
    await shoot(page, look, 'row-menu')
    await page.keyboard.press('Escape')
    const tools = page.locator('header button')
    for (const [label, what] of [
      [/^(Invite|邀请)$/, 'invite'],
      [/^(Export|导出)$/, 'export'],
      [/here$|在线$/, 'here'],
    ] as const) {
      await tools.filter({ hasText: label }).first().click()
      await page.waitForTimeout(300)
      if (what === 'invite') {
        await page.locator('[role=dialog] button').nth(1).click()
        await page.waitForTimeout(300)
      }
      await shoot(page, look, what)
      await page.keyboard.press('Escape')
      await page.waitForTimeout(200)
    }
    await page.locator('main section#sheet button').last().click()
    await page.waitForTimeout(300)
    await shoot(page, look, 'settings')
    await page.keyboard.press('Escape')
  }
  await away(page, second, look, narrow)
  for (const context of of.contexts()) await context.close()
}

/** What one sees of saving, of signing out, and of what others did meanwhile. */
async function away(page: Page, other: Page, look: Look, narrow: boolean) {
  const write = async (at: Page, row: number, text: string) => {
    await at.locator('[data-item]').nth(row).click()
    await at.locator('.ProseMirror').first().click()
    await at.keyboard.press('End')
    await at.keyboard.type(text)
  }
  const address = page.url().split('/').slice(0, 5).join('/')
  await page.goto(address)
  await page.locator('header [data-tone]').waitFor()
  await page.waitForTimeout(4000)
  await page.context().setOffline(true)
  await write(page, 2, look.language === 'en' ? ' (draft)' : '（草案）')
  await write(other, 2, look.language === 'en' ? ', and scope' : '及适用范围')
  await write(other, 6, look.language === 'en' ? ' (new)' : '（新）')
  await page.waitForTimeout(1500)
  await page.locator('header button[data-tone]').click()
  await page.waitForTimeout(500)
  await shoot(page, look, 'saving-offline')
  const signOut = page.getByRole('button', { name: /^(Sign out on this device|在本机退出登录)/ })
  await signOut.first().click()
  await page.waitForTimeout(500)
  await shoot(page, look, 'sign-out')
  await page.keyboard.press('Escape')
  await page.context().setOffline(false)
  await page.waitForTimeout(3000)
  await page.goto(address)
  await page.waitForTimeout(3000)
  await shoot(page, look, 'back')
  await page.locator('header button[data-tone]').click()
  await page.waitForTimeout(500)
  await shoot(page, look, 'saving-back')
  await page.goto(`${address}/away`)
  await page.waitForTimeout(2000)
  await shoot(page, look, 'changes', narrow)
}
