import { type ReactElement, useEffect, useMemo, useRef, useState } from 'react'
import type { Agenda } from '../../../shared/domain/agenda.ts'
import type { Version } from '../../store/api.ts'
import {
  type Chosen,
  fileName,
  fileOf,
  optionsOf,
  type Reach,
  type Revisions,
  reachOf,
  type Source,
  termsOf,
} from '../../store/download.ts'
import type { CopyPreferences } from '../../store/preferences.ts'
import { hearRevisions, storedRevisions } from '../../store/revisions.ts'
import { pathOf } from '../../store/route.ts'
import controls from '../../styles/controls.module.css'
import { copyText } from '../shell/clipboard.ts'
import { Sheet } from '../shell/Sheet.tsx'
import { saveFile } from '../shell/saveFile.ts'
import { useLead, useMeeting, usePreferences, useShell, useWords, useWorkspace } from '../shell/shell.ts'
import { useSteady, useTaking } from '../shell/steady.ts'
import { useKeeper, useLateWords, useVersions } from '../versions/late.ts'
import { CopyPreview } from './CopyPreview.tsx'
import styles from './ExportDialog.module.css'
import { ExportOptions } from './ExportOptions.tsx'
import { Subscriptions } from './Subscriptions.tsx'

/** Exports the agenda or a version of it: choose, preview, download. */
export function ExportDialog({ version, close }: { version: Version | null; close: () => void }): ReactElement | null {
  const t = useWords()
  const late = useLateWords()
  const inForce = useInForce()
  const shown = version ?? inForce
  return (
    <Sheet
      title={shown === null ? t('export.title') : late('export.titleOf', { number: shown.number })}
      close={close}
      broad
    >
      {shown === null ? <OfNow /> : <OfVersion key={shown.id} version={shown} follows={version === null} />}
    </Sheet>
  )
}

/** The version to export while the agenda is final; null offline, where it cannot be read: the agenda goes as it is. */
function useInForce(): Version | null {
  const { list } = useVersions()
  const final = useMeeting((state) => state.snapshot?.final ?? null)
  const live = useMeeting((state) => state.connection.status === 'live')
  const [reachable] = useState(live)
  return (reachable && list.find((one) => one.id === final)) || null
}

/** Milliseconds between updates of the preview, so that others' edits do not make it flicker. */
const calm = 1000

function OfNow() {
  const agenda = useSteady(
    useMeeting((state) => state.snapshot?.agenda ?? null),
    calm,
  )
  return agenda && <Taking agenda={agenda} version={null} follows />
}

function OfVersion({ version, follows }: { version: Version; follows: boolean }) {
  const late = useLateWords()
  const keeper = useKeeper()
  const [agenda, setAgenda] = useState<Agenda | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  useEffect(() => {
    let gone = false
    void keeper.agenda(version.id).then((answer) => {
      if (gone) return
      if (answer.status === 'ok') setAgenda(answer.value)
      else if (answer.status === 'unreachable') setProblem(late('export.versionUnreachable'))
      else setProblem(late('export.versionFailed', { message: answer.message }))
    })
    return () => {
      gone = true
    }
  }, [keeper, version.id, late])
  if (agenda) return <Taking agenda={agenda} version={version} follows={follows} />
  return problem === null ? (
    <p role="status">{late('export.loading')}</p>
  ) : (
    <p role="alert" className={controls.problem}>
      {problem}
    </p>
  )
}

interface TakingProps {
  agenda: Agenda
  version: Version | null
  /** Whether calendars can subscribe. A version that was asked for never changes. */
  follows: boolean
}

function Taking({ agenda, version, follows }: TakingProps) {
  const { preferences } = useShell()
  const own = useLead()
  const copy = usePreferences((state) => state.copy)
  const set = (part: Partial<CopyPreferences>) => {
    preferences.setState({ copy: { ...preferences.getState().copy, ...part } })
  }
  const chosen = useMemo(() => optionsOf(copy, agenda, own), [copy, agenda, own])
  const source = useSource(agenda, version)
  const page = useRef<HTMLIFrameElement>(null)
  return (
    <>
      <div className={styles.table}>
        <div className={styles.options}>
          <ExportOptions copy={copy} agenda={agenda} own={own} chosen={chosen} set={set} />
          <TakeIt source={source} copy={copy} chosen={chosen} print={() => page.current?.contentWindow?.print()} />
        </div>
        <CopyPreview source={source} format={copy.format} chosen={chosen} page={page} />
      </div>
      {copy.format === 'ics' && follows && <Subscriptions chosen={chosen} />}
    </>
  )
}

/** What a file is made from here. `now`: when this device last saw the agenda change. Versions never change. */
function useSource(agenda: Agenda, version: Version | null): Source {
  const { api, storage } = useShell()
  const meeting = useMeeting((state) => state.membership.meeting)
  const [revisions, setRevisions] = useState<Revisions>(() => storedRevisions(storage, meeting))
  useEffect(() => {
    let gone = false
    void hearRevisions(api, storage, meeting).then((heard) => {
      if (!gone) setRevisions(heard)
    })
    return () => {
      gone = true
    }
  }, [api, storage, meeting])
  return useMemo(() => {
    const link = `${window.location.origin}${pathOf({ type: 'outline', meeting })}`
    return { agenda, meeting, version, link, revisions, now: version?.at ?? Date.now() }
  }, [agenda, meeting, version, revisions])
}

interface TakeItProps {
  source: Source
  copy: CopyPreferences
  chosen: Chosen
  print: () => void
}

function TakeIt({ source, copy, chosen, print }: TakeItProps) {
  const late = useLateWords()
  const workspace = useWorkspace()
  const { api } = useShell()
  const meeting = useMeeting((state) => state.membership.meeting)
  const connection = useMeeting((state) => state.connection)
  const changes = useWorkspace().link.changes()
  const reach = useMemo(
    () => reachFor(source.version, reachOf({ connection, changes })),
    [source.version, connection, changes],
  )
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)
  const [copied, setCopied] = useState<string | null>(null)
  const taking = useTaking(busy)
  // Edits in transit arrive within moments; only those that stay unsent are worth a notice.
  const behind = useTaking(reach.status === 'behind') && reach.status === 'behind' ? reach.changes : 0
  const { format } = copy
  const { load, preview } = termsOf(format)
  const onDevice = load !== null
  const url = api.exportUrl(meeting, {
    format,
    options: chosen,
    version: source.version?.id ?? null,
    fileName: fileName(source.agenda, { ...chosen, version: source.version }, format),
  })
  // biome-ignore lint/correctness/useExhaustiveDependencies: a message about another file does not apply to this one
  useEffect(() => {
    setProblem(null)
    setCopied(null)
  }, [url])

  async function fromServer() {
    setBusy(true)
    setProblem(null)
    const answer = await api.begun(url)
    setBusy(false)
    // A real address, since browsers inside chat programs save nothing that a page has created.
    if (answer.status === 'ok') window.location.assign(url)
    else if (answer.status === 'unreachable') setProblem(late('export.unreachable'))
    else setProblem(late('export.refused', { message: answer.message }))
  }
  async function fromDevice() {
    if (busy || !onDevice) return
    setBusy(true)
    setProblem(null)
    // Uses the agenda of this moment, not the throttled one.
    const agenda = source.version ? source.agenda : (workspace.store.getState().snapshot?.agenda ?? source.agenda)
    try {
      saveFile(await fileOf({ ...source, agenda, now: source.version?.at ?? Date.now() }, format, chosen))
    } catch {
      setProblem(late('export.failed'))
    }
    setBusy(false)
  }
  async function copyLink() {
    await copyText(url)
    setCopied(url)
  }

  return (
    <div className={styles.take}>
      {behind > 0 && <p className={styles.behind}>{late('export.behind', { count: behind })}</p>}
      {reach.status === 'device' && (
        <p className={styles.behind}>{late(onDevice ? 'export.offline' : 'export.offlinePdf')}</p>
      )}
      <div className={styles.buttons}>
        {reach.status !== 'device' && (
          <a
            className={controls.primary}
            href={url}
            aria-busy={busy}
            onClick={(event) => {
              // With a modifier key, the link does what it does anywhere: another tab, a file, a new window.
              if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
              event.preventDefault()
              if (!busy) void fromServer()
            }}
          >
            {late('export.download')}
          </a>
        )}
        {reach.status === 'device' && onDevice && (
          <button type="button" className={controls.primary} aria-disabled={busy} onClick={fromDevice}>
            {late('export.download')}
          </button>
        )}
        {behind > 0 && onDevice && (
          <button type="button" className={controls.button} aria-disabled={busy} onClick={fromDevice}>
            {late('export.fromDevice')}
          </button>
        )}
        {preview === 'page' && (
          <button type="button" className={controls.button} onClick={print}>
            {late('export.print')}
          </button>
        )}
        {reach.status !== 'device' && (
          <button type="button" className={controls.button} onClick={copyLink}>
            {late('export.copyLink')}
          </button>
        )}
      </div>
      <p role="status" className={controls.hint}>
        {taking ? (
          <span className={styles.taking}>
            <progress aria-label={late('export.file')} /> {late('export.file')}
          </span>
        ) : (
          copied !== null && late('export.copied')
        )}
      </p>
      <p role="alert" className={controls.problem}>
        {problem}
      </p>
    </div>
  )
}

/** The server has the same version; no edits can be missing there. */
function reachFor(version: Version | null, reach: Reach): Reach {
  return version !== null && reach.status === 'behind' ? { status: 'server' } : reach
}
