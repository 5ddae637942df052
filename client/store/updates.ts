import { createStore, type StoreApi } from 'zustand/vanilla'

/** Whether this page should be replaced by a newer one. `broken`: a part of this version could not be fetched. */
export type Update = { readonly status: 'none' } | { readonly status: 'ready' } | { readonly status: 'broken' }

/**
 * Whether this device has the whole app, so that it opens without a network. `coming`: it is being downloaded.
 * `missing`: the browser has no room for it, or no service workers.
 */
export type OfflineCopy = { readonly status: 'coming' } | { readonly status: 'whole' } | { readonly status: 'missing' }

export interface Updates {
  readonly store: StoreApi<Update>
  readonly offlineCopy: StoreApi<OfflineCopy>
  /**
   * Activates the newer version, if there is one, and reloads this tab. Only called on a person's click. That may take
   * a while, so `hindered` is asked again before the reload; if it says yes, the result is false.
   */
  apply(hindered?: () => boolean): Promise<boolean>
}

const address = '/worker.js'
/** Milliseconds between two checks for a newer version: regularly while the page is open, and at the least. */
const hour = 3_600_000
const pause = 300_000
/** How long a newer version may take to take over, ms; after that the page reloads all the same. */
const patience = 5_000

/**
 * Stores the app on this device with the service worker, once the page is drawn, and reports a newer version. `worker`:
 * null if there is none, in old browsers and over plain HTTP.
 */
export function openUpdates(page: Window, worker: ServiceWorkerContainer | null): Updates {
  const store = createStore<Update>(() => ({ status: 'none' }))
  const offlineCopy = createStore<OfflineCopy>(() => ({ status: worker ? 'coming' : 'missing' }))
  const newer = () => {
    if (store.getState().status === 'none') store.setState({ status: 'ready' })
  }

  /** A part that fails a second time, while the server answers, cannot be fetched any more. */
  const failed = new Set<string>()
  page.addEventListener('vite:preloadError', ({ payload: { message } }) => {
    if (!failed.has(message)) failed.add(message)
    else void reachable().then((there) => there && store.setState({ status: 'broken' }))
  })

  function keep(container: ServiceWorkerContainer) {
    let controlled = container.controller !== null
    // Another tab has activated the newer version; this one goes on as it is.
    container.addEventListener('controllerchange', () => {
      if (controlled) newer()
      controlled = true
    })
    const heed = async (installing: ServiceWorker | null) => {
      if (controlled && (await installed(installing))) newer()
    }
    const noteWorker = async ({ active, installing }: ServiceWorkerRegistration) => {
      if (active && (await isWhole(active))) offlineCopy.setState({ status: 'whole' })
      // A worker that has failed is still in `installing` when its event comes.
      else offlineCopy.setState({ status: installing && installing.state !== 'redundant' ? 'coming' : 'missing' })
    }
    /** The browser forgets a first registration that has failed, so each check registers again. */
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
          if (one.state === 'activated' || one.state === 'redundant') void noteWorker(registration)
        })
      }
      follow(registration.waiting ?? registration.installing)
      registration.addEventListener('updatefound', () => follow(registration.installing))
      await noteWorker(registration)
    }
    // Fails in a browser that forbids workers, and without a network, where nothing is known of a newer version.
    const look = () =>
      enrol().catch(() => offlineCopy.getState().status === 'coming' && offlineCopy.setState({ status: 'missing' }))
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

  // Without a worker, the app needs the network to open; everything else works.
  if (worker) void drawn(page).then(() => keep(worker))

  return {
    store,
    offlineCopy,
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
        // `update` may resolve before the event for the newer version.
        coming = registration.installing ?? coming
        const next = registration.waiting ?? (await installed(coming))
        if (hindered()) return false
        // If there is no room for it, the active worker would serve the same page again, for ever.
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

/** Asks the worker whether it has everything; it fetches what is missing. */
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

/** From now on the page comes from the server. The useless caches are deleted to make room for people's edits. */
async function giveUp({ caches }: Window, registration: ServiceWorkerRegistration): Promise<void> {
  await registration.unregister().catch(() => false)
  const names = await caches.keys().catch(() => [])
  await Promise.allSettled(names.filter((name) => name.startsWith('parley:')).map((name) => caches.delete(name)))
}

async function reachable(): Promise<boolean> {
  const answer = await fetch(address, { method: 'HEAD', cache: 'no-store' }).catch(() => null)
  return answer?.ok === true
}

/** Resolves when the page has loaded, and a moment later, in which it has requested the agenda. */
async function drawn(page: Window): Promise<void> {
  if (page.document.readyState !== 'complete') {
    await new Promise((resolve) => page.addEventListener('load', resolve, { once: true }))
  }
  await new Promise((resolve) => page.setTimeout(resolve, 1000))
}
