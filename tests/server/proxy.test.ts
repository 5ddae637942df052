import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { type FaultProxy, type Faults, openProxy } from '../support/proxy.ts'

/* The network that other tests take for real must do what it says. */

let server: Server
let proxy: FaultProxy
beforeEach(async () => {
  server = createServer((request, response) => {
    if (request.url !== '/events') response.end('well')
    else response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: one\n\n')
  })
  new WebSocketServer({ server }).on('connection', (socket) => {
    socket.on('error', () => {})
    socket.on('message', (data) => socket.send(data))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
})
afterEach(async () => {
  await proxy.close()
  server.closeAllConnections()
  server.close()
})
const open = async (faults: Partial<Faults> = {}, seed?: number) => {
  proxy = await openProxy((server.address() as AddressInfo).port, faults, seed)
}
const dial = () => {
  const socket = new WebSocket(proxy.origin.replace('http', 'ws'))
  socket.on('error', () => {})
  return socket
}
const echo = async (socket: WebSocket, word: string) => {
  const began = performance.now()
  socket.send(word)
  await once(socket, 'message')
  return performance.now() - began
}

test('a round trip takes twice the delay, and opening a connection one more', async () => {
  await open({ delay: 40 })
  const began = performance.now()
  const socket = dial()
  await once(socket, 'open')
  expect(performance.now() - began).toBeGreaterThan(155)
  const trip = await echo(socket, 'there and back')
  expect(trip).toBeGreaterThan(78)
  expect(trip).toBeLessThan(150)
})

test('what is lost comes late, and what is behind it not before', async () => {
  await open({ loss: 0.5, retransmission: 60 }, 3)
  const socket = dial()
  await once(socket, 'open')
  const came: string[] = []
  socket.on('message', (data) => came.push(String(data)))
  for (let i = 0; i < 20; i += 1) socket.send(String(i))
  await expect.poll(() => came.length).toBe(20)
  expect(came).toEqual(Array.from({ length: 20 }, (_, i) => String(i)))
  const trips = [await echo(socket, 'a'), await echo(socket, 'b'), await echo(socket, 'c'), await echo(socket, 'd')]
  expect(Math.max(...trips)).toBeGreaterThan(55)
})

test('a silent network keeps what was under way, and a stranded connection never hears again', async () => {
  await open()
  const socket = dial()
  await once(socket, 'open')
  const came: string[] = []
  socket.on('message', (data) => came.push(String(data)))
  proxy.set({ silent: 'down' })
  socket.send('held')
  await expect.poll(() => proxy.counts().up).toBeGreaterThan(0)
  expect(came).toEqual([])
  proxy.set({ silent: 'none' })
  await expect.poll(() => came).toEqual(['held'])
  proxy.strand()
  socket.send('lost')
  const other = dial()
  await once(other, 'open')
  await echo(other, 'new ones work')
  expect(came).toEqual(['held'])
  expect(socket.readyState).toBe(WebSocket.OPEN)
})

test('upgrades are refused, or hang, or are swallowed, while other requests pass', async () => {
  await open({ upgrades: 'refuse' })
  const refused = dial()
  const [, answer] = await once(refused, 'unexpected-response')
  expect(answer.statusCode).toBe(403)
  proxy.set({ upgrades: 'hang' })
  const hanging = dial()
  expect(await (await fetch(proxy.origin)).text()).toBe('well')
  await expect.poll(() => proxy.counts().requests.length).toBe(3)
  expect(hanging.readyState).toBe(WebSocket.CONNECTING)
  proxy.set({ upgrades: 'swallow' })
  const swallowed = dial()
  await once(swallowed, 'open')
  const came: unknown[] = []
  swallowed.on('message', (data) => came.push(data))
  swallowed.send('nobody hears')
  expect(await (await fetch(proxy.origin)).text()).toBe('well')
  expect(came).toEqual([])
})

test('a stream is kept back by a network that looks into answers, and passes one that does not', async () => {
  await open({ streams: 'buffer' })
  const headers = { accept: 'text/event-stream' }
  const stop = new AbortController()
  let heard = false
  fetch(`${proxy.origin}/events`, { headers, signal: stop.signal }).then(
    () => {
      heard = true
    },
    () => {},
  )
  expect(await (await fetch(proxy.origin)).text()).toBe('well')
  expect(heard).toBe(false)
  stop.abort()
  proxy.set({ streams: 'pass' })
  const stream = await fetch(`${proxy.origin}/events`, { headers })
  expect(new TextDecoder().decode((await stream.body!.getReader().read()).value)).toBe('data: one\n\n')
})

test('a cut resets everything, and nobody is reached while the network is down', async () => {
  await open()
  const socket = dial()
  await once(socket, 'open')
  const closed = once(socket, 'close')
  proxy.cut()
  await closed
  proxy.set({ down: true })
  await expect(fetch(proxy.origin)).rejects.toThrow()
  proxy.set({ down: false })
  expect(await (await fetch(proxy.origin)).text()).toBe('well')
  expect(proxy.counts().connections).toBe(3)
})
