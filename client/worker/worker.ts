/* Caches the app on this device, one cache per release, so that it opens offline and tabs of an older release still
 * find their files. Only what everybody gets is cached, and nothing of a meeting: every request but those for pages
 * and files of the build goes to the network as if there were no worker. */
const worker = self as unknown as ServiceWorkerGlobalScope

/** Prepended by the build: all its files, each with its `integrity`. `/` is the page. */
declare const release: { readonly id: string; readonly files: Readonly<Record<string, string>> }

const prefix = 'parley:'
const own = prefix + release.id
/** How many earlier releases keep their files. */
const earlier = 3
/** Parallel downloads during an installation: few, since the person's own requests go first. */
const atOnce = 2

worker.addEventListener('install', (event) => event.waitUntil(install().catch(makeRoom)))
worker.addEventListener('activate', (event) => event.waitUntil(activate()))
worker.addEventListener('message', (event) => {
  const { data, ports } = event
  // Only when the person has asked for it, never by itself.
  if (data?.type === 'take-over') void worker.skipWaiting()
  if (data?.type === 'be-whole') event.waitUntil(isWhole().then((whole) => ports[0]?.postMessage(whole)))
})
worker.addEventListener('fetch', (event) => {
  const { request } = event
  const url = new URL(request.url)
  if (request.method !== 'GET' || url.origin !== worker.location.origin) return
  if (request.mode === 'navigate') {
    if (/^\/(?:join|m\/.*)?$/.test(url.pathname)) event.respondWith(page(request, url))
  } else if (url.pathname.startsWith('/assets/') || (url.pathname !== '/' && url.pathname in release.files)) {
    event.respondWith(file(request, url.pathname))
  }
})

/** All or nothing: the worker is installed once everything is cached. A new try reuses the files of a failed one. */
async function install(): Promise<void> {
  const cache = await caches.open(own)
  const missing = Object.entries(release.files)
  const bringing = Array.from({ length: atOnce }, async () => {
    for (let next = missing.pop(); next; next = missing.pop()) await bring(cache, ...next)
  })
  await Promise.all(bringing)
}

/** An incomplete cache opens nothing offline, and takes the room that people's edits need. */
async function makeRoom(error: unknown): Promise<never> {
  if (error instanceof DOMException && error.name === 'QuotaExceededError') await caches.delete(own).catch(() => false)
  throw error
}

/** Whether everything is cached. What the browser has evicted is fetched again. */
function isWhole(): Promise<boolean> {
  return install().then(
    () => true,
    () => false,
  )
}

async function bring(cache: Cache, path: string, integrity: string): Promise<void> {
  if (await cache.match(path)) return
  // The name of an asset contains a hash of it, so the same name in another release is the same file.
  const lasting = path.startsWith('/assets/')
  const held = lasting ? await caches.match(path) : undefined
  if (held) return cache.put(path, held)
  const answer = await fetch(path, { integrity, ...(lasting ? {} : { cache: 'no-cache' }) })
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`)
  await cache.put(path, answer)
}

async function activate(): Promise<void> {
  const others = (await caches.keys()).filter((name) => name.startsWith(prefix) && name !== own)
  await Promise.all(others.slice(0, -earlier).map((name) => caches.delete(name)))
  await worker.clients.claim()
}

/** The page of this release, whatever the server has. A tab moves to a newer one only when its person says so. */
async function page(request: Request, url: URL): Promise<Response> {
  const kept = await held(own, '/')
  if (!kept) return fetch(request)
  // The server answers an address with a query, if it can be reached.
  return url.search === '' ? kept : fetch(request).catch(() => kept)
}

async function file(request: Request, path: string): Promise<Response> {
  const kept = (await held(own, path)) ?? (path.startsWith('/assets/') ? await held(undefined, path) : undefined)
  return kept ?? fetch(request)
}

/** Looks in the cache of that name, or in all. An unreadable cache counts as empty. */
async function held(cacheName: string | undefined, path: string): Promise<Response | undefined> {
  try {
    return await caches.match(path, { ignoreVary: true, ...(cacheName === undefined ? {} : { cacheName }) })
  } catch {
    return undefined
  }
}
