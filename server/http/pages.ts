import { existsSync } from 'node:fs'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance } from 'fastify'

/** The built client: its files, and its page for every address that the client reads itself. */
export async function servePages(app: FastifyInstance, folder: string): Promise<void> {
  if (!existsSync(join(folder, 'index.html'))) {
    const hint = 'The client is not built yet: npm run build.\n'
    for (const path of pages) app.get(path, async (_request, reply) => reply.code(503).type('text/plain').send(hint))
    return
  }
  await app.register(fastifyStatic, {
    root: folder,
    index: false,
    wildcard: false,
    cacheControl: false,
    preCompressed: true,
    setHeaders(reply, path) {
      // Files under assets carry a hash of what is in them in their names.
      const lasting = path.startsWith(join(folder, 'assets'))
      reply.header('cache-control', lasting ? 'public, max-age=31536000, immutable' : 'no-cache')
    },
  })
  for (const path of pages) app.get(path, (_request, reply) => reply.sendFile('index.html'))
}

const pages = ['/', '/join', '/m/*']
