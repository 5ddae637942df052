import { Editor } from '@tiptap/core'
import { Bold } from '@tiptap/extension-bold'
import { Collaboration } from '@tiptap/extension-collaboration'
import { Document } from '@tiptap/extension-document'
import { Italic } from '@tiptap/extension-italic'
import { BulletList, ListItem, OrderedList } from '@tiptap/extension-list'
import { Paragraph } from '@tiptap/extension-paragraph'
import { Strike } from '@tiptap/extension-strike'
import { Text } from '@tiptap/extension-text'
import { Plugin, type PluginSpec } from '@tiptap/pm/state'
import * as decoding from 'lib0/decoding'
import { StrictMode } from 'react'
import { createRoot, type Root } from 'react-dom/client'
import { Awareness, applyAwarenessUpdate, encodeAwarenessUpdate } from 'y-protocols/awareness'
import { WebsocketProvider } from 'y-websocket'
import * as Y from 'yjs'
import { TextEditor } from '../../../client/editor/TextEditor.tsx'
import { type Saving, savingOf, together } from '../../../client/store/saving.ts'
import type { Connection } from '../../../client/sync/connection.ts'
import { copyName } from '../../../client/sync/device/copylist.ts'
import { indexedDatabases } from '../../../client/sync/device/indexeddb.ts'
import { openLink } from '../../../client/sync/link.ts'
import type { Timing } from '../../../client/sync/timing.ts'
import type { DocumentName } from '../../../shared/document/documents.ts'
import { openHistory } from '../../../shared/document/history.ts'
import { itemFragment } from '../../../shared/document/schema.ts'
import type { ItemId, MeetingId, PersonId } from '../../../shared/domain/agenda.ts'
import { databaseCases } from '../../support/databases.ts'
import { type Clocks, extentOf } from './extent.ts'

/*
 * The page of the composition test: one text of one item, once with our editor over our link, once with a plain Tiptap
 * Collaboration editor over a stock provider. The test drives it through `window.harness`.
 */

export interface Opening {
  readonly kind: 'ours' | 'plain'
  readonly meeting: string
  readonly person: string
  readonly item: string
  readonly timing?: Partial<Timing>
}

/** What is in the device's copy, read past Parley. */
export interface Kept {
  readonly text: string
  readonly rows: number
  /** Of the log. */
  readonly lines: number
  /** Of edits that no echo has covered. */
  readonly unsent: number
  readonly clocks: Clocks
}

export interface Seen {
  readonly type: string
  readonly data: string
}

/** Clocks of the updates that have come in over any socket of this page, applied or not. */
const arrived = new Map<number, number>()
let waiters: { met: () => boolean; resolve: () => void }[] = []
const seen: Seen[] = []

let doc = new Y.Doc()
let fragment: Y.XmlFragment
let root: Root | null = null
let link: ReturnType<typeof openLink> | null = null
let plain: Editor | null = null
let opened: Opening
/** The device's copy, for counting. */
let copy: IDBDatabase | null = null
/** Every time that the device was said to keep everything: whether it did. */
const claims: Promise<boolean>[] = []

function openRaw(lineage = 1): Promise<IDBDatabase> {
  const { meeting, person } = opened
  const name = copyName({ meeting: meeting as MeetingId, document: 'agenda', person: person as PersonId, lineage })
  const open = window.faults?.open ?? IDBFactory.prototype.open
  const request: IDBOpenDBRequest = open.call(indexedDB, name)
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
    // There is none; and none is to come of being looked for.
    request.onupgradeneeded = () => request.transaction?.abort()
  })
}

function all<T>(store: IDBObjectStore): Promise<T[]> {
  const request = store.getAll()
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
}

async function readRaw(lineage = 1): Promise<Kept> {
  const database = await openRaw(lineage).catch(() => null)
  if (database === null) return { text: '', rows: 0, lines: 0, unsent: 0, clocks: [] }
  const reading = database.transaction(['updates', 'visits', 'log'])
  const [updates, visits, lines] = await Promise.all([
    all<Uint8Array>(reading.objectStore('updates')),
    all<{ made: number; committed: number }>(reading.objectStore('visits')),
    all(reading.objectStore('log')),
  ])
  database.close()
  const stored = new Y.Doc()
  for (const update of updates) {
    try {
      Y.applyUpdate(stored, update)
    } catch {
      // One of those that a test has spoilt.
    }
  }
  const found = itemFragment(stored, opened.item as ItemId, 'objective', 'zh')
  return {
    text: (found?.toString() ?? '').replace(/<[^>]*>/g, ''),
    rows: updates.length,
    lines: lines.length,
    unsent: visits.reduce((sum, { made, committed }) => sum + made - committed, 0),
    clocks: [...extentOf(stored)],
  }
}

/** A device that is said to keep everything has all that has been made here. */
function witness() {
  if (link?.device().status !== 'stored') return
  const own: Clocks = [[doc.clientID, extentOf(doc).get(doc.clientID) ?? 0]]
  claims.push(readRaw(link.copy.lineage).then(({ clocks }) => has(new Map(clocks), own)))
}

function look() {
  const met = waiters.filter((one) => one.met())
  waiters = waiters.filter((one) => !met.includes(one))
  for (const one of met) one.resolve()
}

function until(met: () => boolean): Promise<void> {
  return met() ? Promise.resolve() : new Promise((resolve) => waiters.push({ met, resolve }))
}

/** Listens before anybody else does, and changes nothing. */
class HeardSocket extends WebSocket {
  constructor(url: string | URL, protocols?: string | string[]) {
    super(url, protocols)
    this.addEventListener('message', (event: MessageEvent<ArrayBuffer>) => {
      const decoder = decoding.createDecoder(new Uint8Array(event.data))
      if (decoding.readVarUint(decoder) !== 0 || decoding.readVarUint(decoder) === 0) return
      const { to } = Y.parseUpdateMeta(decoding.readVarUint8Array(decoder))
      for (const [client, clock] of to) arrived.set(client, Math.max(clock, arrived.get(client) ?? 0))
      look()
    })
  }
}
window.WebSocket = HeardSocket

function has(clocks: Map<number, number>, wanted: Clocks): boolean {
  return wanted.every(([client, clock]) => (clocks.get(client) ?? 0) >= clock)
}

function vector(): Map<number, number> {
  return extentOf(doc)
}

const words = {
  sides: { us: 'US', cn: 'CN' },
  newer: 'A newer version is needed to edit',
  broken: 'No editor could be made',
  left: (count: number) => `${count} left`,
  formatting: 'Formatting',
  bold: 'Bold',
  italic: 'Italic',
  strike: 'Strike',
  bulletList: 'List',
  orderedList: 'Numbered list',
  link: 'Link',
  address: 'Address',
  badAddress: 'No link can lead there',
  apply: 'Apply',
  remove: 'Remove',
}

/** How often the link was told to be opened anew, and whether because of another lineage. */
const exchanges: boolean[] = []

/** What the fields have asked of what is around them. */
const asked: string[] = []

function mountOurs(shown = true) {
  const ours = link
  if (ours === null) throw new Error('No link is open')
  root ??= createRoot(document.getElementById('root')!)
  history ??= openHistory(ours.doc)
  root.render(
    <StrictMode>
      {shown && (
        <TextEditor
          link={ours}
          history={history}
          place={{ item: opened.item as ItemId, text: 'title', language: 'en' }}
          language="en"
          singleLine
          label="Title"
          placeholder="Title"
          onEnter={() => asked.push('enter')}
          onArrowOut={(direction) => asked.push(direction)}
          words={words}
        />
      )}
      {shown && (
        <TextEditor
          link={ours}
          history={history}
          place={{ item: opened.item as ItemId, text: 'objective', language: 'zh' }}
          language="zh"
          label="目标"
          placeholder="目标"
          words={words}
        />
      )}
    </StrictMode>,
  )
}
let history: ReturnType<typeof openHistory> | null = null
let stopped = false
let letIn = () => {}

function editor(): Editor {
  const ours = document.querySelector<HTMLElement & { editor?: Editor }>('.text-prose')?.editor
  const found = plain ?? ours
  if (!found) throw new Error('No editor is open')
  return found
}

/** Where a plugin may fail. `refuse`: nothing is thrown, but nothing is applied either. */
export type Failure = 'apply' | 'decorate' | 'draw' | 'update' | 'refuse'

let armed: boolean | null = null
let letShow = () => {}

function spring(): boolean {
  const now = armed === true
  if (now) armed = false
  return now
}

function fail(): null {
  if (spring()) throw new Error('Sabotage')
  return null
}

const failures: Record<Failure, PluginSpec<null>> = {
  apply: { state: { init: () => null, apply: fail } },
  decorate: { props: { decorations: fail } },
  draw: {
    props: {
      nodeViews: {
        paragraph() {
          fail()
          const dom = document.createElement('p')
          return { dom, contentDOM: dom }
        },
      },
    },
  },
  update: { view: () => ({ update: fail }) },
  refuse: { filterTransaction: (transaction) => !transaction.docChanged || !spring() },
}

const besides = new Map<string, ReturnType<typeof openLink>>()

function besideText(document: string): Y.Text {
  const found = besides.get(document)
  if (found === undefined) throw new Error(`${document} is not open`)
  return found.doc.getText('glossary')
}

const harness = {
  /** The editor fails there once, the first time that it gets there, or gets there after `arm`. */
  sabotage(failure: Failure, now = true): void {
    editor().registerPlugin(new Plugin(failures[failure]), (first, others) => [first, ...others])
    armed = now || null
  },
  arm(): void {
    armed = true
  },
  /** Whoever asks next where the caret is hears of an error. */
  loseCaret(): void {
    const { state } = editor()
    const { selection } = state
    const get = () => {
      fail()
      return selection
    }
    Object.defineProperty(state, 'selection', { get })
    armed = true
  },
  /** Whether it has come to that. */
  failed: (): boolean => armed === false,
  /** From now on no editor can be shown; until `letShow`. */
  neverShow(): void {
    const { mount } = Editor.prototype
    Editor.prototype.mount = () => {
      throw new Error('Sabotage')
    }
    letShow = () => {
      Editor.prototype.mount = mount
    }
  },
  letShow: (): void => letShow(),
  /** As if the server had let this through: somebody is in that state, whose client id nobody has had before. */
  hear(client: number, state: string): void {
    if (link === null) throw new Error('No link is open')
    const theirs = new Awareness(Object.assign(new Y.Doc(), { clientID: client }))
    theirs.setLocalState(JSON.parse(state))
    applyAwarenessUpdate(link.awareness, encodeAwarenessUpdate(theirs, [client]), null)
    theirs.destroy()
  },
  async open(opening: Opening): Promise<void> {
    opened = opening
    const find = () => itemFragment(doc, opening.item as ItemId, 'objective', 'zh')
    if (opening.kind === 'ours') {
      link = openLink({
        origin: location.origin,
        meeting: opening.meeting as MeetingId,
        document: 'agenda',
        person: opening.person as PersonId,
        exchanged: (rebuilt) => {
          exchanges.push(rebuilt)
          look()
        },
        ...(opening.timing === undefined ? {} : { timing: opening.timing }),
      })
      doc = link.doc
      link.subscribe(look)
      link.subscribe(witness)
    } else {
      new WebsocketProvider(`${location.origin.replace(/^http/, 'ws')}/sync/${opening.meeting}`, 'agenda', doc, {
        disableBc: true,
      })
    }
    doc.on('afterAllTransactions', look)
    await until(() => find() !== null)
    fragment = find()!
    if (opening.kind === 'ours') mountOurs()
    else {
      plain = new Editor({
        element: document.getElementById('root'),
        extensions: [
          Document,
          Paragraph,
          Text,
          Bold,
          Italic,
          Strike,
          BulletList,
          OrderedList,
          ListItem,
          Collaboration.configure({ fragment }),
        ],
      })
    }
    await new Promise<void>((resolve) => {
      const watch = new MutationObserver(() => ready())
      const ready = () => {
        if (document.querySelector('.text-prose, .text-unbound, .ProseMirror:only-child') === null) return
        watch.disconnect()
        resolve()
      }
      watch.observe(document, { subtree: true, childList: true, attributes: true })
      ready()
    })
    for (const type of ['compositionstart', 'compositionupdate', 'compositionend'] as const) {
      document.addEventListener(type, (event) => seen.push({ type, data: event.data }), { capture: true })
    }
  },
  /** Opens another document of the meeting beside the agenda; settles when it is there from wherever, or refused. */
  async beside(document: string): Promise<void> {
    const other = openLink({
      origin: location.origin,
      meeting: opened.meeting as MeetingId,
      document: document as DocumentName,
      person: opened.person as PersonId,
      ...(opened.timing === undefined ? {} : { timing: opened.timing }),
    })
    besides.set(document, other)
    other.subscribe(look)
    other.doc.on('afterAllTransactions', look)
    await until(() => other.device().status !== 'opening')
  },
  /** What they say, all in one root. */
  besideSays: (document: string): string => besideText(document).toString(),
  besideWrite(document: string, text: string): void {
    besideText(document).insert(0, text)
  },
  besideHolds: (document: string, text: string): Promise<void> => until(() => besideText(document).toString() === text),
  besideConnection: (document: string): Connection | null => besides.get(document)?.connection() ?? null,
  besideStatus: (document: string, status: Connection['status']): Promise<void> =>
    until(() => besides.get(document)?.connection().status === status),
  besideSaved: (document: string): Promise<void> =>
    until(
      () => besides.get(document)?.connection().status === 'live' && besides.get(document)?.connection().unsaved === 0,
    ),
  /** One word for all that is open here. */
  whole(): Saving {
    const all = [link, ...besides.values()].flatMap((one) => one ?? [])
    const parts = all.map((one) => ({ connection: one.connection(), device: one.device(), changes: one.changes() }))
    return savingOf(together(parts as unknown as Parameters<typeof together>[0]))
  },
  /** Puts the caret right before the first `letter` of the text. */
  caretBefore(letter: string): boolean {
    let found = -1
    editor().state.doc.descendants((node, at) => {
      const index = node.isText ? (node.text ?? '').indexOf(letter) : -1
      if (found < 0 && index >= 0) found = at + index
    })
    if (found < 0) return false
    if (!editor().isFocused) editor().view.focus()
    editor().commands.setTextSelection(found)
    return true
  },
  /** Settles when updates up to these clocks have come in, whether or not they are shown yet. */
  arrived: (wanted: Clocks): Promise<void> => until(() => has(arrived, wanted)),
  /** Settles when the document holds everything up to these clocks. */
  holds: (wanted: Clocks): Promise<void> => until(() => has(vector(), wanted)),
  clocks: (): Clocks => [...vector()],
  /** The Yjs client id of this page. */
  client: (): number => doc.clientID,
  /** What this page says of itself. */
  saysItself: (): unknown => link?.awareness.getLocalState(),
  /** The document, and beside it what stands on the screen. */
  state(): { xml: string; shown: string; composing: boolean; held: number; unsaved: number } {
    return {
      xml: fragment.toString(),
      shown: [...editor().view.dom.children].map((block) => block.textContent).join('\n'),
      composing: editor().view.composing,
      held: link?.frames().held ?? 0,
      unsaved: link?.connection().unsaved ?? 0,
    }
  },
  /** The document alone, where no editor may be open. */
  document: (): { xml: string } => ({ xml: fragment.toString() }),
  /** The one-line text beside it. */
  title: (): string => itemFragment(doc, opened.item as ItemId, 'title', 'en')?.toString() ?? '',
  asked: (): readonly string[] => asked.splice(0),
  /** The composition events since the last call. */
  takeSeen: (): readonly Seen[] => seen.splice(0),
  connection: (): Connection | null => link?.connection() ?? null,
  live: (): Promise<void> => until(() => link?.connection().status === 'live'),
  saved: (): Promise<void> => until(() => link?.connection().status === 'live' && link.connection().unsaved === 0),
  /** How many others are known to be here. */
  others: (): number => (link?.awareness.getStates().size ?? 1) - 1,
  device: () => link?.device() ?? null,
  /** Settles when the device has, or cannot have, a copy. */
  deviceSettled: (): Promise<void> => until(() => link?.device().status !== 'opening'),
  refused: (): Promise<void> => until(() => link?.connection().status === 'refused'),
  offline: (): Promise<void> => until(() => link?.connection().status === 'offline'),
  /** So many edits of this person's, straight into the document, each a row of the device's copy. */
  async edit(times: number): Promise<void> {
    const text = (fragment.get(0) as Y.XmlElement).get(0) as Y.XmlText
    for (let count = 0; count < times; count++) {
      text.insert(text.length, String(count % 10))
      // Reading waits its turn behind the writing of that row.
      await harness.rows()
    }
  },
  /** Settles when all that was given to the device is written. */
  closeLink: (): Promise<void> => link?.close() ?? Promise.resolve(),
  /** The same, and the copy is deleted. */
  clear: (): Promise<void> => link?.clear() ?? Promise.resolve(),
  /** Settles when the device is said to be so. */
  deviceIs: (status: string, cause?: string): Promise<void> =>
    until(() => {
      const device = link?.device()
      return device?.status === status && (device.status !== 'failing' || cause === undefined || device.cause === cause)
    }),
  log: () => link?.log() ?? [],
  kept: (lineage?: number): Promise<Kept> => readRaw(lineage),
  /** Whether the device was ever said to keep what it did not. */
  claimed: async (): Promise<readonly boolean[]> => Promise.all(claims),
  /** One edit at the end of the text. What the device is said to be right after it. */
  write(letters: string): string {
    const text = (fragment.get(0) as Y.XmlElement).get(0) as Y.XmlText
    text.insert(text.length, letters)
    return link?.device().status ?? ''
  },
  /** The next change of the document has another at its heels, which is nobody's at this page. */
  follow(letters: string): void {
    doc.once('update', () => ((fragment.get(0) as Y.XmlElement).get(0) as Y.XmlText).insert(0, letters))
  },
  /** A second run of text in the first block, as when two people begin the same block at once. */
  double(letters: string): void {
    ;(fragment.get(0) as Y.XmlElement).push([new Y.XmlText(letters)])
  },
  /** Settles when so much of what has been made counts as unsaved. */
  unsaved: (count: number): Promise<void> => until(() => link?.connection().unsaved === count),
  /** Settles when the text has these letters. */
  reads: (letters: string): Promise<void> => until(() => fragment.toString().includes(letters)),
  /** Nothing can be written to the device until the returned name is given to `letWrite`. */
  async stopWriting(): Promise<void> {
    const database = await openRaw()
    const transaction = database.transaction('updates', 'readwrite')
    const store = transaction.objectStore('updates')
    stopped = true
    const stay = () => {
      if (stopped) store.count().onsuccess = stay
      else database.close()
    }
    stay()
  },
  exchanged: (): Promise<void> => until(() => exchanges.length > 0),
  exchanges: (): readonly boolean[] => exchanges,
  /** What is told of the copy that this page has open, once it has it open no more: edits, and the text of its backup. */
  async left(): Promise<readonly [number | null, string]> {
    const { backupOf, unsentIn } = await import('../../../client/sync/device/copy.ts')
    if (link === null) throw new Error('No link is open')
    const { state } = JSON.parse((await backupOf(link.copy, Date.now())).text) as { state: string }
    const saved = new Y.Doc()
    Y.applyUpdate(
      saved,
      Uint8Array.from(atob(state), (letter) => letter.charCodeAt(0)),
    )
    const text = (itemFragment(saved, opened.item as ItemId, 'objective', 'zh')?.toString() ?? '').replace(
      /<[^>]*>/g,
      '',
    )
    return [await unsentIn(link.copy).catch(() => null), text]
  },
  lineage: (): number => link?.copy.lineage ?? 1,
  /** What a backup would say that both had; null when it would not. */
  async base(): Promise<string | null> {
    const { base } = JSON.parse((await link?.backup())?.text ?? '{}') as { base?: string }
    if (base === undefined) return null
    const both = new Y.Doc()
    Y.applyUpdate(
      both,
      Uint8Array.from(atob(base), (letter) => letter.charCodeAt(0)),
    )
    return (itemFragment(both, opened.item as ItemId, 'objective', 'zh')?.toString() ?? '').replace(/<[^>]*>/g, '')
  },
  /** All that the device's copy has is `update` from now on. */
  async plant(update: readonly number[]): Promise<void> {
    const database = await openRaw()
    const transaction = database.transaction('updates', 'readwrite')
    transaction.objectStore('updates').clear()
    transaction.objectStore('updates').add(Uint8Array.from(update))
    await new Promise((resolve, reject) => {
      transaction.oncomplete = resolve
      transaction.onerror = reject
    })
    database.close()
  },
  /** Something that is no update gets among the rows of the device's copy. */
  async spoil(lineage?: number): Promise<void> {
    const database = await openRaw(lineage)
    const transaction = database.transaction('updates', 'readwrite')
    transaction.objectStore('updates').add(new Uint8Array([7, 7, 7]))
    await new Promise((resolve, reject) => {
      transaction.oncomplete = resolve
      transaction.onerror = reject
    })
    database.close()
  },
  letWrite(): void {
    stopped = false
  },
  /** A newer version has come to another tab, and wants to change the database. */
  async upgrade(): Promise<void> {
    const { name, version } = await openRaw().then((database) => {
      database.close()
      return database
    })
    const request = indexedDB.open(name, version + 1)
    await new Promise<void>((resolve, reject) => {
      request.onsuccess = () => {
        request.result.close()
        resolve()
      }
      request.onerror = () => reject(request.error)
    })
  },
  /** The answer of real IndexedDB to one of the cases that every kind of database has to pass. */
  database: (index: number): Promise<unknown> =>
    databaseCases[index]?.run(indexedDatabases, `contract ${index}`) ??
    Promise.reject(new Error('There is no such case')),
  async saveBackups(times: number): Promise<void> {
    for (let time = 0; time < times; time++) await link?.backup()
  },
  /** Brings back a file whose state has so many more letters than the document, written by a client of its own. */
  async bring(client: number, pieces: number, letters: number): Promise<string> {
    const away = new Y.Doc()
    away.clientID = client
    Y.applyUpdate(away, Y.encodeStateAsUpdate(doc))
    const block = itemFragment(away, opened.item as ItemId, 'objective', 'zh')?.get(0) as Y.XmlElement
    for (let piece = 0; piece < pieces; piece++) {
      // Each before the other, so that they stay apart.
      ;(block.get(0) as Y.XmlText).insert(0, String.fromCharCode(97 + (piece % 26)).repeat(letters))
    }
    // As the link does, which brings it in when it is wanted.
    const { writeBackup } = await import('../../../client/sync/backup.ts')
    const { text } = writeBackup({
      meeting: opened.meeting,
      document: 'agenda',
      person: { id: opened.person, name: '' },
      epoch: 1,
      at: 0,
      edits: pieces,
      base: null,
      state: Y.encodeStateAsUpdate(away),
    })
    return (await link?.importBackup(text))?.status ?? ''
  },
  /** How many rows the device's copy has. */
  async rows(): Promise<number> {
    if (copy === null) {
      const [found] = await indexedDB.databases()
      const request = indexedDB.open(found?.name ?? '')
      copy = await new Promise<IDBDatabase>((resolve, reject) => {
        request.onsuccess = () => resolve(request.result)
        request.onerror = () => reject(request.error)
      })
    }
    const request = copy.transaction('updates').objectStore('updates').count()
    return new Promise((resolve) => {
      request.onsuccess = () => resolve(request.result)
    })
  },
  /** As an editor does while somebody composes; until `letIn`. */
  keepBack(): void {
    letIn = link?.hold() ?? letIn
  },
  letIn: (): void => letIn(),
  /** Settles when nothing that has come in is kept back. */
  released: (): Promise<void> => until(() => link?.frames().held === 0),
  unmount: (): void => mountOurs(false),
  mount: (): void => mountOurs(true),
  blur: (): void => editor().view.dom.blur(),
  update: (): number[] => [...Y.encodeStateAsUpdate(doc)],
}

export type Harness = typeof harness
declare global {
  interface Window {
    harness: Harness
  }
}
window.harness = harness
