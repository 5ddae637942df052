import { createServer, type IncomingMessage } from 'node:http'
import { type Duplex, duplexPair } from 'node:stream'
import { expect, onTestFinished, test, vi } from 'vitest'
import { WebSocket } from 'ws'
import { hashSecret } from '../../../server/access/secret.ts'
import { createGateway, type Gateway } from '../../../server/sync/gateway.ts'
import type { InvitationId, Role, SessionId } from '../../../shared/api/terms.ts'
import type { PersonId } from '../../../shared/domain/agenda.ts'
import { encodeUpdate } from '../../../shared/wire/frame.ts'
import { kindOf, type Stage, setStage, typed, usualQuotas } from '../../support/stage.ts'

/* The gateway with sockets that pass through no network: a pair of streams each. */

const open = { personName: null, expiresAt: null, mostPeople: null }
const [reviewEvery, linger] = [1000, 30_000]

interface Visit {
  readonly socket: WebSocket
  /** Settles with the close code. */
  readonly closed: Promise<number>
  readonly reason: () => string
  readonly frames: string[]
  /** Settles when the first frame has come. */
  readonly greeted: Promise<void>
}

interface Scene extends Stage {
  readonly gateway: Gateway
  /** Lets somebody into the meeting by an invitation of their own. */
  invite(person: string, role?: Role): Promise<void>
  revoke(person: string): Promise<unknown>
  come(person: string, path?: string): Visit
}

async function setScene(): Promise<Scene> {
  const stage = await setStage()
  const { storage, rooms, meeting, faults } = stage
  const gateway = createGateway({
    quotas: usualQuotas(),
    ...{ storage, rooms, reviewEvery, origin: null, beatEvery: 10_000, used: async () => {} },
    steady: () => performance.now(),
    opened() {},
    upgraded: () => () => {},
    ended() {},
    report: (error) => faults.push(error),
  })
  const http = createServer()
  http.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => gateway.upgrade(request, socket, head))
  onTestFinished(() => gateway.close())
  const invitationOf = (person: string) => `invitation of ${person}` as InvitationId
  return {
    ...stage,
    gateway,
    async invite(person, role = 'delegate') {
      const id = invitationOf(person)
      const made = { id, meeting, role, side: 'us' as const, createdAt: 1, revokedAt: null, ...open }
      await storage.addInvitation(made, hashSecret(id))
      const arrival = { before: null, session: hashSecret(person), id: person as SessionId, at: 2 }
      await storage.enter({ ...arrival, invitation: id, name: person, looks: [person], person: person as PersonId })
    },
    revoke: (person) => storage.revokeInvitation(invitationOf(person), 3),
    come(person, path = `/sync/${meeting}/agenda`) {
      const [mine, theirs] = duplexPair()
      // As a network does.
      mine.on('close', () => theirs.destroy())
      const socket = new WebSocket(`ws://parley.test${path}`, {
        headers: { cookie: `parley_session=${person}` },
        createConnection: () => {
          http.emit('connection', theirs)
          return mine
        },
      } as object)
      const frames: string[] = []
      let reason = ''
      const closed = new Promise<number>((resolve) => {
        socket.once('close', (code, why) => {
          reason = why.toString()
          resolve(code)
        })
      })
      const greeted = new Promise<void>((resolve) => socket.once('message', () => resolve()))
      socket.on('message', (data: Buffer) => frames.push(kindOf(new Uint8Array(data))))
      socket.on('error', () => {})
      return { socket, closed, frames, greeted, reason: () => reason }
    },
  }
}

/** Holds the loading of rooms back until it is let go on. */
function heldLoading({ storage }: Stage): () => void {
  const load = storage.load
  let go = () => {}
  const held = new Promise<void>((resolve) => {
    go = resolve
  })
  vi.spyOn(storage, 'load').mockImplementationOnce(async (...of) => {
    await held
    return load(...of)
  })
  return () => go()
}

test('P6: only whose session is of the meeting comes in, and only to what role and side allow', async () => {
  const scene = await setScene()
  await scene.invite('delegate')
  await scene.invite('observer', 'observer')
  await scene.invite('revoked')
  await scene.revoke('revoked')
  const at = (document: string, meeting: string = scene.meeting) => `/sync/${meeting}/${document}`
  const refusal = async (person: string, path: string) => {
    const { closed, reason } = scene.come(person, path)
    return `${await closed} ${reason()}`
  }
  expect(await refusal('nobody', at('agenda'))).toBe('4401 no session')
  expect(await refusal('revoked', at('agenda'))).toBe('4403 revoked')
  expect(await refusal('delegate', at('agenda', 'm2'))).toBe('4403 not of this meeting')
  expect(await refusal('delegate', at('caucus-cn'))).toBe('4403 not for this side or role')
  expect(await refusal('observer', at('caucus-us'))).toBe('4403 not for this side or role')
  expect(await refusal('delegate', at('elsewhere'))).toBe('4404 no such document')
  const welcome = [scene.come('delegate'), scene.come('observer'), scene.come('delegate', at('caucus-us'))]
  await Promise.all(welcome.map(({ greeted }) => greeted))
  expect(scene.gateway.connections()).toBe(3)
})

test('P6: who is revoked while their room is being loaded is out before they have written anything', async () => {
  const scene = await setScene()
  await scene.invite('one')
  const go = heldLoading(scene)
  const { socket, closed } = scene.come('one')
  await new Promise((resolve) => socket.once('open', resolve))
  for (const update of typed(1, 'words')) socket.send(encodeUpdate(update))
  await scene.revoke('one')
  go()
  expect(await closed).toBe(4403)
  await vi.advanceTimersByTimeAsync(linger)
  expect([scene.disk.commits, scene.gateway.connections()]).toEqual([[], 0])
})

test('P6: who is revoked elsewhere is out at the next look, and nobody else', async () => {
  const scene = await setScene()
  await Promise.all(['one', 'two'].map((person) => scene.invite(person)))
  const [one, two] = [scene.come('one'), scene.come('two')]
  await Promise.all([one.greeted, two.greeted])
  await vi.advanceTimersByTimeAsync(reviewEvery)
  expect(scene.gateway.connections()).toBe(2)
  await scene.revoke('one')
  await vi.advanceTimersByTimeAsync(reviewEvery)
  expect(await one.closed).toBe(4403)
  expect([scene.gateway.connections(), two.socket.readyState]).toEqual([1, two.socket.OPEN])
})

test('P6: signing out ends the connections of that session, and no others', async () => {
  const scene = await setScene()
  await Promise.all(['one', 'two'].map((person) => scene.invite(person)))
  const mine = [scene.come('one'), scene.come('one', `/sync/${scene.meeting}/caucus-us`)]
  const other = scene.come('two')
  await Promise.all([...mine, other].map(({ greeted }) => greeted))
  scene.gateway.endSession(hashSecret('one'))
  expect(await Promise.all(mine.map(({ closed }) => closed))).toEqual([4401, 4401])
  expect(scene.gateway.connections()).toBe(1)
})

test('P5: somebody with too many connections is asked to come later, and others come in', async () => {
  const scene = await setScene()
  await Promise.all(['one', 'two'].map((person) => scene.invite(person)))
  const many = Array.from({ length: 64 }, () => scene.come('one'))
  await Promise.all(many.map(({ greeted }) => greeted))
  expect(await scene.come('one').closed).toBe(1013)
  await scene.come('two').greeted
  many[0]!.socket.terminate()
  await many[0]!.closed
  await scene.come('one').greeted
  expect(scene.gateway.connections()).toBe(65)
})

test('P5: to come again and again is not to begin anew: after so many readings somebody is asked to come later', async () => {
  const scene = await setScene()
  await Promise.all(['one', 'two'].map((person) => scene.invite(person)))
  const first = scene.come('one')
  await first.greeted
  for (let i = 0; i < 299; i += 1) first.socket.send(Uint8Array.of(3))
  first.socket.close()
  await first.closed
  expect(await scene.come('one').closed).toBe(1013)
  await scene.come('two').greeted
  // One comes back every twentieth of a second.
  await vi.advanceTimersByTimeAsync(50)
  await scene.come('one').greeted
})

test('P3: where the room cannot be loaded, whoever asked is to come again, and is sent nothing', async () => {
  const scene = await setScene()
  await scene.invite('one')
  vi.spyOn(scene.storage, 'load').mockRejectedValueOnce(new Error('the disk cannot be read'))
  const { closed, frames } = scene.come('one')
  expect([await closed, frames]).toEqual([1011, []])
  await scene.come('one').greeted
  expect(scene.faults.length).toBeGreaterThan(0)
})

test('P9: who goes while the room is being loaded is not seated, and the room is let go', async () => {
  const scene = await setScene()
  await scene.invite('one')
  const go = heldLoading(scene)
  const { socket, closed } = scene.come('one')
  await new Promise((resolve) => socket.once('open', resolve))
  socket.terminate()
  await closed
  go()
  await vi.advanceTimersByTimeAsync(0)
  expect(scene.gateway.connections()).toBe(0)
  await vi.advanceTimersByTimeAsync(linger)
  expect(scene.rooms.status().rooms).toBe(0)
})

test('P9: when the last has gone, the room follows them, and so does every timer of theirs', async () => {
  const scene = await setScene()
  await scene.invite('one')
  const before = vi.getTimerCount()
  const { socket, greeted, closed } = scene.come('one')
  await greeted
  for (const update of typed(1, 'words')) socket.send(encodeUpdate(update))
  await vi.advanceTimersByTimeAsync(linger * 2)
  socket.close()
  await closed
  await vi.advanceTimersByTimeAsync(linger * 2)
  expect(scene.rooms.status()).toEqual({ rooms: 0, bytes: 0 })
  expect([scene.disk.commits.length, vi.getTimerCount()]).toEqual([1, before])
})

test('P1: a server that goes away hears nothing any more, takes nobody, and says to everybody that it goes', async () => {
  const scene = await setScene()
  await scene.invite('one')
  const visits = [scene.come('one'), scene.come('one')]
  await visits[0]!.greeted
  await vi.advanceTimersByTimeAsync(0)
  // This one has just been seated.
  const last = scene.come('one')
  await last.greeted
  scene.gateway.hush()
  for (const { socket } of [...visits, last]) for (const update of typed(1, 'late')) socket.send(encodeUpdate(update))
  await vi.advanceTimersByTimeAsync(1000)
  expect(scene.disk.commits).toEqual([])
  const closing = scene.gateway.close()
  expect(await Promise.all([...visits, last].map(({ closed }) => closed))).toEqual([1001, 1001, 1001])
  await closing
  expect(await scene.come('one').closed).toBe(1006)
})
