import { type ChangedField, changedFields } from '../../shared/document/changedfields.ts'
import { type DocumentName, pageDocuments } from '../../shared/document/documents.ts'
import { type History, openHistory } from '../../shared/document/history.ts'
import { openReader } from '../../shared/document/read.ts'
import { hasArrived, type TextPlace } from '../../shared/document/schema.ts'
import { hide, writeAll } from '../../shared/document/write.ts'
import { type ItemId, locate } from '../../shared/domain/agenda.ts'
import type { Command, Refusal } from '../../shared/domain/command.ts'
import { refuse, refuseMany } from '../../shared/domain/refuse.ts'
import { deviceCopies, isEarlier } from '../sync/device/copylist.ts'
import type { Link } from '../sync/link.ts'
import type { Membership } from './api.ts'
import { createMeeting, type MeetingStore, mayEdit, mayFreeze, mayTakeBack, withSnapshot } from './meeting.ts'
import { fingerprintOf, type Happening, type Where } from './notice.ts'
import { nextPresence } from './presence.ts'
import { nothingEarlier, type Part, reasonOf, together } from './saving.ts'

export { pageDocuments }

/** A document, and the history of one's own edits in it. */
export interface Opened {
  readonly link: Link
  readonly history: History
}

/** One open meeting: its state, and what can be done to it. */
export interface Workspace {
  readonly store: MeetingStore
  /** The link of the agenda. */
  readonly link: Link
  /** The links of the documents beside it. */
  readonly beside: readonly Link[]
  readonly history: History
  /** What a view needs to show a document; null where this page does not open it. */
  document(name: DocumentName): Opened | null
  /** Runs `command` if allowed, and shows `happening` with an Undo; otherwise shows why not and changes nothing. */
  run(command: Command, happening?: Happening): Refusal | null
  /**
   * Runs many as one undo step. They are not checked one by one: they come from `restoring` and `additions`, which
   * propose only what is allowed.
   */
  runAll(commands: readonly Command[], happening?: Happening): Refusal | null
  /** Like `run`, for a field that shows the refusal itself: it is returned, and no notice is shown. */
  attempt(command: Command): Refusal | null
  /** Deletes an item outside of the undo history, without a notice. */
  forget(item: ItemId): void
  /** Says what it has undone and where, unless that is the text at `caret`, where it is seen. */
  undo(caret?: TextPlace): void
  redo(caret?: TextPlace): void
  notify(happening: Happening): void
  dismiss(): void
  select(ids: Iterable<ItemId>): void
  /** Tells the others which item is open here. */
  visit(item: ItemId | null): void
  /** Marks `item` as just added: the caret goes into its title when its page opens. */
  freshen(item: ItemId | null): void
  join(membership: Membership): void
  /** Resolves as `close` of the links does. */
  close(): Promise<void>
}

export function openWorkspace(link: Link, membership: Membership, beside: readonly Link[] = []): Workspace {
  const before = deviceCopies().some((copy) => isEarlier(copy, link.copy))
  const earlier = before ? ({ status: 'counting' } as const) : nothingEarlier
  const store = createMeeting(membership, link.connection(), link.device(), earlier)
  const reader = openReader(link.doc)
  const history = openHistory(link.doc)
  const documents = [{ link, history }, ...beside.map((one) => ({ link: one, history: openHistory(one.doc) }))]
  let numbered = 0
  /** The state that the notice describes: see `standOf`. */
  let stood = ''

  function copySnapshot() {
    if (!hasArrived(link.doc)) return
    const before = store.getState().snapshot
    store.setState(withSnapshot(store.getState(), reader.snapshot()))
    const after = store.getState().snapshot
    // If it was done here, a notice with an Undo replaces this one right away.
    if (before && after && (before.final === null) !== (after.final === null)) {
      notify({ type: after.final === null ? 'opened-version' : 'made-final' }, false)
    }
  }
  function whole(): Part {
    const part = (one: Link): Part => ({ connection: one.connection(), device: one.device(), changes: one.changes() })
    return together([part(link), ...beside.map(part)])
  }
  function copyLink() {
    const connection = link.connection()
    const back = store.getState().back || connection.status === 'live' || connection.status === 'offline'
    store.setState({ connection, device: link.device(), whole: whole(), back })
  }
  function copyPresence() {
    const { presence, membership: mine } = store.getState()
    const next = nextPresence(presence, link.awareness.getStates(), link.awareness.clientID, mine.person)
    if (next !== presence) store.setState({ presence: next })
  }
  /** When the history changes after a notice, the Undo beside it would take back something else, or has been used. */
  function copyHistory() {
    const { canUndo, canRedo } = history
    const { notice } = store.getState()
    const left = canRedo ? null : notice && { ...notice, undoable: false }
    store.setState({ canUndo, canRedo, ...(notice?.undoable ? { notice: left } : {}) })
  }
  function dropStale() {
    const state = store.getState()
    if (state.notice && fingerprintOf(state.notice.happening, state) !== stood) store.setState({ notice: null })
  }
  function notify(happening: Happening, undoable: boolean) {
    stood = fingerprintOf(happening, store.getState())
    numbered++
    store.setState({ notice: { number: numbered, happening, undoable } })
  }

  function attempt(command: Command): Refusal | null {
    const state = store.getState()
    const may = command.type === 'set-final' ? mayFreeze : mayEdit
    if (!state.snapshot || !may(state)) return { code: 'not-found', field: '' }
    const refusal = refuse(state.snapshot, command)
    if (refusal) return refusal
    carryOut([command])
    return null
  }
  /** Tells somebody who tries to edit why nothing happens. */
  function notifyReader() {
    const { membership: mine, connection } = store.getState()
    if (mine.person.role === 'observer') notify({ type: 'read-only' }, false)
    else if (connection.status === 'older') notify({ type: 'older' }, false)
    else if (connection.status === 'refused') notify({ type: 'cut-off', reason: reasonOf(connection.code) }, false)
    else notify({ type: 'final' }, false)
  }
  /** Undoes or redoes a step. Returns what it has changed, or null if there was none. */
  function retrace(step: () => boolean): ChangedField[] | null {
    const changed: ChangedField[] = []
    const see = (transaction: Parameters<typeof changedFields>[0]) => changed.push(...changedFields(transaction, 200))
    link.doc.on('afterTransaction', see)
    const done = step()
    link.doc.off('afterTransaction', see)
    return done ? changed : null
  }
  function report(type: 'undone' | 'redone', changed: readonly ChangedField[], caret: TextPlace | undefined) {
    const seen = (one: ChangedField) =>
      caret !== undefined &&
      'item' in caret &&
      one.id === caret.item &&
      one.field === caret.text &&
      one.language === caret.language
    if (changed.length === 0 || !changed.every(seen)) notify({ type, where: whereOf(changed) }, false)
  }
  function whereOf(changed: readonly ChangedField[]): Where | null {
    const [first] = changed
    const { snapshot } = store.getState()
    if (first === undefined || snapshot === null) return null
    if (first.kind !== 'item') return { kind: first.kind }
    const ids = new Set(changed.flatMap(({ kind, id }) => (kind === 'item' && id !== null ? [id as ItemId] : [])))
    if (ids.size > 1) return { kind: 'items', count: ids.size }
    const id = first.id as ItemId
    const item = locate(snapshot.agenda, id)?.item ?? snapshot.removed.items.find((one) => one.id === id)
    return item ? { kind: 'item', id, title: item.title, field: first.field, language: first.language } : null
  }
  function carryOut(commands: readonly Command[]) {
    history.boundary()
    writeAll(link.doc, commands)
    history.boundary()
  }

  const stops = [
    reader.subscribe(copySnapshot),
    ...[link, ...beside].map((one) => one.subscribe(copyLink)),
    history.subscribe(copyHistory),
    store.subscribe(dropStale),
  ]
  link.awareness.on('change', copyPresence)
  copySnapshot()
  copyPresence()
  store.setState({ whole: whole() })

  return {
    store,
    link,
    beside,
    history,
    document: (name) => documents.find((one) => one.link.copy.document === name) ?? null,
    attempt,
    run(command, happening) {
      const refusal = attempt(command)
      if (refusal) {
        if (!mayEdit(store.getState())) notifyReader()
        else if (refusal.code !== 'nothing-to-do') notify({ type: 'refused', refusal }, false)
        return refusal
      }
      if (happening) notify(happening, true)
      return null
    },
    runAll(commands, happening) {
      if (!mayEdit(store.getState())) {
        notifyReader()
        return { code: 'not-found', field: '' }
      }
      if (commands.length === 0) return { code: 'nothing-to-do', field: '' }
      const { snapshot } = store.getState()
      const refusal = snapshot && refuseMany(snapshot, commands)
      if (refusal) {
        notify({ type: 'refused', refusal }, false)
        return refusal
      }
      carryOut(commands)
      if (happening) notify(happening, true)
      return null
    },
    forget: (item) => hide(link.doc, item),
    undo(caret) {
      if (!mayTakeBack(store.getState())) return notifyReader()
      history.boundary()
      const changed = retrace(history.undo)
      if (changed === null) notify({ type: 'nothing-to-undo' }, false)
      else report('undone', changed, caret)
    },
    redo(caret) {
      if (!mayTakeBack(store.getState())) return notifyReader()
      const changed = retrace(history.redo)
      if (changed === null) notify({ type: 'nothing-to-redo' }, false)
      else report('redone', changed, caret)
    },
    notify: (happening) => notify(happening, false),
    dismiss: () => store.setState({ notice: null }),
    select(ids) {
      store.setState({ selection: new Set(ids) })
    },
    visit: (item) => link.awareness.setLocalStateField('item', item),
    freshen: (fresh) => store.setState({ fresh }),
    join(next) {
      store.setState({ membership: next })
      copyPresence()
    },
    close() {
      for (const stop of stops) stop()
      link.awareness.off('change', copyPresence)
      reader.close()
      for (const one of documents) one.history.close()
      return Promise.all([link, ...beside].map((one) => one.close())).then(() => {})
    },
  }
}
