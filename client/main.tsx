import './styles/tokens.css'
import './styles/page.css'
import './styles/print.css'
import { createRoot } from 'react-dom/client'
import { changeWords, startWords } from './i18n/i18n.ts'
import { openApi } from './store/api.ts'
import { type KeyValueStore, openPreferences } from './store/preferences.ts'
import { openRouter } from './store/route.ts'
import { openSession } from './store/session.ts'
import { openUpdates } from './store/updates.ts'
import { openWorkspace, pageDocuments } from './store/workspace.ts'
import { type DocumentName, openLink } from './sync/link.ts'
import { App } from './views/shell/App.tsx'
import type { Shell } from './views/shell/shell.ts'

/** Null if the browser forbids storage, which throws on access. */
function storage(): KeyValueStore | null {
  try {
    return window.localStorage
  } catch {
    return null
  }
}

const { origin } = window.location
const preferences = openPreferences(storage(), navigator.languages)
startWords(preferences.getState().language)
preferences.subscribe(({ language }, before) => {
  if (language !== before.language) changeWords(language)
})

// Only `npm run dev` has the inspector.
const inspector = import.meta.env.DEV ? (await import('./inspector/inspector.tsx')).openInspector() : null

const api = openApi(origin, () => preferences.getState().language)
const session = openSession(api, storage(), window)
session.store.subscribe(({ status }) => {
  if (status === 'left') preferences.setState({ name: '' })
})
const shell: Shell = {
  preferences,
  api,
  storage: session.storage,
  router: openRouter(window),
  session,
  open: (membership, exchanged) => {
    const { meeting, person } = membership
    const { id, name } = person
    const over = session.watch()
    const opened = (document: DocumentName) =>
      openLink({
        ...{ origin, meeting, document, person: id, name, over, exchanged },
        seen: inspector === null ? undefined : (direction, frame) => inspector.note(document, direction, frame),
      })
    const workspace = openWorkspace(opened('agenda'), membership, pageDocuments(person).map(opened))
    inspector?.show(workspace)
    return workspace
  },
  // `npm run dev` has no service worker.
  updates: openUpdates(window, (import.meta.env.PROD && navigator.serviceWorker) || null),
}

const root = document.getElementById('root')
if (root) createRoot(root).render(<App shell={shell} />)
