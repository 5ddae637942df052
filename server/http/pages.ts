import { existsSync } from 'node:fs'
import { join, sep } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance, FastifyRequest } from 'fastify'

/**
 * The built client: its files, and its page for every client route. Files are looked up at every request, because a
 * newer build may arrive while the server runs. A missing file is a plain 404, never the page; an address that somebody has
 * typed or cut off is the page, which says so.
 */
export async function servePages(app: FastifyInstance, folder: string): Promise<void> {
  const assets = join(folder, 'assets') + sep
  await app.register(fastifyStatic, {
    root: folder,
    index: ['index.html'],
    dotfiles: 'ignore',
    cacheControl: false,
    preCompressed: true,
    suppressWarning: true,
    setHeaders(reply, path) {
      // Files under assets have a content hash in their names.
      reply.header('cache-control', path.startsWith(assets) ? 'public, max-age=31536000, immutable' : 'no-cache')
    },
  })
  for (const path of pages) {
    app.get(path, (_request, reply) => {
      if (existsSync(join(folder, 'index.html'))) return reply.sendFile('index.html')
      return reply.code(503).type('text/plain').send('The client is not built yet: npm run build.\n')
    })
  }
}

const pages = ['/', '/join', '/new', '/m/*']

/** Whether somebody looks at the answer in a browser. */
export function isAskedByPerson({ method, headers, url }: FastifyRequest): boolean {
  return method === 'GET' && headers.accept?.includes('text/html') === true && !/^\/(api|sync|assets)\//.test(url)
}
