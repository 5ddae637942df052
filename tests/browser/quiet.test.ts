import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { allItems } from '../../shared/domain/agenda.ts'
import { sample } from '../support/agenda.ts'
import { openBrowser } from '../support/gathering.ts'
import { openProxy } from '../support/proxy.ts'

/** What passes where little or nothing does. */

const { people, server } = await openBrowser()

const objective = (page: Page) => page.getByRole('textbox', { name: 'Objective, English' })

/** Which way this browser has found to pass here. */
const carrier = (page: Page) => page.evaluate(() => localStorage.getItem('parley:carrier')?.split(' ')[0] ?? 'socket')

test('while nothing changes, nothing is sent but a sign of life', async () => {
  const seconds = 20
  const proxy = await openProxy(server.port)
  const { meeting, invitations } = await server.meet(sample())
  const item = allItems(sample())[2]!.id
  const visitors = await Promise.all([people.arrive(), people.arrive()])
  const frames: { at: number; sent: boolean; kind: number }[] = []
  for (const [index, { page, join }] of visitors.entries()) {
    page.on('websocket', (socket) => {
      const note = (sent: boolean) => (frame: { payload: string | Buffer }) =>
        frames.push({ at: performance.now(), sent, kind: (frame.payload as Buffer)[0]! })
      socket.on('framesent', note(true))
      socket.on('framereceived', note(false))
    })
    await join(`${proxy.origin}/join#${invitations[index]!.token}`, `Guest ${index}`)
    await page.goto(`${proxy.origin}/m/${meeting}/i/${item}`)
    await objective(page).click()
  }
  await expect
    .poll(() => performance.now() - (frames.at(-1)?.at ?? performance.now()), { timeout: 30_000 })
    .toBeGreaterThan(2000)
  const { up, down, requests } = proxy.counts()
  const before = frames.length
  // Watching for a while is what this is about.
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000))
  const idle = frames.slice(before)
  const after = proxy.counts()
  const sent = idle.filter((frame) => frame.sent).length
  console.log(
    `two idle people, ${seconds} s: ${sent} frames sent, ${idle.length - sent} received, ${after.up - up} bytes up, ${after.down - down} down`,
  )
  // Each says every fifteen seconds that they are still there, and the other hears it.
  expect(idle.map(({ kind }) => kind).filter((kind) => kind !== 1)).toEqual([])
  expect(sent).toBeLessThanOrEqual(4)
  expect(idle.length - sent).toBeLessThanOrEqual(8)
  expect(after.requests.slice(requests.length)).toEqual([])
  await Promise.all(visitors.map(({ context }) => context.close()))
  await proxy.close()
})

test('behind a network that accepts a socket and carries nothing, work begins seconds later by another way, and at once the next time', async () => {
  const proxy = await openProxy(server.port, { upgrades: 'swallow' })
  const { invitations } = await server.meet(sample())
  const { page, join: enter, context } = await people.arrive()
  const sockets = () => proxy.counts().requests.filter((line) => line.includes('/sync/') && !line.includes('/lines'))
  await enter(`${proxy.origin}/join#${invitations[0]!.token}`, 'Ann Lee')
  expect(await carrier(page)).toBe('stream')
  const first = sockets().length
  expect(first).toBeGreaterThan(0)
  await page.reload()
  await page.locator('[data-item]').first().waitFor()
  await expect.poll(() => proxy.counts().requests.filter((line) => line.includes('/events')).length).toBeGreaterThan(1)
  expect(sockets().length).toBe(first)
  // A network that tells of itself is another one: the socket is tried again.
  proxy.set({ upgrades: 'pass' })
  await context.setOffline(true)
  await context.setOffline(false)
  await expect.poll(() => carrier(page)).toBe('socket')
  await page.reload()
  await expect.poll(() => sockets().length).toBeGreaterThan(first)
  await context.close()
  await proxy.close()
})
