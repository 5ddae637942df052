import { agendaOf, agendaWith, stateOf } from '../../shared/document/merge.ts'
import { readAgenda } from '../../shared/document/read.ts'
import { hasArrived } from '../../shared/document/schema.ts'
import type { Agenda, Bilingual, MeetingId, PersonId } from '../../shared/domain/agenda.ts'
import type { Refusal } from '../../shared/domain/command.ts'
import { compare, isSame } from '../../shared/domain/compare.ts'
import { isForward } from '../../shared/domain/forward.ts'
import { rebased } from '../../shared/domain/rebase.ts'
import { restoring } from '../../shared/domain/restore.ts'
import type { Backup, BackupAnswer, BackupContent } from '../sync/backup.ts'
import { isOver } from '../sync/connection.ts'
import { backupOf, isWithin, stateIn, unsentIn } from '../sync/device/copy.ts'
import {
  browserStorage,
  type DeviceCopyInfo,
  deviceCopies,
  isEarlier,
  latest,
  lineageOf,
  register,
} from '../sync/device/copylist.ts'
import { deleteCopy } from '../sync/device/deletion.ts'
import type { Passage } from '../sync/device/log.ts'
import { isUnread } from '../sync/device/status.ts'
import { type Link, lingeringLinks } from '../sync/link.ts'
import type { Membership } from './api.ts'
import { noteImported, wasImported } from './importedbackups.ts'
import { leavingKey } from './leaving.ts'
import type { KeyValueStore } from './preferences.ts'
import type { SessionKeeper } from './session.ts'
import type { Workspace } from './workspace.ts'

export type { Passage }

/** The data of one person in one meeting on this device. */
export interface Remainder {
  /** Unique on this device. */
  readonly key: string
  readonly meeting: MeetingId
  /** Null if this device does not know the title. */
  readonly title: Bilingual | null
  /** Whose data it is. */
  readonly owner: PersonId
  readonly name: string
  /** From before the agenda was rebuilt. */
  readonly former: boolean
  /** How many changes the server may lack, when they were counted; null if the copy cannot be read. */
  readonly edits: number | null
  /** They are in this tab and nowhere else. */
  readonly onlyInTab: boolean
  /** `edits` as of now: to be checked right before anything is removed without asking. */
  count(): Promise<number | null>
  backup(): Promise<File>
  remove(): Promise<void>
}

/**
 * All data on this device, or the `wanted` part of it: nothing else is read. Open and lingering links are asked
 * directly, since they may hold more than the device could store.
 */
export async function remainders(
  memberships: readonly Membership[],
  workspace: Workspace | null,
  wanted: (copy: Owned) => boolean = () => true,
): Promise<Remainder[]> {
  const known = workspace ? [...memberships, workspace.store.getState().membership] : memberships
  const links = [...new Set([...(workspace ? [workspace.link, ...workspace.beside] : []), ...lingeringLinks()])]
  const open = new Set(links.map(({ copy }) => keyOf(copy)))
  const copies = deviceCopies().filter((copy) => !open.has(keyOf(copy)) && wanted(copy))
  return Promise.all([
    ...links.filter(({ copy }) => wanted(copy)).map((link) => openRemainder(link, known)),
    ...copies.map((copy) => closedRemainder(copy, known)),
  ])
}

/**
 * What this device has of the meeting of `workspace` from an earlier invitation, or from before the agenda was rebuilt, that
 * the server may lack. Updates the saving status.
 */
export async function countEarlier({ link, store }: Workspace): Promise<Remainder[]> {
  const all = await remainders([], null, (copy) => isEarlier(copy, link.copy))
  const list = all.filter((one) => one.edits !== 0)
  const changes = list.reduce((sum, one) => sum + (one.edits ?? 0), 0)
  store.setState({ earlier: { status: 'counted', changes, unread: list.some((one) => one.edits === null) } })
  return list
}

/** Whose copy it is, and of what. */
type Owned = Omit<DeviceCopyInfo, 'name'>

async function openRemainder(link: Link, memberships: readonly Membership[]): Promise<Remainder> {
  const { copy, doc } = link
  // Until the copy has been read, the edits in it are not counted.
  await until(link, () => link.device().status !== 'opening')
  const count = () => {
    const device = link.device()
    const changes = link.changes()
    return changes === 0 && isUnread(device) ? null : changes
  }
  return {
    key: keyOf(copy),
    meeting: copy.meeting,
    owner: copy.person,
    title: hasArrived(doc) ? readAgenda(doc).title : titleOf(copy, memberships),
    name: copy.name,
    former: isFormer(copy),
    edits: count(),
    onlyInTab: link.device().status === 'failing' && link.changes() > 0,
    count: async () => count(),
    backup: async () => fileOf(await link.backup()),
    remove: () => link.clear(),
  }
}

async function closedRemainder(copy: DeviceCopyInfo, memberships: readonly Membership[]): Promise<Remainder> {
  const count = () => unsentIn(copy).catch(() => null)
  const known = titleOf(copy, memberships)
  const [title, edits] = await Promise.all([known ?? titleIn(copy).catch(() => null), count()])
  return {
    key: keyOf(copy),
    meeting: copy.meeting,
    owner: copy.person,
    title,
    name: copy.name,
    former: isFormer(copy),
    edits,
    onlyInTab: false,
    count,
    backup: async () => fileOf(await backupOf(copy, Date.now())),
    remove: () => deleteCopy(copy),
  }
}

function titleOf({ meeting }: Owned, memberships: readonly Membership[]): Bilingual | null {
  return memberships.find((one) => one.meeting === meeting)?.title ?? null
}

async function titleIn(copy: DeviceCopyInfo): Promise<Bilingual | null> {
  return copy.document === 'agenda' ? agendaOf(await stateIn(copy)).title : null
}

function keyOf(copy: Owned): string {
  return `${copy.meeting} ${copy.document} ${copy.person} ${lineageOf(copy)}`
}

function isFormer(copy: DeviceCopyInfo): boolean {
  return isEarlier(copy, latest(copy))
}

function fileOf({ fileName, text }: Backup): File {
  return new File([text], fileName, { type: 'application/json' })
}

/** A backup of the meeting of `workspace`, whatever the state of the server and the device. */
export async function backupFile(workspace: Workspace): Promise<File> {
  return fileOf(await workspace.link.backup())
}

/** `state`: the content of the backup. `again`: it was imported on this device before. */
export interface Foreign {
  readonly status: 'foreign'
  readonly name: string
  /** The backup is this person's own. */
  readonly own: boolean
  readonly state: Uint8Array
  readonly again: boolean
  /** For an earlier lineage: the agenda in the backup and, if known, its merge base. */
  readonly former: { readonly base: Agenda | null; readonly mine: Agenda } | null
  readonly base: BackupContent['base']
}

export type BackupImport =
  | Exclude<BackupAnswer, { status: 'foreign' }>
  /** Somebody else's, or from before the agenda was rebuilt. Nothing is changed yet. */
  | Foreign
  | { readonly status: 'unreadable' }

/** Imports a backup. One's own is applied at once; any other becomes a proposal for `takeForeign`. */
export async function importBackup(
  workspace: Workspace,
  file: File,
  storage: KeyValueStore | null,
): Promise<BackupImport> {
  const bytes = await file.arrayBuffer().catch(() => null)
  if (bytes === null) return { status: 'unreadable' }
  const imported = await workspace.link.importBackup(new Uint8Array(bytes))
  if (imported.status !== 'foreign') return imported
  try {
    const { name, own, state, base } = imported
    const former = imported.former ? { base: base && agendaOf(base.state), mine: agendaOf(state) } : null
    // Content from before the agenda was rebuilt keeps its ids, and cannot appear twice.
    const again = former === null && wasImported(workspace.link.copy.meeting, state, storage)
    const foreign: Foreign = { status: 'foreign', name, own, state, again, former, base }
    proposed(workspace, foreign)
    return foreign
  } catch {
    return { status: 'refused', code: 'damaged', field: 'state' }
  }
}

/** The agenda with the backup merged in. Compute it again whenever the agenda has changed: others keep editing. */
export function proposed({ link, store }: Workspace, { state, former }: Foreign): Agenda {
  if (former === null) return agendaWith(link.doc, state)
  const { snapshot } = store.getState()
  return rebased(former.base, former.mine, snapshot?.agenda ?? readAgenda(link.doc))
}

/** Whether all of it is in the agenda already. */
export function isKnown(workspace: Workspace, foreign: Foreign): boolean {
  const { snapshot } = workspace.store.getState()
  return snapshot !== null && isSame(compare(snapshot.agenda, proposed(workspace, foreign)))
}

/**
 * Applies the proposal as one's own changes, in one undo step. The backup is merged with the agenda of this moment, so
 * others' later edits stay, and only what the backup adds is changed.
 */
export function takeForeign(workspace: Workspace, foreign: Foreign, storage: KeyValueStore | null): Refusal | null {
  const { snapshot } = workspace.store.getState()
  if (!snapshot) return { code: 'not-found', field: '' }
  const { name, own, state, former, base } = foreign
  const theirs = former && base && stateOf(workspace.link.doc)
  const refusal = workspace.runAll(restoring(snapshot, proposed(workspace, foreign)), {
    type: 'brought-back',
    name: own ? null : name,
  })
  if (refusal !== null) return refusal
  noteImported(workspace.link.copy.meeting, state, storage)
  // Where others had changed the same, their wording can still be chosen.
  if (theirs) workspace.link.reportConcurrentEdits({ since: base.since, base: base.state, mine: state, theirs })
  return null
}

/**
 * Removes earlier copies, and those of others, whose whole content is in `state`, once the server or this device has
 * stored that.
 */
export async function letGo(workspace: Workspace, { state, former }: Foreign): Promise<void> {
  // Without a merge base not all of it was proposed.
  if (former?.base === null) return
  const { link } = workspace
  await until(link, () => link.connection().unsaved === 0 || link.device().status === 'stored')
  for (const copy of deviceCopies()) {
    if (!isEarlier(copy, link.copy)) continue
    if (await isWithin(copy, state).catch(() => false)) await deleteCopy(copy).catch(() => {})
  }
  await countEarlier(workspace)
}

/**
 * Tells whoever opens a rebuilt agenda what this device has from before, and removes what the server has of it.
 * `closed`: set if it was rebuilt while open; settles when the old link has closed. What was being written is carried
 * over.
 */
export async function notifyOfFormer(
  workspace: Workspace,
  closed: Promise<void> | undefined,
  storage: KeyValueStore | null,
): Promise<void> {
  await closed
  const { copy } = workspace.link
  let edits: number | null = 0
  let carried = false
  for (const one of deviceCopies()) {
    if (one.person !== copy.person || !isEarlier(one, copy)) continue
    const found = await unsentIn(one).catch(() => null)
    if (found === 0) await deleteCopy(one).catch(() => {})
    else if (closed !== undefined && (await carriesOver(workspace, one, storage))) {
      carried = true
      continue
    }
    edits = found === null || edits === null ? null : edits + found
  }
  if (closed !== undefined || edits !== 0) workspace.notify({ type: 'rebuilt', edits, carried })
  // What is carried over is counted by `letGo`.
  if (!carried) void countEarlier(workspace)
}

/** Edits this recent are carried over without asking, ms: nobody has thought of them as something else yet. */
const fresh = 60_000

/**
 * Carries over what was just being written; true if all of it is in. If others wrote there, too, the author is asked.
 */
async function carriesOver(
  workspace: Workspace,
  copy: DeviceCopyInfo,
  storage: KeyValueStore | null,
): Promise<boolean> {
  const { link, store } = workspace
  await until(link, () => link.connection().status === 'live' || isOver(link.connection()))
  try {
    const imported = await importBackup(workspace, fileOf(await backupOf(copy, Date.now())), storage)
    const { snapshot } = store.getState()
    if (imported.status !== 'foreign' || !imported.former?.base || !imported.base || !snapshot) return false
    const { base, mine } = imported.former
    if (Date.now() - imported.base.since > fresh || !isForward(base, mine, snapshot.agenda)) return false
    const refusal = workspace.runAll(restoring(snapshot, proposed(workspace, imported)))
    if (refusal !== null && refusal.code !== 'nothing-to-do') return false
    void letGo(workspace, imported)
    return true
  } catch {
    return false
  }
}

function until(link: Link, holds: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (!holds()) return
      stop()
      resolve()
    }
    const stop = link.subscribe(look)
    look()
  })
}

/** Whether the browser has promised not to evict the copies; null if it cannot be asked. */
export async function promised(): Promise<boolean | null> {
  return (await navigator.storage?.persisted?.().catch(() => null)) ?? null
}

export async function askPromise(): Promise<boolean> {
  return (await navigator.storage?.persist?.().catch(() => false)) ?? false
}

export type SignedOut =
  | { readonly status: 'done' }
  | { readonly status: 'unreachable' }
  | { readonly status: 'refused'; readonly message: string }
  /** The session has ended, but the data of `name` could not be deleted. It stays in the list of copies. */
  | { readonly status: 'left'; readonly name: string }

/**
 * Ends the session on the server, then deletes all data on this device. `anyway`: even if the server cannot be reached;
 * the session then ends as soon as it can be.
 */
export async function signOut(
  session: SessionKeeper,
  held: readonly Remainder[],
  storage: Storage | null,
  anyway: boolean,
): Promise<SignedOut> {
  const answer = await session.leave()
  if (answer.status === 'refused') return answer
  if (answer.status === 'unreachable') {
    if (!anyway) return answer
    session.leaveLater()
  }
  return clearDevice(held, storage)
}

/** Deletes the data on this device once the session has ended. */
export async function clearDevice(
  held: readonly Remainder[],
  storage: Storage | null,
): Promise<Extract<SignedOut, { status: 'done' | 'left' }>> {
  const outcomes = await Promise.allSettled(held.map((one) => one.remove()))
  const left = held.find((_, index) => outcomes[index]?.status === 'rejected')
  const copies = deviceCopies()
  clearStorage(storage)
  for (const copy of copies) register(copy)
  return left ? { status: 'left', name: left.name } : { status: 'done' }
}

/** Deletes what the app has stored beside the copies, but for the preferences and the mark of signing out. */
export function clearStorage(storage: Storage | null): void {
  if (storage === null) return
  const keys = Array.from({ length: storage.length }, (_, index) => storage.key(index) ?? '')
  for (const key of keys) {
    if (key.startsWith('parley.') && key !== 'parley.preferences' && key !== leavingKey) storage.removeItem(key)
  }
}

/** Deletes what the app has stored of a meeting beside its copies. */
export function forgetMeeting(meeting: MeetingId): void {
  const storage = browserStorage()
  const keys = Array.from({ length: storage?.length ?? 0 }, (_, index) => storage?.key(index) ?? '')
  for (const key of keys) if (/^parley\.\w+\./.test(key) && key.split('.')[2] === meeting) storage?.removeItem(key)
}
