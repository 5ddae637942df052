import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { request as ask, createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { pino } from 'pino'
import type { SessionId } from '../../shared/api/terms.ts'
import type { MeetingId, PersonId } from '../../shared/domain/agenda.ts'
import { cookieName } from '../access/cookie.ts'
import { newId } from '../access/ids.ts'
import { looksOf } from '../access/look.ts'
import { hashSecret, newSecret } from '../access/secret.ts'
import { openSqlite } from '../storage/sqlite/storage.ts'
import type { Storage } from '../storage/storage.ts'
import { readConfig } from './config.ts'
import { lockFolder } from './lock.ts'
import { type SampleKeys, sampleKeys } from './sample.ts'
import { createServer } from './server.ts'

/*
 * `npm run dev`: this process serves the client through vite, and starts this file again as the server, which restarts when
 * its code changes and forwards what is not its own to vite. Vite keeps running, because it is slow to start and its first
 * answers are slow, too. `npm start` uses none of it.
 */
const cast: Record<string, readonly [role: string, side: string, name: string]> = {
  organizer: ['organizer', 'us', 'Organizer'],
  us: ['delegate', 'us', 'U.S. delegate'],
  cn: ['delegate', 'cn', '中方代表'],
  observer: ['observer', 'none', 'Observer'],
}

const vitePort = Number(process.env.PARLEY_DEV)
if (vitePort) await develop()
else await watch()

async function watch(): Promise<void> {
  const { createServer: createVite } = await import('vite')
  const root = new URL('../../', import.meta.url)
  const path = (name: string) => fileURLToPath(new URL(name, root))
  const http = createHttpServer()
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const { port } = http.address() as AddressInfo
  const shared = path('shared/')
  const vite = await createVite({
    configFile: path('vite.config.ts'),
    appType: 'spa',
    server: { middlewareMode: true, ws: { server: http, clientPort: port }, proxy: {} },
    // A page must not reload while the server restarts, which runs the shared code as well.
    plugins: [{ name: 'parley-dev', handleHotUpdate: ({ file }) => (file.startsWith(shared) ? [] : undefined) }],
  })
  http.on('request', vite.middlewares)
  // The cache of compiled code saves about 300 ms a start.
  const env = { ...process.env, PARLEY_DEV: String(port), NODE_COMPILE_CACHE: path('node_modules/.cache/node') }
  /** Pages have older code of `shared` than the server. After any other change they only connect again. */
  let stale = false
  const start = () => {
    const child = spawn(process.execPath, [fileURLToPath(import.meta.url)], {
      stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
      env,
    })
    child.once('message', () => {
      if (stale) vite.ws.send({ type: 'full-reload' })
      stale = false
    })
    return child
  }
  let server = start()
  const end = async () => {
    if (server.exitCode !== null || server.signalCode !== null) return
    server.kill()
    await once(server, 'exit')
  }
  let turn = Promise.resolve()
  let soon: NodeJS.Timeout | undefined
  vite.watcher.add([path('server'), shared])
  vite.watcher.on('all', (_, file) => {
    if (file.startsWith(shared)) stale = true
    else if (!file.startsWith(path('server/'))) return
    clearTimeout(soon)
    // A checkout or a formatter changes several files at once.
    soon = setTimeout(() => {
      turn = turn.then(end).then(() => {
        server = start()
      })
    }, 50)
  })
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const)
    process.once(signal, () => end().then(() => process.exit(server.exitCode ?? 0)))
}

async function develop(): Promise<void> {
  const read = readConfig({ PARLEY_DATA: './data/dev', ...process.env })
  if (!read.ok) {
    process.stderr.write(`${read.message}\n`)
    process.exitCode = 2
    return
  }
  const { port, host, data } = read.config
  const release = lockFolder(data)
  if (release === null) {
    process.stderr.write(`PARLEY_DATA is "${data}", but another Parley server is serving that folder.\n`)
    process.exitCode = 2
    return
  }
  const storage = openSqlite(data)
  const keys = await sampleKeys(storage, data)
  const server = await createServer({
    storage,
    port,
    host,
    origin: null,
    logger: pino({ level: 'info' }, pino.destination(2)),
    middleware(request, response) {
      become(storage, keys, request, response)
        .then((done) => {
          if (!done) forward(request, response)
        })
        .catch((error: unknown) => response.writeHead(500).end(String(error)))
    },
  })
  process.stdout.write(`Parley, developing  ${server.origin}\n`)
  for (const as of Object.keys(cast)) process.stdout.write(`  ${server.origin}/?as=${as}\n`)
  process.send?.('ready')

  let stopping = false
  const stop = async () => {
    if (stopping) return
    stopping = true
    await server.close()
    await storage.close()
    await release()
    process.exit(0)
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, stop)
  process.once('disconnect', stop)
}

function forward(request: IncomingMessage, response: ServerResponse): void {
  const { url, method, headers } = request
  const asked = ask({ host: '127.0.0.1', port: vitePort, path: url, method, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers)
    answer.pipe(response)
  })
  asked.on('error', () => response.destroy())
  request.pipe(asked)
}

/**
 * `?as=us` signs in as that person. Each has a host name of their own (us.localhost), because cookies go by host, so
 * one browser can be several people, a tab each. True when the request has been answered.
 */
async function become(
  storage: Storage,
  keys: SampleKeys,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  const url = new URL(request.url ?? '/', `http://${request.headers.host ?? 'localhost'}`)
  const as = url.searchParams.get('as')
  const person = as === null ? undefined : cast[as]
  if (as === null || person === undefined) return false
  url.searchParams.delete('as')
  if (url.pathname === '/') url.pathname = `/m/${keys.meeting}`
  if (url.hostname !== `${as}.localhost`) {
    url.hostname = `${as}.localhost`
    response.writeHead(302, { location: `${url.origin}${url.pathname}?as=${as}` }).end()
    return true
  }
  const [role, side, name] = person
  const token = keys.tokens.find((one) => one.role === role && one.side === side)?.token ?? ''
  const invitation = await storage.invitationByToken(hashSecret(token))
  if (invitation === null || !(await storage.hasMeeting(keys.meeting as MeetingId))) return false
  const [secret, at] = [newSecret(), Date.now()]
  const arrival = { before: null, session: hashSecret(secret), id: newId() as SessionId, at }
  const known = (await storage.people(invitation.meeting)).find((one) => one.name === name)?.person
  if (known === undefined) {
    const somebody = { name, looks: looksOf(name), person: newId() as PersonId }
    await storage.enter({ ...arrival, ...somebody, invitation: invitation.id })
  } else {
    const code = hashSecret(newSecret())
    await storage.addCode({ code, person: known, by: known, expiresAt: at + 1000 })
    await storage.enterByCode({ ...arrival, code })
  }
  response
    .writeHead(302, {
      location: `${url.pathname}${url.search}`,
      'set-cookie': `${cookieName}=${secret}; Path=/; HttpOnly; SameSite=Lax`,
    })
    .end()
  return true
}
