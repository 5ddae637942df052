import { spawn } from 'node:child_process'
import { mkdtemp, rm, utimes } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { chromium } from 'playwright-core'
import { expect, test } from 'vitest'
import { chromiumArguments, headlessChromium } from '../support/chromium.ts'
import { patience, soon } from '../support/patience.ts'
import { root } from '../support/server.ts'

test('whoever develops is one person or another by an address, sees what passes in the inspector, and has the server start again at a change', async () => {
  const data = await mkdtemp(join(tmpdir(), 'parley-dev-'))
  const child = spawn(process.execPath, ['server/process/dev.ts'], {
    cwd: root,
    env: { ...process.env, PORT: '0', PARLEY_DATA: data },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const browser = await chromium.launch({
    executablePath: headlessChromium,
    args: [...chromiumArguments, '--host-resolver-rules=MAP *.localhost 127.0.0.1'],
  })
  try {
    const lines = createInterface({ input: child.stdout })
    const started = () =>
      new Promise<string>((resolve) => {
        lines.on('line', (line) => {
          const found = /(http:\S+)\/\?as=us$/.exec(line)
          if (found?.[1] !== undefined) resolve(found[1])
        })
      })
    const origin = await soon('the addresses', started())
    const page = await browser.newPage()
    page.setDefaultTimeout(patience)
    await page.goto(`${origin}/?as=cn`)
    const inspector = page.getByRole('complementary', { name: 'Inspector' })
    await inspector.getByRole('button', { name: 'Inspector' }).click()
    await inspector.getByText(/"status": "live"/).waitFor()
    await inspector.getByRole('cell', { name: /^step-2 / }).waitFor()
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      inspector.getByRole('button', { name: 'Download agenda' }).click(),
    ])
    expect(file.suggestedFilename()).toBe('agenda.yjs')
    const me = await page.evaluate(async () => (await fetch('/api/session')).json() as Promise<unknown>)
    expect(JSON.stringify(me)).toContain('中方代表')
    const again = started()
    const now = new Date()
    await utimes(join(root, 'server/main.ts'), now, now)
    await soon('the server to start again', again)
  } finally {
    await browser.close()
    child.kill()
    await new Promise((resolve) => child.once('exit', resolve))
    await rm(data, { recursive: true })
  }
})
