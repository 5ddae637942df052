import { createStore, type StoreApi } from 'zustand/vanilla'

/** Whether this page should be exchanged for a newer one. `broken`: a part of this version could not be fetched. */
export type Update = { readonly status: 'none' } | { readonly status: 'ready' } | { readonly status: 'broken' }

/**
 * Whether this device has all of the app, so that it opens without any network. `coming`: it is being brought. `missing`: the
 * browser has no room for it, or does not keep such things.
 */
export type Kept = { readonly status: 'coming' } | { readonly status: 'whole' } | { readonly status: 'missing' }

export interface Updates {
  readonly store: StoreApi<Update>
  readonly kept: StoreApi<Kept>
  /**
   * Takes the newer version, if there is one, and reloads this tab. Never called but by a person's click. That may take a
   * while: what stands against a reload by then is asked again, and false means that there was something.
   */
  apply(hindered?: () => boolean): Promise<boolean>
}

const address = '/worker.js'
/** Milliseconds between two looks for a newer version: while the page stays open, and at least. */
const hour = 3_600_000
const pause = 300_000
/** How long a newer version may take to take over, ms; after that the reload is worth a try all the same. */
const patience = 5_000

/**
 * Keeps the app on this device by the worker of `page`, from when the page is drawn, and says when there is a newer one.
 * `worker`: null where there is none, in old browsers and over plain HTTP.
 */
export function openUpdates(page: Window, worker: ServiceWorkerContainer | null): Updates {
  const store = createStore<Update>(() => ({ status: 'none' }))
  const kept = createStore<Kept>(() => ({ status: worker ? 'coming' : 'missing' }))
  const newer = () => {
    if (store.getState().status === 'none') store.setState({ status: 'ready' })
  }

  /** A part that fails again where it is asked for again, while the server answers, is not coming any more. */
  const failed = new Set<string>()
  page.addEventListener('vite:preloadError', ({ payload: { message } }) => {
    if (!failed.has(message)) failed.add(message)
    else void reachable().then((there) => there && store.setState({ status: 'broken' }))
  })

  function keep(container: ServiceWorkerContainer) {
    let controlled = container.controller !== null
    // Another tab has taken the newer version: this one goes on as it is.
    container.addEventListener('controllerchange', () => {
      if (controlled) newer()
      controlled = true
    })
    const heed = async (installing: ServiceWorker | null) => {
      if (controlled && (await installed(installing))) newer()
    }
    const tell = async ({ active, installing }: ServiceWorkerRegistration) => {
      if (active && (await isWhole(active))) kept.setState({ status: 'whole' })
      // One that has failed is still called installing when it says so.
      else kept.setState({ status: installing && installing.state !== 'redundant' ? 'coming' : 'missing' })
    }
    /** The browser forgets a first try that has failed, so each look begins as the first did. */
    const known = new Set<ServiceWorkerRegistration>()
    async function enrol() {
      const registration = await container.register(address, { updateViaCache: 'none' })
      if (known.has(registration)) {
        await registration.update()
        return
      }
      known.add(registration)
      const follow = (one: ServiceWorker | null) => {
        void heed(one)
        one?.addEventListener('statechange', () => {
          if (one.state === 'activated' || one.state === 'redundant') void tell(registration)
        })
      }
      follow(registration.waiting ?? registration.installing)
      registration.addEventListener('updatefound', () => follow(registration.installing))
      await tell(registration)
    }
    // A browser that forbids workers says so here; without a network nothing is known of a newer one.
    const look = () => enrol().catch(() => kept.getState().status === 'coming' && kept.setState({ status: 'missing' }))
    void look()
    let looked = performance.now()
    const lookAgain = () => {
      if (page.document.visibilityState !== 'visible' || performance.now() - looked < pause) return
      looked = performance.now()
      void look()
    }
    page.setInterval(lookAgain, hour)
    page.addEventListener('online', lookAgain)
    page.document.addEventListener('visibilitychange', lookAgain)
  }

  // Without one, the app needs the network to open; everything else works.
  if (worker) void drawn(page).then(() => keep(worker))

  return {
    store,
    kept,
    async apply(hindered = () => false) {
      const registration = await worker?.getRegistration().catch(() => undefined)
      if (worker && registration) {
        let coming = registration.installing
        const found = () => {
          coming = registration.installing
        }
        registration.addEventListener('updatefound', found)
        if (!registration.waiting) await registration.update().catch(() => undefined)
        registration.removeEventListener('updatefound', found)
        // `update` may settle before the event that tells of the newer version.
        coming = registration.installing ?? coming
        const next = registration.waiting ?? (await installed(coming))
        if (hindered()) return false
        // Where it has no room, the worker in charge would bring the same page again, for ever.
        if (!next && coming && (await reachable())) await giveUp(page, registration)
        if (next) {
          const taken = new Promise((resolve) => worker.addEventListener('controllerchange', resolve, { once: true }))
          next.postMessage({ type: 'take-over' })
          await Promise.race([taken, new Promise((resolve) => page.setTimeout(resolve, patience))])
        }
      }
      if (hindered()) return false
      page.location.reload()
      return true
    },
  }
}

/** Asks the worker, which brings what is missing. */
function isWhole(worker: ServiceWorker): Promise<boolean> {
  const { port1, port2 } = new MessageChannel()
  return new Promise((resolve) => {
    port1.onmessage = ({ data }) => {
      port1.close()
      resolve(data === true)
    }
    worker.postMessage({ type: 'be-whole' }, [port2])
  })
}

/** `worker` once it has everything; null when there is none or it has failed. */
function installed(worker: ServiceWorker | null): Promise<ServiceWorker | null> {
  return new Promise((resolve) => {
    const look = () => {
      if (worker?.state === 'installing') return
      worker?.removeEventListener('statechange', look)
      resolve(worker?.state === 'installed' ? worker : null)
    }
    worker?.addEventListener('statechange', look)
    look()
  })
}

/** The page comes from the server from now on, and what is of no use any more leaves its room to what people write. */
async function giveUp({ caches }: Window, registration: ServiceWorkerRegistration): Promise<void> {
  await registration.unregister().catch(() => false)
  const names = await caches.keys().catch(() => [])
  await Promise.allSettled(names.filter((name) => name.startsWith('parley:')).map((name) => caches.delete(name)))
}

async function reachable(): Promise<boolean> {
  const answer = await fetch(address, { method: 'HEAD', cache: 'no-store' }).catch(() => null)
  return answer?.ok === true
}

/** When the page has all that it needs at once, and a moment has passed in which it asked for the agenda. */
async function drawn(page: Window): Promise<void> {
  if (page.document.readyState !== 'complete') {
    await new Promise((resolve) => page.addEventListener('load', resolve, { once: true }))
  }
  await new Promise((resolve) => page.setTimeout(resolve, 1000))
}
