import { spawn } from 'node:child_process'
import type { IncomingMessage, ServerResponse } from 'node:http'
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
 * `npm run dev`: one process serves the server and, through vite, the client, and restarts when the server's code changes.
 * This file is the watcher, and it starts itself again as the watched process. `npm start` uses none of it.
 */
const cast: Record<string, readonly [role: string, side: string, name: string]> = {
  organizer: ['organizer', 'us', 'Organizer'],
  us: ['delegate', 'us', 'U.S. delegate'],
  cn: ['delegate', 'cn', '中方代表'],
  observer: ['observer', 'none', 'Observer'],
}

const watched = process.env.PARLEY_DEV === 'watched'
if (watched) await develop()
else watch()

function watch(): void {
  const file = fileURLToPath(import.meta.url)
  // Watches folders, because vite imports its configuration from a new file at every start.
  const folders = ['server', 'shared'].map(
    (name) => `--watch-path=${fileURLToPath(new URL(`../../${name}`, import.meta.url))}`,
  )
  const child = spawn(process.execPath, [...folders, '--watch-preserve-output', file], {
    stdio: 'inherit',
    env: { ...process.env, PARLEY_DEV: 'watched' },
  })
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal))
  child.on('exit', (code) => {
    process.exitCode = code ?? 0
  })
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
  const { createServer: createVite } = await import('vite')
  let vite: Awaited<ReturnType<typeof createVite>> | null = null
  const server = await createServer({
    storage,
    port,
    host,
    origin: null,
    logger: pino({ level: 'info' }, pino.destination(2)),
    middleware(request, response, next) {
      become(storage, keys, request, response)
        .then((done) => {
          if (done) return
          if (vite === null) next()
          else vite.middlewares(request, response, next)
        })
        .catch((error: unknown) => response.writeHead(500).end(String(error)))
    },
  })
  vite = await createVite({
    configFile: fileURLToPath(new URL('../../vite.config.ts', import.meta.url)),
    appType: 'spa',
    server: { middlewareMode: true, ws: { server: server.http }, proxy: {} },
  })
  process.stdout.write(`Parley, developing  ${server.origin}\n`)
  for (const as of Object.keys(cast)) process.stdout.write(`  ${server.origin}/?as=${as}\n`)

  let stopping = false
  const stop = async () => {
    if (stopping) return
    stopping = true
    await vite?.close()
    await server.close()
    await storage.close()
    release()
    process.exit(0)
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, stop)
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
