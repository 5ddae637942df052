import * as Y from 'yjs'
import { inspect, type Limits, updateLimits } from '../../shared/wire/inspect.ts'
import type { DeviceCopyInfo } from './device/copylist.ts'
import type { Passing } from './device/log.ts'
import { isOtherLineage } from './lineage.ts'
import type { MergeBase } from './mergebase.ts'

/** A file with everything that this device has of a document, for the person whose work it is. */
export interface Backup {
  readonly fileName: string
  readonly text: string
  /** Edits in it that no acknowledgement covers. */
  readonly edits: number
}

/** `field` names what was wrong with the file. */
export type BackupAnswer =
  | { readonly status: 'brought'; readonly edits: boolean }
  | { readonly status: 'refused'; readonly code: BackupRefusal; readonly field: string }
  /** Somebody else's, or anybody's of an earlier lineage (`former`). The caller decides what to do with it. */
  | {
      readonly status: 'foreign'
      readonly name: string
      /** The file is this person's own. */
      readonly own: boolean
      readonly former: boolean
      readonly state: Uint8Array
      readonly base: BackupContent['base']
    }

export type BackupRefusal = 'not-a-backup' | 'other-meeting' | 'newer' | 'damaged'

export interface BackupContent {
  readonly meeting: string
  readonly document: string
  readonly person: { readonly id: string; readonly name: string }
  readonly epoch: number
  readonly at: number
  readonly edits: number
  readonly state: Uint8Array
  /** The merge base of the edits; null when it is unknown or too large for the file. */
  readonly base: Pick<MergeBase, 'state' | 'since'> | null
}

const format = 'parley.unsynced/1'
/** In characters: the largest document that the server holds, as base64. */
const longestFile = 24 * 2 ** 20
/** For a whole document, not for a single edit. */
const stateLimits: Limits = { ...updateLimits, entries: 4_000_000, clients: 100_000 }

export function writeBackup(content: BackupContent): Backup {
  const { state, base, edits, ...rest } = content
  const room = base !== null && (state.length + base.state.length) * 1.4 < longestFile
  const day = new Date(content.at).toISOString().slice(0, 16).replace(/[-:]/g, '').replace('T', '-')
  return {
    fileName: `parley-unsynced-${content.meeting}-${day}.json`,
    text: `${JSON.stringify(
      {
        format,
        ...rest,
        edits,
        state: toBase64(state),
        ...(room ? { since: base.since, base: toBase64(base.state) } : {}),
      },
      null,
      1,
    )}\n`,
    edits,
  }
}

/**
 * Applies the file to the document as edits made here if it is this person's and of this lineage; else does nothing.
 */
export function importBackup(
  file: Uint8Array | string,
  here: {
    readonly copy: DeviceCopyInfo
    readonly epoch: number
    readonly doc: Y.Doc
    /** How many edits have been made here. */
    readonly made: () => number
    readonly pass: (passing: Passing) => void
  },
): BackupAnswer {
  const { copy, epoch, doc, made, pass } = here
  const read = readBackup(file, { ...copy, epoch })
  if ('status' in read) return read
  const own = read.person.id === copy.person
  const former = isOtherLineage(doc, [read.state])
  if (former || !own) {
    return { status: 'foreign', name: read.person.name, own, former, state: read.state, base: read.base }
  }
  const before = made()
  // Whatever the server does not accept under its client ids is reissued under new ones.
  Y.applyUpdate(doc, read.state, copy.person)
  const edits = made() > before
  pass(edits ? { type: 'backup-brought', edits: read.edits } : { type: 'backup-known' })
  return { status: 'brought', edits }
}

/**
 * Reads a file that anybody may have written: everything in it is validated before use. `epoch`: the document's in this
 * release.
 */
export function readBackup(
  file: Uint8Array | string,
  here: { readonly meeting: string; readonly document: string; readonly epoch: number },
): BackupContent | Extract<BackupAnswer, { status: 'refused' }> {
  const value = parse(file)
  if (value === null) return refused('not-a-backup', 'file')
  if (typeof value.format !== 'string' || !value.format.startsWith('parley.unsynced/')) {
    return refused('not-a-backup', 'format')
  }
  if (value.format !== format) return refused('newer', 'format')
  for (const field of ['meeting', 'document'] as const) {
    if (typeof value[field] !== 'string') return refused('damaged', field)
    if (value[field] !== here[field]) return refused('other-meeting', field)
  }
  const { epoch, at, edits, person } = value
  if (!isCount(epoch)) return refused('damaged', 'epoch')
  if (epoch > here.epoch) return refused('newer', 'epoch')
  if (!isCount(at)) return refused('damaged', 'at')
  if (!isCount(edits)) return refused('damaged', 'edits')
  const { id, name } = (typeof person === 'object' && person !== null ? person : {}) as Record<string, unknown>
  if (typeof id !== 'string') return refused('damaged', 'person.id')
  if (typeof name !== 'string') return refused('damaged', 'person.name')
  const state = stateOf(value.state)
  if (state === null) return refused('damaged', 'state')
  const { meeting, document } = here
  const content = { meeting, document, person: { id, name }, epoch, at, edits, state }
  if (value.base === undefined) return { ...content, base: null }
  const [both, { since }] = [stateOf(value.base), value]
  if (both === null) return refused('damaged', 'base')
  if (!isCount(since)) return refused('damaged', 'since')
  return { ...content, base: { state: both, since } }
}

function stateOf(value: unknown): Uint8Array | null {
  const state = typeof value === 'string' ? fromBase64(value) : null
  return state !== null && inspect(state, stateLimits) !== null && applies(state) ? state : null
}

function applies(state: Uint8Array): boolean {
  const doc = new Y.Doc()
  try {
    Y.applyUpdate(doc, state)
    return true
  } catch {
    return false
  } finally {
    doc.destroy()
  }
}

function parse(file: Uint8Array | string): Readonly<Record<string, unknown>> | null {
  if (file.length > longestFile) return null
  try {
    const text = typeof file === 'string' ? file : new TextDecoder('utf-8', { fatal: true }).decode(file)
    const value: unknown = JSON.parse(text.replace(/^\uFEFF/, ''))
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null
  } catch {
    return null
  }
}

function refused(code: BackupRefusal, field: string): Extract<BackupAnswer, { status: 'refused' }> {
  return { status: 'refused', code, field }
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

function toBase64(bytes: Uint8Array): string {
  let text = ''
  for (let i = 0; i < bytes.length; i += 0x8000) text += String.fromCharCode(...bytes.subarray(i, i + 0x8000))
  return btoa(text)
}

function fromBase64(text: string): Uint8Array | null {
  try {
    return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))
  } catch {
    return null
  }
}
