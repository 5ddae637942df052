import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { sample } from '../support/agenda.ts'
import { chromiumArguments, wholeChromium } from '../support/people.ts'
import { root, startServer } from '../support/server.ts'

/**
 * Updating as people meet it: in a Chromium whose service workers no tool is attached to. (What is attached to them keeps
 * them from ending, see `updated` in tests/support/releases.ts.)
 */

const rounds = 3

test('Update exchanges the page at once, time after time', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'parley-takeover-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }))
  const pages = join(folder, 'pages')
  await cp(join(root, 'dist'), pages, { recursive: true })
  for (const form of ['br', 'gz']) await rm(join(pages, `worker.js.${form}`), { force: true })
  const server = await startServer({ pages, agenda: sample() })
  onTestFinished(() => server.stop())
  const page = await openPage(join(folder, 'profile'))

  await page.go(`${server.origin}/join#${server.invitations.find(({ role }) => role === 'delegate')!.token}`)
  await page.until(`document.querySelector('form input')`)
  await page.run(`document.querySelector('form input').focus()`)
  await page.type('Delegate A')
  await page.run(`document.querySelector('form').requestSubmit()`)
  await page.until(`/All saved/.test(document.querySelector('header')?.innerText)`)
  await page.until(`navigator.serviceWorker.controller`)

  const worker = await readFile(join(pages, 'worker.js'), 'utf8')
  const took: number[] = []
  for (let round = 0; round < rounds; round++) {
    await writeFile(join(pages, 'worker.js'), worker.replace(/id:`[^`]*`/, `id:\`release-${round}\``))
    await page.run('location.reload()')
    const update = `[...document.querySelectorAll('button')].find((one) => one.textContent === 'Update')`
    await page.until(`${update} && !window.clicked`)
    const before = performance.now()
    await page.run(`window.clicked = true, ${update}.click()`)
    await page.until(`!window.clicked && /All saved/.test(document.querySelector('header')?.innerText)`)
    took.push(performance.now() - before)
    const caches = await page.run(`caches.keys().then((names) => names.includes('parley:release-${round}'))`)
    const waiting = await page.run(`navigator.serviceWorker.getRegistration().then((one) => one.waiting !== null)`)
    expect({ caches, waiting }).toEqual({ caches: true, waiting: false })
    expect(await page.run(`Boolean(${update})`)).toBe(false)
  }
  console.log(`from Update to the readable agenda: ${took.map((ms) => Math.round(ms)).join(', ')} ms`)
})

interface RawPage {
  go(url: string): Promise<void>
  type(text: string): Promise<void>
  /** The value of an expression of the page, awaited. Null while a document goes and the next one comes. */
  run(expression: string): Promise<unknown>
  /** When that is so; a test that waits in vain ends by its own time. */
  until(expression: string): Promise<void>
}

/** The one page of a Chromium of its own, by the DevTools protocol of that page alone. */
async function openPage(profile: string): Promise<RawPage> {
  const browser = spawn(
    wholeChromium,
    [
      ...chromiumArguments,
      '--headless',
      '--lang=en-US',
      '--remote-debugging-port=0',
      `--user-data-dir=${profile}`,
      'about:blank',
    ],
    { stdio: 'ignore', detached: true },
  )
  onTestFinished(async () => {
    const ended = once(browser, 'exit')
    // The whole group: Chromium is many processes behind a script.
    process.kill(-browser.pid!, 'SIGKILL')
    await ended
  })
  let port: string | undefined
  while (port === undefined) {
    await sleep(100)
    port = (await readFile(join(profile, 'DevToolsActivePort'), 'utf8').catch(() => undefined))?.split('\n')[0]
  }
  const targets = (await (await fetch(`http://127.0.0.1:${port}/json/list`)).json()) as {
    type: string
    webSocketDebuggerUrl: string
  }[]
  const socket = new WebSocket(targets.find(({ type }) => type === 'page')!.webSocketDebuggerUrl)
  await once(socket, 'open')
  let count = 0
  const asked = new Map<number, (result: { result?: { value?: unknown } }) => void>()
  socket.onmessage = ({ data }) => {
    const { id, result } = JSON.parse(data)
    asked.get(id)?.(result ?? {})
    asked.delete(id)
  }
  const send = (method: string, params: object) =>
    new Promise<{ result?: { value?: unknown } }>((resolve) => {
      count += 1
      asked.set(count, resolve)
      socket.send(JSON.stringify({ id: count, method, params }))
    })
  const run = async (expression: string) => {
    const asking = send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true })
    return (await asking).result?.value ?? null
  }
  return {
    run,
    async go(url) {
      await send('Page.navigate', { url })
    },
    async type(text) {
      await send('Input.insertText', { text })
    },
    async until(expression) {
      while ((await run(`Boolean(${expression})`)) !== true) await sleep(50)
    },
  }
}
