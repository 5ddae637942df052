import { type ReactElement, useEffect, useState, useSyncExternalStore } from 'react'
import { createRoot } from 'react-dom/client'
import * as Y from 'yjs'
import { acknowledgeType, decode, lackingType } from '../../shared/wire/frame.ts'
import type { Workspace } from '../store/workspace.ts'
import styles from './inspector.module.css'

/** For whoever develops Parley; a build for production has none of it. */
export interface Inspector {
  /** Notes a frame of a document as it passes. */
  note(document: string, direction: Direction, frame: Uint8Array): void
  show(workspace: Workspace): void
}

type Direction = 'in' | 'out'

interface Noted {
  readonly number: number
  readonly at: number
  readonly document: string
  readonly direction: Direction
  readonly kind: string
  readonly bytes: number
}

const longest = 200

export function openInspector(): Inspector {
  let frames: readonly Noted[] = []
  let numbered = 0
  const listeners = new Set<() => void>()
  const host = document.body.appendChild(document.createElement('div'))
  const root = createRoot(host)
  const subscribe = (listener: () => void) => {
    listeners.add(listener)
    return () => listeners.delete(listener)
  }
  return {
    note(document, direction, frame) {
      numbered += 1
      const { length: bytes } = frame
      frames = [{ number: numbered, at: Date.now(), document, direction, kind: kindOf(frame), bytes }, ...frames].slice(
        0,
        longest,
      )
      for (const listener of listeners) listener()
    },
    show: (workspace) => root.render(<Panel workspace={workspace} frames={{ subscribe, all: () => frames }} />),
  }
}

function kindOf(frame: Uint8Array): string {
  if (frame[0] === lackingType) return 'lacking'
  const message = decode(frame)
  if (message === null) return `unknown ${frame[0]}`
  switch (message.type) {
    case 'acknowledge':
      return `acknowledge ${acknowledgeType}`
    case 'awareness':
      return `awareness of ${message.entries.map(({ client }) => client).join(', ') || 'nobody'}`
    case 'step-2':
    case 'update':
      return `${message.type} ${[...Y.parseUpdateMeta(message.update).to].map(([id, clock]) => `${id}:${clock}`).join(' ')}`
    default:
      return message.type
  }
}

interface Frames {
  subscribe(listener: () => void): () => void
  all(): readonly Noted[]
}

function Panel({ workspace, frames }: { workspace: Workspace; frames: Frames }): ReactElement {
  const [open, setOpen] = useState(false)
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.ctrlKey && event.altKey && event.code === 'KeyI') setOpen((was) => !was)
    }
    window.addEventListener('keydown', press)
    return () => window.removeEventListener('keydown', press)
  }, [])
  return (
    <aside className={styles.inspector} aria-label="Inspector">
      <button type="button" aria-expanded={open} onClick={() => setOpen(!open)}>
        Inspector
      </button>
      {open && <Content workspace={workspace} frames={frames} />}
    </aside>
  )
}

function Content({ workspace, frames }: { workspace: Workspace; frames: Frames }): ReactElement {
  const { connection, device, snapshot, presence } = useSyncExternalStore(
    workspace.store.subscribe,
    workspace.store.getState,
  )
  const all = useSyncExternalStore(frames.subscribe, frames.all)
  const links = [workspace.link, ...workspace.beside]
  return (
    <div className={styles.content}>
      <h2>Connection</h2>
      <pre>
        {JSON.stringify(
          { connection, device, carrier: workspace.link.carrier(), edits: workspace.link.edits(), presence },
          null,
          1,
        )}
      </pre>
      <h2>Documents</h2>
      <ul>
        {links.map((link) => (
          <li key={link.copy.document}>
            <button type="button" onClick={() => save(`${link.copy.document}.yjs`, Y.encodeStateAsUpdate(link.doc))}>
              Download {link.copy.document}
            </button>{' '}
            {Y.encodeStateAsUpdate(link.doc).length} bytes, {link.doc.store.clients.size} clients
          </li>
        ))}
      </ul>
      <h2>Last frames</h2>
      <table>
        <thead>
          <tr>
            {['Time', 'Document', 'Direction', 'Frame', 'Bytes'].map((name) => (
              <th key={name}>{name}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {all.map((one) => (
            <tr key={one.number}>
              <td>{new Date(one.at).toISOString().slice(11, 23)}</td>
              <td>{one.document}</td>
              <td>{one.direction}</td>
              <td>{one.kind}</td>
              <td>{one.bytes}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <h2>Snapshot</h2>
      <button type="button" onClick={() => save('snapshot.json', JSON.stringify(snapshot, null, 2))}>
        Download the snapshot
      </button>
      <pre>{JSON.stringify(snapshot?.agenda, null, 1)}</pre>
    </div>
  )
}

function save(name: string, content: Uint8Array | string) {
  const url = URL.createObjectURL(new Blob([content as BlobPart]))
  const link = Object.assign(document.createElement('a'), { href: url, download: name })
  link.click()
  URL.revokeObjectURL(url)
}
