import { pino } from 'pino'
import { createServer } from '../../server/process/server.ts'
import { openSqlite } from '../../server/storage/sqlite/storage.ts'

/* A server in a process of its own that lets a room go as soon as its last guest has left. */
const { port } = await createServer({
  storage: openSqlite(process.env.PARLEY_DATA ?? ''),
  port: 0,
  host: '127.0.0.1',
  origin: null,
  logger: pino({ level: 'silent' }),
  linger: 0,
})
process.stdout.write(`${JSON.stringify({ port })}\n`)
