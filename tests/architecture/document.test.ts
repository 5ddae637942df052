import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { root } from '../support/server.ts'

/* The documents are for somebody who has an afternoon: short, and about what is there. */

const read = (path: string) => readFileSync(join(root, path), 'utf8')
const text = read('ARCHITECTURE.md')
const security = read('SECURITY.md')

test.each([
  ['ARCHITECTURE.md', text, 1500, 40],
  ['SECURITY.md', security, 2450, 50],
] as const)('%s is short, and every file that it names is there', (_name, document, mostWords, leastPaths) => {
  expect(document.split(/\s+/).filter((word) => /\w/.test(word)).length).toBeLessThanOrEqual(mostWords)
  const paths = [...document.matchAll(/`((?:client|server|shared|tests|docs)\/[\w./-]+\.\w+)`/g)].map(
    ([, path]) => path!,
  )
  expect(paths.length).toBeGreaterThan(leastPaths)
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
  const missing = named.filter(([name, path]) => !new RegExp(`\\b${name}\\b`).test(read(path)))
  expect(missing).toEqual([])
})

const promises = security
  .slice(security.indexOf('## Promises'), security.indexOf('## Threats'))
  .split(/\n\s*\n/)
  .filter((paragraph) => paragraph.startsWith('**S'))
  .map((paragraph) => paragraph.replace(/\s+/g, ' '))

test('the promises of SECURITY.md are numbered without gaps, and it speaks of no others', () => {
  const numbers = promises.map((promise) => /^\*\*(S\d+)\. /.exec(promise)?.[1])
  expect(numbers).toEqual(promises.map((_, index) => `S${index + 1}`))
  const spoken = [...security.matchAll(/\bS\d+\b/g)].map(([number]) => number)
  expect(promises.length).toBeGreaterThan(30)
  expect(spoken.filter((number) => !numbers.includes(number))).toEqual([])
})

/** Of a test or a group of tests: a string before a function. */
const titlesIn = (path: string) =>
  [...read(path).matchAll(/(['"`])((?:(?!\1).)+)\1,\s*(?:async )?\(/g)].map(([, , title]) => title!)

test('each of them ends with the tests that hold it, by a part of one title each', () => {
  const wrong = promises.flatMap((promise) => {
    const tests = [...promise.matchAll(/`(tests\/[\w./]+\.ts)`((?:,? "[^"]+")+)/g)]
    const ends = / (?:`tests\/[\w./]+\.ts`(?:,? "[^"]+")+(?:; |$))+$/.test(promise)
    const unheld = tests.flatMap(([, path, parts]) =>
      [...parts!.matchAll(/"([^"]+)"/g)]
        .filter(([, part]) => titlesIn(path!).filter((title) => title.includes(part!)).length !== 1)
        .map(([, part]) => `${path}: ${part}`),
    )
    return ends ? unheld : [`no test: ${promise.slice(0, 40)}`, ...unheld]
  })
  expect(wrong).toEqual([])
})
