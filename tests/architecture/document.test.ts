import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { root } from '../support/server.ts'

/* ARCHITECTURE.md is for somebody who has an afternoon: short, and about what is there. */

const text = readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8')

test('the way through the house has at most 1,500 words', () => {
  expect(text.split(/\s+/).filter(Boolean).length).toBeLessThanOrEqual(1500)
})

test('every file that it names is there', () => {
  const paths = [...text.matchAll(/`((?:client|server|shared|tests|docs)\/[\w./-]+\.\w+)`/g)].map(([, path]) => path!)
  expect(paths.length).toBeGreaterThan(40)
  expect(paths.filter((path) => !existsSync(join(root, path)))).toEqual([])
})

test('every function of the walk-throughs is in the file that is named with it', () => {
  const walks = text.slice(text.indexOf('## Walk-throughs'), text.indexOf('## To add'))
  let last = ''
  const named = [...walks.matchAll(/`([\w.]+)`(?:\s*\(`([\w/.]+)`(?: beside it)?)?/g)].flatMap(([, name, path]) => {
    if (path === undefined || name === undefined) return []
    last = path.includes('/') ? path : join(dirname(last), path)
    return [[name.split('.').at(-1)!, last] as const]
  })
  expect(named.length).toBeGreaterThan(15)
  const missing = named.filter(
    ([name, path]) => !new RegExp(`\\b${name}\\b`).test(readFileSync(join(root, path), 'utf8')),
  )
  expect(missing).toEqual([])
})
