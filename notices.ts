import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/*
 * Writes NOTICE: whose work the dependencies are, and on what terms. `node notices.ts` after any change of the dependencies;
 * a test says when it is due. Dependencies that only tests and builds need are not in it.
 */

const root = fileURLToPath(new URL('.', import.meta.url))

interface Package {
  readonly name: string
  readonly version: string
  readonly license: string
  /** As the package has it. Null where it has none, and for what is installed on some systems only. */
  readonly text: string | null
}

interface Locked {
  readonly version: string
  readonly license?: string
  readonly os?: readonly string[]
  readonly dependencies?: Record<string, string>
  readonly optionalDependencies?: Record<string, string>
}

/** All that the program needs, by package-lock.json, which has them for every system. */
export function productionPackages(): readonly Package[] {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, Locked>
  }
  /** As Node finds it: beside the package, or beside one that it is in. */
  const find = (from: string, name: string): string | null => {
    const path = `${from === '' ? '' : `${from}/`}node_modules/${name}`
    if (packages[path] !== undefined) return path
    return from === '' ? null : find(from.slice(0, Math.max(0, from.lastIndexOf('/node_modules/'))), name)
  }
  const paths = new Set([''])
  for (const path of paths) {
    const { dependencies, optionalDependencies } = packages[path] as Locked
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
      const needed = find(path, name)
      if (needed !== null) paths.add(needed)
    }
  }
  paths.delete('')
  const found = new Map<string, Package>()
  for (const path of paths) {
    const { version, license = 'unknown', os } = packages[path] as Locked
    const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)
    found.set(`${name} ${version}`, { name, version, license, text: os ? null : licenseText(join(root, path)) })
  }
  return [...found.values()].sort((a, b) => (`${a.name} ${a.version}` < `${b.name} ${b.version}` ? -1 : 1))
}

function licenseText(folder: string): string | null {
  const names = readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (!/^(licen[cs]e|copying|notice|third.party)/i.test(entry.name) || /\.[jt]sx?$/.test(entry.name)) return []
    return entry.isDirectory()
      ? readdirSync(join(folder, entry.name)).map((name) => join(entry.name, name))
      : [entry.name]
  })
  if (names.length === 0) return null
  const texts = names.sort().map((name) => readFileSync(join(folder, name), 'utf8').replaceAll('\r', '').trim())
  return texts.join('\n\n')
}

export function notice(packages: readonly Package[] = productionPackages()): string {
  const groups = new Map<string, Package[]>()
  for (const one of packages) {
    const key = one.text ?? `${one.license}, as its package says; it has no text of it.`
    groups.set(key, [...(groups.get(key) ?? []), one])
  }
  const parts = [...groups].map(([text, of]) => {
    const names = of.map(({ name, version, license }) => `${name} ${version} (${license})`)
    return `${names.join('\n')}\n\n${text.replaceAll(/^/gm, '    ').replaceAll(/ +$/gm, '')}`
  })
  return `${[head, ...parts].join(`\n\n${'-'.repeat(80)}\n\n`)}\n`
}

const head = `Parley (Apache License 2.0, see LICENSE) uses the works of others below, each on its own terms.
Written by notices.ts; do not edit.

Node.js, which the package "node" brings, has its terms and those of what it contains in its own LICENSE
(node_modules/node/node_modules/node-*/LICENSE).`

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(join(root, 'NOTICE'), notice())
