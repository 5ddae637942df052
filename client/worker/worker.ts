/*
 * Keeps the app on this device, a cache for each release, so that it opens without any network and a tab of an older
 * release still finds its parts. It keeps what everybody gets and nothing of a meeting: whatever is not a page or a file
 * of the build goes to the network as if there were no worker.
 */
const worker = self as unknown as ServiceWorkerGlobalScope

/** Put in front of this by the build: every file of it, as `integrity` takes them. `/` is the page. */
declare const release: { readonly id: string; readonly files: Readonly<Record<string, string>> }

const prefix = 'parley:'
const own = prefix + release.id
/** Releases before this one whose files stay. */
const earlier = 3
/** Files under way at once during an installation: what the person does goes first. */
const atOnce = 2

worker.addEventListener('install', (event) => event.waitUntil(install().catch(makeRoom)))
worker.addEventListener('activate', (event) => event.waitUntil(activate()))
worker.addEventListener('message', (event) => {
  const { data, ports } = event
  // Only when the person has asked for it: never by itself.
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

/** All or nothing: the worker is not installed until everything is here. What a failed try has brought is used by the next. */
async function install(): Promise<void> {
  const cache = await caches.open(own)
  const missing = Object.entries(release.files)
  const bringing = Array.from({ length: atOnce }, async () => {
    for (let next = missing.pop(); next; next = missing.pop()) await bring(cache, ...next)
  })
  await Promise.all(bringing)
}

/** What is not whole opens nothing without a network, and takes the room that people's work needs. */
async function makeRoom(error: unknown): Promise<never> {
  if (error instanceof DOMException && error.name === 'QuotaExceededError') await caches.delete(own).catch(() => false)
  throw error
}

/** Whether everything is here now. What the browser has thrown away is brought again. */
function isWhole(): Promise<boolean> {
  return install().then(
    () => true,
    () => false,
  )
}

async function bring(cache: Cache, path: string, integrity: string): Promise<void> {
  if (await cache.match(path)) return
  // The name of an asset says what is in it, so that of another release is the same.
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

/** The page of this release, whatever the server has by now; a tab becomes a newer one only when its person says so. */
async function page(request: Request, url: URL): Promise<Response> {
  const kept = await held(own, '/')
  if (!kept) return fetch(request)
  // An address with a question in it is the server's to answer, if it can be reached.
  return url.search === '' ? kept : fetch(request).catch(() => kept)
}

async function file(request: Request, path: string): Promise<Response> {
  const kept = (await held(own, path)) ?? (path.startsWith('/assets/') ? await held(undefined, path) : undefined)
  return kept ?? fetch(request)
}

/** From the cache of that name, or from any. A cache that cannot be read is as good as an empty one. */
async function held(cacheName: string | undefined, path: string): Promise<Response | undefined> {
  try {
    return await caches.match(path, { ignoreVary: true, ...(cacheName === undefined ? {} : { cacheName }) })
  } catch {
    return undefined
  }
}
