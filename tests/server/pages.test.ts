import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { get } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliCompressSync, brotliDecompressSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startServer, type TestServer } from '../support/server.ts'

let folder: string
let server: TestServer

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-pages-'))
  server = await startServer({ pages: folder })
})
afterAll(async () => {
  await server.stop()
  await rm(folder, { recursive: true })
})

/** As it comes over the wire: `fetch` would unpack it. */
function ask(path: string, encoding = 'identity') {
  return new Promise<{ status: number; type: string; cache: string; encoding: string; vary: string; body: Buffer }>(
    (resolve, reject) => {
      const request = get(server.origin + path, { headers: { 'accept-encoding': encoding } }, (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('end', () => {
          const { headers } = response
          resolve({
            status: response.statusCode ?? 0,
            type: headers['content-type'] ?? '',
            cache: headers['cache-control'] ?? '',
            encoding: headers['content-encoding'] ?? '',
            vary: headers.vary ?? '',
            body: Buffer.concat(chunks),
          })
        })
      })
      request.on('error', reject)
    },
  )
}

async function put(name: string, content: string): Promise<void> {
  await mkdir(join(folder, 'assets'), { recursive: true })
  await writeFile(join(folder, name), content)
}

test('a build that comes, and one that follows it, are served without a restart', async () => {
  expect(await ask('/')).toMatchObject({ status: 503 })
  await put('index.html', 'one')
  await put('assets/a-1.js', '1')
  for (const path of ['/', '/join', '/m/x', '/m/x/i/y', '/m/x?from=chat']) {
    expect(await ask(path)).toMatchObject({ status: 200, cache: 'no-cache', body: Buffer.from('one') })
  }
  expect(await ask('/assets/a-1.js')).toMatchObject({ status: 200, cache: 'public, max-age=31536000, immutable' })
  await put('index.html', 'the second')
  await put('assets/a-2.js', '2')
  await put('worker.js', '3')
  expect((await ask('/')).body.toString()).toBe('the second')
  expect((await ask('/assets/a-2.js')).body.toString()).toBe('2')
  expect(await ask('/worker.js')).toMatchObject({ status: 200, cache: 'no-cache' })
})

test('what is not there is a plain 404 and never the page', async () => {
  await put('index.html', 'the page')
  await put('.secret', 'the secret')
  for (const path of [
    '/assets/gone-0.js',
    '/nothing',
    '/.secret',
    '/assets/',
    '/assets',
    '/assets/../.secret',
    '/..%2f',
  ]) {
    const { status, body } = await ask(path)
    expect([path, status >= 400 && status < 500]).toEqual([path, true])
    expect(body.toString()).not.toMatch(/the page|the secret/)
  }
  expect((await ask('/assets/gone-0.js')).status).toBe(404)
})

test('files go out as the build has compressed them, to whoever can read that', async () => {
  const words = 'words and words '.repeat(200)
  await put('assets/b-1.js', words)
  await writeFile(join(folder, 'assets/b-1.js.br'), brotliCompressSync(words))
  const packed = await ask('/assets/b-1.js', 'gzip, deflate, br')
  expect(packed).toMatchObject({ encoding: 'br', vary: expect.stringMatching(/accept-encoding/i) })
  expect(packed.type).toMatch(/javascript/)
  expect(packed.cache).toMatch(/immutable/)
  expect(brotliDecompressSync(packed.body).toString()).toBe(words)
  expect(await ask('/assets/b-1.js')).toMatchObject({ encoding: '', body: Buffer.from(words) })
})
