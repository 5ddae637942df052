import { expect, onTestFinished, test, vi } from 'vitest'
import { openUpdates } from '../../client/store/updates.ts'

/* A page and the workers of a browser, played by the test. */

class FakeWorker extends EventTarget {
  state = 'installed'
  readonly told: unknown[] = []
  private readonly heard: (message: { type: string }, ports: readonly MessagePort[]) => void

  constructor(heard: FakeWorker['heard'] = () => {}) {
    super()
    this.heard = heard
  }
  /** How often somebody has begun to listen to what becomes of it. */
  heeded = 0
  override addEventListener(...args: Parameters<EventTarget['addEventListener']>) {
    this.heeded += 1
    super.addEventListener(...args)
  }
  postMessage(message: { type: string }, ports: readonly MessagePort[] = []) {
    this.told.push(message.type)
    this.heard(message, ports)
  }
  become(state: string) {
    this.state = state
    this.dispatchEvent(new Event('statechange'))
  }
}

class FakeRegistration extends EventTarget {
  active: FakeWorker | null = null
  waiting: FakeWorker | null = null
  installing: FakeWorker | null = null
  update = async () => {}
}

function open(registration: FakeRegistration | null) {
  const container = new EventTarget() as EventTarget & Record<string, unknown>
  container.controller = {}
  container.getRegistration = async () => registration ?? undefined
  container.register = async () => {
    if (registration === null) throw new DOMException('not here', 'SecurityError')
    return registration
  }
  const page = new EventTarget() as EventTarget & Record<string, unknown>
  let reloads = 0
  page.document = Object.assign(new EventTarget(), { readyState: 'complete', visibilityState: 'visible' })
  page.location = { reload: () => reloads++ }
  page.setTimeout = (run: () => void) => setTimeout(run)
  page.setInterval = () => 0
  const updates = openUpdates(page as unknown as Window, container as unknown as ServiceWorkerContainer)
  return { updates, container, page, reloads: () => reloads }
}

const answering = (whole: boolean) => new FakeWorker((_message, [port]) => port?.postMessage(whole))

test('a page in which somebody has written while the newer version took over is not loaded again', async () => {
  let written = false
  const registration = new FakeRegistration()
  const { updates, container, reloads } = open(registration)
  const next = new FakeWorker(({ type }) => {
    if (type !== 'take-over') return
    written = true
    container.dispatchEvent(new Event('controllerchange'))
  })
  registration.waiting = next
  expect(await updates.apply(() => written)).toBe(false)
  expect(next.told).toEqual(['take-over'])
  expect(reloads()).toBe(0)
  written = false
  registration.waiting = null
  expect(await updates.apply(() => written)).toBe(true)
  expect(reloads()).toBe(1)
})

test('where a newer version finds no room on the device, the page comes from the server instead of the same one again', async () => {
  const registration = new FakeRegistration()
  const { updates, page, reloads } = open(registration)
  registration.active = answering(true)
  const next = new FakeWorker()
  next.state = 'installing'
  registration.update = async () => {
    registration.installing = next
    registration.dispatchEvent(new Event('updatefound'))
  }
  let registered = true
  const unregister = async () => {
    registered = false
    return true
  }
  Object.assign(registration, { unregister })
  const offlineCopy = new Set(['parley:old', 'of something else'])
  page.caches = { keys: async () => [...offlineCopy], delete: async (name: string) => offlineCopy.delete(name) }
  vi.stubGlobal('fetch', async () => new Response())
  onTestFinished(() => void vi.unstubAllGlobals())
  const applied = updates.apply()
  await expect.poll(() => next.heeded).toBeGreaterThan(0)
  next.become('redundant')
  expect(await applied).toBe(true)
  expect([registered, [...offlineCopy], reloads()]).toEqual([false, ['of something else'], 1])
})

test.each(['before', 'after'])(
  'Update takes the newer version when the browser tells of it %s it has looked',
  async (when) => {
    const registration = new FakeRegistration()
    const { updates, container, reloads } = open(registration)
    const next = new FakeWorker(({ type }) => {
      if (type === 'take-over') container.dispatchEvent(new Event('controllerchange'))
    })
    next.state = 'installing'
    registration.update = async () => {
      registration.installing = next
      const tell = () => registration.dispatchEvent(new Event('updatefound'))
      if (when === 'before') tell()
      else setTimeout(tell)
    }
    const applied = updates.apply()
    await expect.poll(() => next.heeded).toBeGreaterThan(0)
    registration.installing = null
    registration.waiting = next
    next.become('installed')
    expect(await applied).toBe(true)
    expect([next.told, reloads()]).toEqual([['take-over'], 1])
  },
)

test('a page that has lost the network while the newer version was being fetched does not change versions', async () => {
  const registration = new FakeRegistration()
  const { updates, reloads } = open(registration)
  let offline = false
  const next = new FakeWorker()
  next.state = 'installing'
  registration.installing = next
  const applied = updates.apply(() => offline)
  await expect.poll(() => next.heeded).toBeGreaterThan(0)
  offline = true
  next.become('installed')
  expect(await applied).toBe(false)
  expect(next.told).toEqual([])
  expect(reloads()).toBe(0)
})

test('the app is said to be on this device only when the worker in charge has all of it', async () => {
  const registration = new FakeRegistration()
  const first = answering(true)
  first.state = 'installing'
  registration.installing = first
  const { updates } = open(registration)
  const offlineCopy = () => updates.offlineCopy.getState().status
  expect(offlineCopy()).toBe('coming')
  registration.installing = null
  registration.active = first
  first.become('activated')
  await expect.poll(offlineCopy).toBe('whole')
})

test.each([
  ['could not fetch or store all of it', 'redundant'],
  ['has lost some of it since, and cannot bring it back', 'activated'],
] as const)('the app is not said to be on this device when the worker %s', async (_about, state) => {
  const registration = new FakeRegistration()
  const worker = answering(false)
  worker.state = 'installing'
  registration.installing = worker
  const { updates } = open(registration)
  await expect.poll(() => updates.offlineCopy.getState().status).toBe('coming')
  // One that fails is taken out of its place only after it has said so.
  if (state === 'activated') Object.assign(registration, { installing: null, active: worker })
  await expect
    .poll(() => {
      worker.become(state)
      return updates.offlineCopy.getState().status
    })
    .toBe('missing')
})

test('the app is not said to be on this device where there are no workers, or they are forbidden', async () => {
  expect(openUpdates(new EventTarget() as unknown as Window, null).offlineCopy.getState().status).toBe('missing')
  const { updates } = open(null)
  await expect.poll(() => updates.offlineCopy.getState().status).toBe('missing')
})
