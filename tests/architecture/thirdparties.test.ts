import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { notice, productionPackages } from '../../notices.ts'
import { root } from '../support/server.ts'

/* Whose work Parley consists of, on what terms, and whether it is what it says. */

/** Terms that ask for no more than a notice, or, of ical.js alone, for its own files as they are, which we do not change. */
const allowed = [
  ...['MIT', 'ISC', '0BSD', 'BSD', 'BSD-2-Clause', 'BSD-3-Clause', 'Apache-2.0', 'BlueOak-1.0.0', 'CC0-1.0', 'PSF-2.0'],
  ...['MIT AND OFL-1.1', 'MIT AND Apache-2.0', '(MIT AND Zlib)', '(MIT OR Apache-2.0)'],
  // By the first of the two.
  '(MIT OR GPL-3.0-or-later)',
]

test('NOTICE names every package that is not for tests or builds alone, with its terms', () => {
  const packages = productionPackages()
  expect(packages.length).toBeGreaterThan(150)
  const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const names = new Set(packages.map(({ name }) => name))
  expect(Object.keys(dependencies).filter((name) => !names.has(name))).toEqual([])
  // After a change of the dependencies: node notices.ts
  expect(readFileSync(join(root, 'NOTICE'), 'utf8') === notice(packages)).toBe(true)
})

test('no package asks for more than a notice', () => {
  const other = productionPackages().filter(({ license }) => !allowed.includes(license))
  expect(other.map(({ name, license }) => `${name}: ${license}`)).toEqual(['ical.js: MPL-2.0'])
})

test('the Node that is installed is the one whose hash is known, of the version that package.json asks for', () => {
  const { version, sha256 } = JSON.parse(readFileSync(join(root, 'node-binaries.json'), 'utf8'))
  expect(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).dependencies.node).toBe(version)
  const wanted = sha256[`${process.platform}-${process.arch}`]
  const binary = join(root, 'node_modules/node/bin/node')
  const known = wanted !== undefined && existsSync(binary)
  const hash = known && createHash('sha256').update(readFileSync(binary)).digest('hex')
  expect(hash).toBe(known && wanted)
})

test('setting up stops before it uses a Node whose hash is another, and says so where none is known', () => {
  const folder = mkdtempSync(join(tmpdir(), 'parley-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  cpSync(join(root, 'setup.mjs'), join(folder, 'setup.mjs'))
  writeFileSync(join(folder, 'package-lock.json'), '{}')
  const programs = join(folder, 'programs')
  for (const path of ['programs', 'node_modules/.bin', 'node_modules/node/bin'])
    mkdirSync(join(folder, path), { recursive: true })
  // What npm would install is there already.
  writeFileSync(join(programs, 'npm'), '#!/bin/sh\n', { mode: 0o755 })
  for (const path of ['.bin/node', 'node/bin/node']) writeFileSync(join(folder, 'node_modules', path), 'some program')
  const setUp = (sha256: Record<string, string>) => {
    writeFileSync(join(folder, 'node-binaries.json'), JSON.stringify({ version: '24.0.0', sha256 }))
    const env = { ...process.env, PATH: `${programs}${delimiter}${process.env.PATH}` }
    const { status, stderr } = spawnSync(process.execPath, ['setup.mjs', 'check'], {
      cwd: folder,
      env,
      encoding: 'utf8',
    })
    const stamp = join(folder, 'node_modules', '.parley-set-up')
    const done = existsSync(stamp)
    rmSync(stamp, { force: true })
    return { status, done, said: stderr.trim().split('\n').slice(1).join() }
  }
  const here = `${process.platform}-${process.arch}`
  const hash = createHash('sha256').update('some program').digest('hex')
  expect(setUp({ [here]: hash })).toEqual({ status: 0, done: true, said: '' })
  const wrong = `The binary of Node that was installed is not that of 24.0.0 for ${here}: it is not used.`
  expect(setUp({ [here]: hash.replace(/^./, 'x') })).toEqual({ status: 1, done: false, said: wrong })
  const unknown = `For ${here} no hash of Node 24.0.0 is known: it is used unchecked.`
  expect(setUp({})).toEqual({ status: 0, done: true, said: unknown })
})
