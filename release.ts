import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { minify, type Plugin, type ResolvedConfig, transformWithOxc } from 'vite'

/** One build, as `dist/releases.json` lists it: newest first, and only those whose files are still there. */
export interface Release {
  readonly id: string
  /** Addresses, `/assets/name`. */
  readonly files: readonly string[]
}

/** The worker, and a page of an older release, may be served after a newer one: so many releases keep their files. */
const kept = 4
const worker = fileURLToPath(new URL('client/worker/worker.ts', import.meta.url))
const compressible = /\.(?:js|css|svg|html|webmanifest)$/
/** Bytes below which compressing saves no packet. */
const small = 1000

/**
 * Makes of a build a release: the worker that knows its files, the files of the releases before beside them, everything
 * compressed. The page and the worker are exchanged last, so that a server may go on serving meanwhile.
 */
export function release(): Plugin {
  let config: ResolvedConfig
  let page = ''
  return {
    name: 'parley-release',
    enforce: 'post',
    configResolved(resolved) {
      config = resolved
    },
    // What `npm start` has installed at this address would answer for the pages of `npm run dev`.
    configureServer(server) {
      server.middlewares.use('/worker.js', (_request, response) => {
        response.setHeader('content-type', 'text/javascript').end(leave)
      })
    },
    generateBundle: {
      order: 'post',
      handler(_options, bundle) {
        const html = bundle['index.html']
        if (html?.type !== 'asset') return
        page = String(html.source)
        delete bundle['index.html']
      },
    },
    async writeBundle(_options, bundle) {
      const folder = config.build.outDir.startsWith('/') ? config.build.outDir : join(config.root, config.build.outDir)
      const open = existsSync(config.publicDir)
        ? readdirSync(config.publicDir, { recursive: true, encoding: 'utf8' })
        : []
      const names = [...Object.keys(bundle), ...open]
        .map((name) => name.replaceAll('\\', '/'))
        .filter((name) => statSync(join(folder, name), { throwIfNoEntry: false })?.isFile())
        .sort()
      const files: Record<string, string> = { '/': digest(page) }
      for (const name of names) files[`/${name}`] = digest(readFileSync(join(folder, name)))
      const { code } = await transformWithOxc(readFileSync(worker, 'utf8'), worker)
      const id = createHash('sha256')
        .update(JSON.stringify([files, code]))
        .digest('base64url')
        .slice(0, 12)
      const script = `const release=${JSON.stringify({ id, files })};${code}`

      publish(folder, { id, files: names.map((name) => `/${name}`) }, page, (await minify('worker.js', script)).code)
    },
  }
}

/** Makes a release, whose files are in the folder, the one that is served there, beside those before it. */
export function publish(folder: string, release: Release, page: string, script: string): void {
  const list = join(folder, 'releases.json')
  const earlier = existsSync(list) ? (JSON.parse(readFileSync(list, 'utf8')) as Release[]) : []
  const staying = [release, ...earlier.filter((one) => one.id !== release.id)].slice(0, kept)

  for (const file of release.files) compress(join(folder, file), file.startsWith('/assets/'))
  exchange(join(folder, 'worker.js'), script)
  exchange(join(folder, 'index.html'), page)
  exchange(list, JSON.stringify(staying))
  sweep(folder, new Set(staying.flatMap((one) => one.files)))
}

const leave = `
self.addEventListener('install', () => self.skipWaiting())
self.addEventListener('activate', (event) => event.waitUntil((async () => {
  await Promise.all((await caches.keys()).map((name) => caches.delete(name)))
  await self.registration.unregister()
})()))
`

/** As `fetch` takes it: a proxy that answers with a page of its own is not taken for one of our files. */
function digest(content: string | Buffer): string {
  return `sha256-${createHash('sha256').update(content).digest('base64')}`
}

/** `lasting`: the name says what is in it, so what has been compressed before is right. */
function compress(path: string, lasting: boolean) {
  if (lasting && existsSync(`${path}.br`)) return
  const content = readFileSync(path)
  if (!compressible.test(path) || content.length < small) return
  writeFileSync(`${path}.gz`, gzipSync(content, { level: 9 }))
  writeFileSync(
    `${path}.br`,
    brotliCompressSync(content, {
      params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: content.length },
    }),
  )
}

/** Whoever asks meanwhile gets the old file or the new one, whole; its compressed forms are never of another. */
function exchange(path: string, content: string) {
  for (const form of ['.br', '.gz']) rmSync(path + form, { force: true })
  writeFileSync(`${path}.new`, content)
  renameSync(`${path}.new`, path)
  compress(path, false)
}

/** Removes the assets that no kept release lists. */
function sweep(folder: string, staying: ReadonlySet<string>) {
  const assets = join(folder, 'assets')
  for (const name of existsSync(assets) ? readdirSync(assets, { recursive: true, encoding: 'utf8' }) : []) {
    const path = join(assets, name)
    const address = `/${relative(folder, path).replaceAll('\\', '/')}`.replace(/\.(?:br|gz)$/, '')
    if (!staying.has(address) && statSync(path).isFile()) rmSync(path)
  }
}
