import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import type { Storage } from '../../server/storage/storage.ts'
import { readAgenda } from '../../shared/document/read.ts'
import { encodeAcknowledge, encodeUpdate } from '../../shared/wire/frame.ts'
import { soon } from '../support/patience.ts'
import { type Client, kindOf, rawClient, startServer, stockClient, type TestServer, textOf } from '../support/server.ts'

describe('a stock y-websocket client', () => {
  let server: TestServer
  const clients: Client[] = []

  afterEach(async () => {
    for (const client of clients.splice(0)) client.leave()
    await server.stop()
  })
  const join = async (role: 'organizer' | 'delegate' | 'observer', side: 'us' | 'cn' | 'none', document = 'agenda') => {
    const { cookie } = await server.visit(role, side)
    const client = stockClient({ origin: server.origin, meeting: server.meeting, cookie, document })
    clients.push(client)
    await client.synced
    return client
  }
  const words = (client: Client) => textOf(client.doc)

  describe('with a real server', () => {
    beforeEach(async () => {
      server = await startServer()
    })

    test('joins the agenda, edits, and another sees it', async () => {
      const [us, cn] = await Promise.all([join('delegate', 'us'), join('delegate', 'cn')])
      const copy = new Y.Doc()
      Y.applyUpdate(copy, Y.encodeStateAsUpdate(us.doc))
      expect(readAgenda(copy).title).toEqual({ en: 'Test', zh: '测试' })
      words(us).insert(0, 'shared terminology')
      await cn.until(() => words(cn).toString() === 'shared terminology')
      words(cn).insert(0, '共同术语 ')
      await us.until(() => words(us).toString() === '共同术语 shared terminology')
      await us.acknowledged()
      const late = await join('organizer', 'cn')
      expect(words(late).toString()).toBe('共同术语 shared terminology')
      expect(Y.encodeStateAsUpdate(late.doc)).toEqual(Y.encodeStateAsUpdate(us.doc))
    })

    test('that was offline and types before it has answered the server loses nothing', async () => {
      const us = await join('delegate', 'us')
      const cn = await join('delegate', 'cn')
      us.provider.disconnect()
      words(us).insert(0, 'typed on a train, ')
      us.provider.on('status', ({ status }) => {
        // At once, before any message of the server has come in.
        if (status === 'connected') words(us).insert(words(us).length, 'and in the station')
      })
      us.provider.connect()
      await cn.until(() => words(cn).toString() === 'typed on a train, and in the station')
      expect(words(us).toString()).toBe(words(cn).toString())
    })

    test('P4: the log holds the very bytes that were received', async () => {
      const { cookie, person } = await server.visit('delegate', 'us')
      const raw = rawClient({ origin: server.origin, meeting: server.meeting, cookie })
      await raw.opened
      const doc = new Y.Doc()
      textOf(doc).insert(0, 'verbatim')
      const update = Y.encodeStateAsUpdate(doc)
      raw.send(encodeUpdate(update))
      raw.send(encodeAcknowledge(Uint8Array.of(1)))
      await raw.frame((frame) => kindOf(frame) === '102')
      raw.socket.close()
      const stored = await server.storage.load(server.meeting, 'agenda')
      expect(stored!.tail.map(({ bytes }) => bytes)).toEqual([update])
      expect(person.role).toBe('delegate')
    })

    test('P3: twenty people who come at once find the room loaded once, and whole', async () => {
      const first = await join('delegate', 'us')
      words(first).insert(0, 'x'.repeat(50_000))
      await first.acknowledged()
      first.leave()
      const { data, meeting } = server
      const { cookie } = await server.visit('delegate', 'us')
      await server.server.close()
      await server.storage.close()

      const loads: string[] = []
      server = await startServer({
        data,
        wrap: (storage) => ({
          ...storage,
          load(of, name) {
            loads.push(`${of}/${name}`)
            return storage.load(of, name)
          },
        }),
      })
      const late = Array.from({ length: 20 }, () => stockClient({ origin: server.origin, meeting, cookie }))
      clients.push(...late)
      await Promise.all(late.map((client) => client.synced))
      expect(loads).toEqual([`${meeting}/agenda`])
      for (const client of late) expect(words(client).length).toBe(50_000)
    })
  })

  test('hears something in a quiet room: half a minute of silence is a dead line to it', async () => {
    server = await startServer({ beatEvery: 20 })
    const { cookie } = await server.visit('observer', 'none')
    const raw = rawClient({ origin: server.origin, meeting: server.meeting, cookie })
    await raw.frame((frame) => kindOf(frame) === '1' && frame.length === 3)
    await soon('a ping', new Promise((resolve) => raw.socket.once('ping', resolve)))
    expect(raw.socket.readyState).toBe(raw.socket.OPEN)
    raw.socket.close()
  })

  test('P1, P2: neither acknowledgement nor broadcast comes before the commit', async () => {
    let release = () => {}
    let asked = () => {}
    const commitAsked = new Promise<void>((resolve) => {
      asked = resolve
    })
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    server = await startServer({
      wrap: (storage): Storage => ({
        ...storage,
        async append(edits) {
          asked()
          await held
          return storage.append(edits)
        },
      }),
    })
    const us = await join('delegate', 'us')
    const place = {
      origin: server.origin,
      meeting: server.meeting,
      cookie: (await server.visit('delegate', 'cn')).cookie,
    }
    const watcher = rawClient(place)
    await watcher.frame((frame) => kindOf(frame) === '0.0')
    let acknowledged = false
    words(us).insert(0, 'not yet')
    const echo = us.acknowledged().then(() => {
      acknowledged = true
    })
    await commitAsked
    // While the commit is held, whoever comes sees the state without it, and frames sent after it are answered.
    const late = await join('organizer', 'us')
    expect(words(late).toString()).toBe('')
    const lateEcho = late.acknowledged()
    watcher.send(encodeAcknowledge(Uint8Array.of(9)))
    await watcher.frame((frame) => kindOf(frame) === '102')
    expect(watcher.frames.map(kindOf)).not.toContain('0.2')
    expect(acknowledged).toBe(false)
    release()
    await Promise.all([echo, lateEcho])
    await watcher.frame((frame) => kindOf(frame) === '0.2')
    await late.until(() => words(late).toString() === 'not yet')
  })
})
