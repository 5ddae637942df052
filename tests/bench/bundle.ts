import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'
import { gzipSync } from 'node:zlib'
import { parseAst } from 'vite'
import type { Release } from '../../release.ts'
import { root } from './child.ts'
import type { Report } from './report.ts'

/**
 * Of script, gzip, in bytes. `atOnce` is what somebody waits for; `all` grows with what the product does. `files`: what makes
 * files on the device, fetched last, so that exports work offline. `sounds`: the table of pinyin, fetched by whoever searches.
 */
export const limits = { atOnce: 243_000, all: 508_000, files: 110_000, sounds: 22_000 } as const

/** The writers of formats. They wait for nobody, and nobody waits for them but whoever exports. */
const writers = new RegExp(
  `^assets/(${readdirSync(`${root}shared/export`)
    .map((name) => name.replace(/\.ts$/, ''))
    .join('|')})-[^/]*\\.js$`,
)

/** A table of 7,000 characters, loaded when somebody first searches. It does not grow with the product. */
const sounds = /^assets\/pinyin-[^/]*\.js$/

export interface Bundle {
  /** What the page loads before anything happens: its scripts, what it preloads, and all that these import. */
  readonly atOnce: number
  /** Every script of the build but the writers of files and the table of pinyin. */
  readonly all: number
  /** The writers of files. */
  readonly files: number
  /** The table of pinyin. */
  readonly sounds: number
  /** Largest first. */
  readonly scripts: readonly Script[]
}

export interface Script {
  /** Path in `dist/`. */
  readonly path: string
  /** gzip, bytes. */
  readonly size: number
  readonly atOnce: boolean
}

/** The figures of a build, which must be there. */
export function bundle(dist: string = `${root}dist/`): Bundle {
  if (!existsSync(`${dist}index.html`)) throw new Error(`there is no index.html in ${dist}; build the client first`)
  // The files of the releases before lie beside those of this one.
  const [release] = JSON.parse(readFileSync(`${dist}releases.json`, 'utf8')) as Release[]
  const paths = (release?.files ?? []).map((path) => path.slice(1)).filter((path) => /\.m?js$/.test(path))
  const read = (path: string) => readFileSync(dist + path, 'utf8')

  const atOnce = new Set<string>()
  const follow = (path: string) => {
    if (atOnce.has(path) || !paths.includes(path)) return
    atOnce.add(path)
    for (const specifier of imports(read(path))) follow(resolve(posix.dirname(path), specifier))
  }
  for (const source of loaded(read('index.html'))) follow(resolve('.', source))

  const scripts = paths
    .map((path) => ({ path, size: gzipSync(readFileSync(dist + path), { level: 9 }).length, atOnce: atOnce.has(path) }))
    .sort((a, b) => b.size - a.size)
  const sum = (some: readonly Script[]) => some.reduce((total, { size }) => total + size, 0)
  if (atOnce.size === 0) throw new Error(`the index.html in ${dist} loads no script`)
  const apart = (kind: RegExp) => scripts.filter((script) => !script.atOnce && kind.test(script.path))
  const [files, table] = [apart(writers), apart(sounds)]
  const others = scripts.filter((script) => !files.includes(script) && !table.includes(script))
  const names = files.map(({ path }) => writers.exec(path)?.[1])
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) throw new Error(`two scripts in ${dist} are called ${twice}: which of them writes files?`)
  return {
    atOnce: sum(scripts.filter((script) => script.atOnce)),
    all: sum(others),
    files: sum(files),
    sounds: sum(table),
    scripts,
  }
}

/** The scripts that a page loads and preloads. */
function loaded(html: string): string[] {
  const tags = html.match(/<(?:script|link)\b[^>]*>/g) ?? []
  return tags.flatMap((tag) => {
    const attribute = (name: string) => new RegExp(`\\b${name}="([^"]*)"`).exec(tag)?.[1]
    if (tag.startsWith('<script')) return attribute('src') ?? []
    return attribute('rel') === 'modulepreload' ? (attribute('href') ?? []) : []
  })
}

/** What a module imports as it starts; not what it imports later, on demand. */
function imports(code: string): string[] {
  return parseAst(code).body.flatMap((statement) => {
    const loads =
      statement.type === 'ImportDeclaration' ||
      statement.type === 'ExportAllDeclaration' ||
      statement.type === 'ExportNamedDeclaration'
    return loads && statement.source ? statement.source.value : []
  })
}

function resolve(folder: string, specifier: string): string {
  return specifier.startsWith('/') ? specifier.slice(1) : posix.normalize(posix.join(folder, specifier))
}

export async function bundling(): Promise<Report> {
  const { atOnce, all, files, sounds, scripts } = bundle()
  const kilo = (bytes: number) => (bytes / 1000).toFixed(1)
  const row = (name: string, size: number, limit?: number) => [name, kilo(size), limit === undefined ? '' : kilo(limit)]
  return {
    tables: [
      {
        title: 'Script of the client, gzip',
        columns: ['', 'kB', 'limit kB'],
        rows: [
          row('loaded at once by index.html', atOnce, limits.atOnce),
          row('all but the writers of files and pinyin', all, limits.all),
          row('the writers of files', files, limits.files),
          row('the table of pinyin', sounds, limits.sounds),
          ...scripts.map((script) => row(`  ${script.path}${script.atOnce ? '' : ' (later)'}`, script.size)),
        ],
      },
    ],
    notes: [],
    wrong: [],
  }
}
