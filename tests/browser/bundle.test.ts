import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { bundle, limits } from '../bench/bundle.ts'
import { sample } from '../support/agenda.ts'
import { openPeople } from '../support/people.ts'
import { root, startServer } from '../support/server.ts'

const kilo = (bytes: number) => (bytes / 1000).toFixed(1)

test('all scripts of the build together stay within their limits, and the writers of files are apart', () => {
  const { atOnce, all, files, sounds, scripts } = bundle()
  console.log(
    `script, gzip: ${kilo(atOnce)} kB at once, ${kilo(all)} kB in all (at most ${kilo(limits.all)}), files ${kilo(files)} kB`,
  )
  expect(atOnce).toBeGreaterThan(50_000)
  expect(all).toBeLessThanOrEqual(limits.all)
  expect(files).toBeGreaterThan(50_000)
  expect(files).toBeLessThanOrEqual(limits.files)
  expect(sounds).toBeGreaterThan(10_000)
  expect(sounds).toBeLessThanOrEqual(limits.sounds)
  expect(scripts.filter(({ path, atOnce: first }) => first && /docx|ics-|html-|markdown/.test(path))).toEqual([])
})

test('the inspector of developers is in no build', () => {
  const said = (path: string) => readFileSync(join(root, 'dist', path), 'utf8')
  const { scripts } = bundle()
  expect(scripts.filter(({ path }) => said(path).includes('Last frames'))).toEqual([])
  expect(scripts.some(({ path }) => said(path).includes('wsLastMessageReceived'))).toBe(true)
})

test('what a browser has loaded when the agenda is readable stays within its limit, and is all from one origin', async () => {
  const server = await startServer({ pages: join(root, 'dist'), agenda: sample() })
  const people = await openPeople({ workers: true })
  const visitor = await people.arrive()
  const scripts = new Map<string, Promise<number>>()
  const hosts = new Set<string>()
  visitor.page.on('response', (response) => {
    hosts.add(new URL(response.url()).origin)
    if (response.request().resourceType() !== 'script') return
    const size = response.body().then((body) => gzipSync(body, { level: 9 }).length)
    // What comes after the agenda is readable is nobody's business here, and may be cut off by the end.
    size.catch(() => {})
    scripts.set(response.url(), size)
  })
  await visitor.context.addInitScript(() => {
    new MutationObserver((_, observer) => {
      if (document.querySelector('[data-item]') === null) return
      observer.disconnect()
      performance.mark('readable')
    }).observe(document, { subtree: true, childList: true })
  })
  await visitor.join(`${server.origin}/join#${server.invitations[0]!.token}`, 'Sara Bell')
  const before = await visitor.page.evaluate(() => {
    const readable = performance.getEntriesByName('readable')[0]!.startTime
    return performance.getEntriesByType('resource').flatMap((one) => (one.startTime < readable ? [one.name] : []))
  })
  const sizes = await Promise.all(before.map((url) => scripts.get(url) ?? 0))
  const loaded = sizes.reduce((sum, size) => sum + size, 0)
  console.log(`script, gzip, when the agenda was readable: ${kilo(loaded)} kB (at most ${kilo(limits.atOnce)})`)
  expect(loaded).toBeGreaterThan(50_000)
  expect(loaded).toBeLessThanOrEqual(limits.atOnce)
  expect([...hosts]).toEqual([server.origin])
  expect(visitor.foreign).toEqual([])
  await people.close()
  await server.stop()
})
