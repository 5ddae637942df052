import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Logger, pino } from 'pino'
import { isLoopback } from '../access/client.ts'
import { examine, tracesIn, unusable } from '../storage/sqlite/folder.ts'
import { openSqlite } from '../storage/sqlite/storage.ts'
import type { Storage } from '../storage/storage.ts'
import { readConfig } from './config.ts'
import { ignoreErrors } from './guard.ts'
import { lockFolder } from './lock.ts'
import { sampleLinks } from './sample.ts'
import { createServer } from './server.ts'

/**
 * Serves until a signal asks to stop. `withSample` adds a sample meeting and prints its links. Returns the exit code: 2
 * when the environment is wrong. After an uncaught error the process exits with 1, so that its supervisor restarts it.
 */
export async function serve(
  env: Readonly<Record<string, string | undefined>>,
  { withSample }: { withSample: boolean },
): Promise<number> {
  const read = readConfig(env)
  if (!read.ok) {
    process.stderr.write(`${read.message}\n`)
    return 2
  }
  const { port, host, data, origin, ...rest } = read.config
  const pages = fileURLToPath(new URL('../../dist', import.meta.url))
  if (!withSample && !existsSync(`${pages}/index.html`)) {
    process.stderr.write('The page is not built yet: run "npm run build" in the folder of Parley, then this again.\n')
    return 2
  }
  const isNew = tracesIn(data).length === 0
  // Standard output is for people, the log for machines. If either is closed or its disk is full, the server goes on.
  const log = pino.destination(2)
  for (const stream of [log, process.stdout, process.stderr]) ignoreErrors(stream)
  const logger = pino({ level: 'warn' }, log)
  // At a terminal the links of the sample meeting must stay in sight.
  const requests = (rest.log ?? (withSample ? 'quiet' : 'requests')) === 'requests'
  // What cannot be written soon is dropped: nobody waits for a log.
  const requestOutput = requests ? pino.destination({ fd: 2, sync: false, maxLength: 2 ** 20 }) : null
  if (requestOutput !== null) ignoreErrors(requestOutput)
  const end = whenToEnd(logger)
  const opened = open(data)
  if (typeof opened === 'string') {
    process.stderr.write(`${opened}\n`)
    return 2
  }
  const { storage, release } = opened
  try {
    const { proxies, metricsToken, create } = rest
    const requestLogger = requestOutput && pino({ base: null }, requestOutput)
    const server = await createServer({
      ...{ storage, port, host, origin, proxies, metricsToken, create, logger, requestLogger, pages },
    })
    if (!isLocal(host) && !origin?.startsWith('https:')) {
      logger.warn(
        'HOST is not of this machine alone, but PARLEY_ORIGIN is not https: anybody on the way can read along',
      )
    }
    process.stdout.write(`Parley · 共议  ${server.origin}\n`)
    if (isNew && !withSample) process.stdout.write(`  new and empty: ${resolve(data)}\n`)
    for (const { who, link } of withSample ? await sampleLinks(storage, data, server.origin) : []) {
      process.stdout.write(`  ${who.padEnd(18)}${link}\n`)
    }
    if (env.PARLEY_READY === 'json') process.stdout.write(`${JSON.stringify({ port: server.port })}\n`)
    if ((await end) === 'asked') await server.close()
    else {
      await server.abandon()
      process.exit(faulty)
    }
    return 0
  } catch (error) {
    const refused = listenSentence(error, port, host)
    if (refused === null) throw error
    process.stderr.write(`${refused}\n`)
    return 2
  } finally {
    await storage.close()
    await release()
  }
}

/** Opens the data folder for serving, or returns one sentence that says why it cannot. */
function open(data: string): { storage: Storage; release: () => Promise<void> } | string {
  try {
    examine(data, { thorough: true })
    const release = lockFolder(data)
    if (release === null) return `PARLEY_DATA is "${data}", but another Parley server is serving that folder.`
    return { storage: openSqlite(data), release }
  } catch (error) {
    return unusable(data, error)
  }
}

function isLocal(host: string): boolean {
  return host === 'localhost' || isLoopback(host)
}

function listenSentence(error: unknown, port: number, host: string): string | null {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'EADDRINUSE':
      return `PORT is ${port}, but another program is listening there.`
    case 'EACCES':
      return `PORT is ${port}, but this user may not listen there.`
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `HOST is "${host}", but this machine has no such address.`
    default:
      return null
  }
}

/** The exit code after an uncaught error. */
const faulty = 1
/** How long the process may still commit admitted edits, ms. */
const lastWait = 5000

/**
 * Settles when a signal asks to stop or an error goes uncaught. After such an error the state of the process cannot be
 * trusted, so it exits soon, whatever happens.
 */
function whenToEnd(logger: Logger): Promise<'asked' | 'fault'> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve('asked'))
    // Unhandled rejections arrive here as well.
    let ending = false
    process.on('uncaughtException', (error) => {
      if (ending) return
      ending = true
      setTimeout(() => process.exit(faulty), lastWait)
      resolve('fault')
      logger.fatal({ err: error }, 'a fault that nothing caught: the server ends')
    })
  })
}
