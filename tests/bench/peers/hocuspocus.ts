/** Hocuspocus as it comes, without a database: documents live in memory. */
import { Server } from '@hocuspocus/server'

const server = new Server({
  port: Number(process.env.PORT),
  address: '127.0.0.1',
  quiet: true,
  websocketOptions: { perMessageDeflate: false },
})
await server.listen()
