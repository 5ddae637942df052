import { createStore, type StoreApi } from 'zustand/vanilla'

/** Whether this page should be exchanged for a newer one. `broken`: a part of this version could not be fetched. */
export type Update = { readonly status: 'none' } | { readonly status: 'ready' } | { readonly status: 'broken' }

export interface Updates {
  readonly store: StoreApi<Update>
  /** Takes the newer version, if there is one, and reloads this tab. Never called but by a person's click. */
  apply(): Promise<void>
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
  const newer = () => {
    if (store.getState().status === 'none') store.setState({ status: 'ready' })
  }

  /** A part that fails again where it is asked for again, while the server answers, is not coming any more. */
  const failed = new Set<string>()
  page.addEventListener('vite:preloadError', ({ payload: { message } }) => {
    if (!failed.has(message)) failed.add(message)
    else void reachable().then((there) => there && store.setState({ status: 'broken' }))
  })

  async function keep(container: ServiceWorkerContainer) {
    let controlled = container.controller !== null
    // Another tab has taken the newer version: this one goes on as it is.
    container.addEventListener('controllerchange', () => {
      if (controlled) newer()
      controlled = true
    })
    const registration = await container.register(address, { updateViaCache: 'none' })
    const heed = async (installing: ServiceWorker | null) => {
      if (controlled && (await installed(installing))) newer()
    }
    void heed(registration.waiting ?? registration.installing)
    registration.addEventListener('updatefound', () => void heed(registration.installing))
    let looked = Date.now()
    const look = () => {
      if (page.document.visibilityState !== 'visible' || Date.now() - looked < pause) return
      looked = Date.now()
      registration.update().catch(() => undefined)
    }
    page.setInterval(look, hour)
    page.addEventListener('online', look)
    page.document.addEventListener('visibilitychange', look)
  }

  // Without one, the app needs the network to open; everything else works.
  if (worker) void drawn(page).then(() => keep(worker).catch(() => undefined))

  return {
    store,
    async apply() {
      const registration = await worker?.getRegistration().catch(() => undefined)
      if (worker && registration) {
        if (!registration.waiting) await registration.update().catch(() => undefined)
        const next = registration.waiting ?? (await installed(registration.installing))
        if (next) {
          const taken = new Promise((resolve) => worker.addEventListener('controllerchange', resolve, { once: true }))
          next.postMessage({ type: 'take-over' })
          await Promise.race([taken, new Promise((resolve) => page.setTimeout(resolve, patience))])
        }
      }
      page.location.reload()
    },
  }
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
