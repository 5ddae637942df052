/** The least that can be done: whatever one sends goes to all others. Keeps nothing, knows nothing of documents. */
import { createServer } from 'node:http'
import { WebSocket, WebSocketServer } from 'ws'

const http = createServer((_request, response) => response.end('relay'))
const sockets = new WebSocketServer({ server: http, perMessageDeflate: false })
sockets.on('connection', (socket) => {
  socket.on('message', (data, isBinary) => {
    for (const other of sockets.clients) {
      if (other !== socket && other.readyState === WebSocket.OPEN) other.send(data, { binary: isBinary })
    }
  })
})
http.listen(Number(process.env.PORT), '127.0.0.1')
