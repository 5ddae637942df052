import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { expect, onTestFinished, test } from 'vitest'
import { sample } from '../support/agenda.ts'
import { chromiumArguments, wholeChromium } from '../support/chromium.ts'
import { soon } from '../support/patience.ts'
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
  await page.type('Ann Lee')
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
  /** When that is so, in this document or one that follows. */
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
    { stdio: ['ignore', 'ignore', 'pipe'], detached: true },
  )
  onTestFinished(async () => {
    const ended = once(browser, 'exit')
    // The whole group: Chromium is many processes behind a script.
    process.kill(-browser.pid!, 'SIGKILL')
    await ended
  })
  const port = await soon('Chromium to say where it listens', portOf(browser.stderr))
  const targets = (await (await fetch(`http://127.0.0.1:${port}/json/list`)).json()) as {
    type: string
    webSocketDebuggerUrl: string
  }[]
  const socket = new WebSocket(targets.find(({ type }) => type === 'page')!.webSocketDebuggerUrl)
  await once(socket, 'open')
  let count = 0
  const asked = new Map<number, (answer: Answer) => void>()
  const fresh = new Set<() => void>()
  socket.onmessage = ({ data }) => {
    const message = JSON.parse(data) as Answer & { id?: number; method?: string }
    if (message.method === 'Runtime.executionContextCreated') for (const wake of fresh) wake()
    if (message.id === undefined) return
    asked.get(message.id)?.(message)
    asked.delete(message.id)
  }
  const send = (method: string, params: object = {}) =>
    new Promise<Answer>((resolve) => {
      count += 1
      asked.set(count, resolve)
      socket.send(JSON.stringify({ id: count, method, params }))
    })
  const evaluate = (expression: string) =>
    send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true })
  /** The next document is there. */
  const turn = () =>
    new Promise<void>((resolve) => {
      const wake = () => {
        fresh.delete(wake)
        resolve()
      }
      fresh.add(wake)
    })
  const become = async (expression: string) => {
    const look = `new Promise((resolve) => {
      const look = () => { if (${expression}) resolve(true); else requestAnimationFrame(look) }
      look()
    })`
    for (;;) {
      const next = turn()
      const { result } = await evaluate(look)
      if (result?.result?.value === true) return
      // The document has gone, and the question with it.
      await next
    }
  }
  await send('Runtime.enable')
  return {
    async run(expression) {
      return (await evaluate(expression)).result?.result?.value ?? null
    },
    async go(url) {
      await send('Page.navigate', { url })
    },
    async type(text) {
      await send('Input.insertText', { text })
    },
    until: (expression) => soon(`the page, in which: ${expression}`, become(expression)),
  }
}

interface Answer {
  readonly result?: { readonly result?: { readonly value?: unknown } }
}

async function portOf(output: Readable): Promise<string> {
  let said = ''
  for await (const chunk of output) {
    said += chunk
    const port = /DevTools listening on ws:\/\/[^:]+:(\d+)/.exec(said)?.[1]
    if (port !== undefined) return port
  }
  throw new Error(`Chromium ended and said: ${said.slice(-500)}`)
}
