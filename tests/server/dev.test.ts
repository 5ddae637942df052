import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import config from '../../vite.config.ts'
import { root } from '../support/server.ts'

test('in development no module of the client passes for a request to the server, and every line does', () => {
  const keys = Object.keys((config as { server: { proxy: Record<string, unknown> } }).server.proxy)
  // As vite reads them.
  const ours = (url: string) =>
    keys.some((key) => (key.startsWith('^') ? new RegExp(key).test(url) : url.startsWith(key)))
  const modules = readdirSync(join(root, 'client'), { recursive: true }).map((path) => `/${path}`)
  expect(modules).toContain('/sync/link.ts')
  expect(modules.filter((path) => /\.tsx?$/.test(path) && (ours(path) || ours(`${path}?t=1`)))).toEqual([])
  for (const url of [
    '',
    '?epoch=1&vector=AA',
    '/lines?epoch=1',
    '/lines/abc-_?number=1',
    '/lines/abc/events?after=0',
  ]) {
    expect(ours(`/sync/Wn9PcCja1ZFG/agenda${url}`)).toBe(true)
  }
})
