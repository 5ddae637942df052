import { type ReactElement, useEffect, useId, useMemo, useRef, useState } from 'react'
import { type Agenda, type Language, type Side, sides } from '../../shared/domain/agenda.ts'
import { dateWords } from '../i18n/format.ts'
import type { Version } from '../store/api.ts'
import {
  type Chosen,
  fileName,
  fileOf,
  formats,
  optionsOf,
  type Reach,
  type Revisions,
  reachOf,
  type Source,
} from '../store/download.ts'
import type { CopyPreferences } from '../store/preferences.ts'
import { hearRevisions, keptRevisions } from '../store/revisions.ts'
import { pathOf } from '../store/route.ts'
import { versionsOf } from '../store/versions.ts'
import controls from '../styles/controls.module.css'
import { Choice } from './Choice.tsx'
import { CopyPreview } from './CopyPreview.tsx'
import { copyText } from './clipboard.ts'
import styles from './ExportDialog.module.css'
import { useLateWords, useVersions } from './late.ts'
import { Sheet } from './Sheet.tsx'
import { Subscriptions } from './Subscriptions.tsx'
import { saveFile } from './saveFile.ts'
import { useDesk, useLanguage, useLead, useMeeting, usePreferences, useShell, useWords } from './shell.ts'
import { useSteady, useTaking } from './steady.ts'

/** Takes the agenda, or a version of it, out: chosen, seen and then downloaded. */
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

/** While the agenda is final, what leaves is that version, and says so. Offline it cannot be read, so the agenda goes as it stands. */
function useInForce(): Version | null {
  const { list } = useVersions()
  const final = useMeeting((state) => state.snapshot?.final ?? null)
  const live = useMeeting((state) => state.connection.status === 'live')
  const [reachable] = useState(live)
  return (reachable && list.find((one) => one.id === final)) || null
}

/** What others write shows here, but no faster than one can look. */
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
  const desk = useDesk()
  const { api } = useShell()
  const [agenda, setAgenda] = useState<Agenda | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  useEffect(() => {
    let gone = false
    void versionsOf(desk, api)
      .agenda(version.id)
      .then((answer) => {
        if (gone) return
        if (answer.status === 'ok') setAgenda(answer.value)
        else if (answer.status === 'unreachable') setProblem(late('export.versionUnreachable'))
        else setProblem(late('export.versionFailed', { message: answer.message }))
      })
    return () => {
      gone = true
    }
  }, [desk, api, version.id, late])
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
  /** A calendar can follow what stands; a version that was asked for never changes. */
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
          <Options copy={copy} agenda={agenda} own={own} chosen={chosen} set={set} />
          <TakeIt source={source} copy={copy} chosen={chosen} print={() => page.current?.contentWindow?.print()} />
        </div>
        <CopyPreview source={source} format={copy.format} chosen={chosen} page={page} />
      </div>
      {copy.format === 'ics' && follows && <Subscriptions chosen={chosen} />}
    </>
  )
}

/** What a file is made from here. `now` is when the agenda came to say what it says, as far as this device saw; a version never changes, and neither does its copy. */
function useSource(agenda: Agenda, version: Version | null): Source {
  const { api, shelf } = useShell()
  const meeting = useMeeting((state) => state.membership.meeting)
  const [revisions, setRevisions] = useState<Revisions>(() => keptRevisions(shelf, meeting))
  useEffect(() => {
    let gone = false
    void hearRevisions(api, shelf, meeting).then((heard) => {
      if (!gone) setRevisions(heard)
    })
    return () => {
      gone = true
    }
  }, [api, shelf, meeting])
  return useMemo(() => {
    const link = `${window.location.origin}${pathOf({ type: 'outline', meeting })}`
    return { agenda, meeting, version, link, revisions, now: version?.at ?? Date.now() }
  }, [agenda, meeting, version, revisions])
}

interface OptionsProps {
  copy: CopyPreferences
  agenda: Agenda
  own: Side
  chosen: Chosen
  set: (part: Partial<CopyPreferences>) => void
}

function Options({ copy, agenda, own, chosen, set }: OptionsProps) {
  const t = useWords()
  const late = useLateWords()
  const group = useId()
  const data = copy.format === 'json'
  const languageName = (one: Language | 'both') => (one === 'both' ? late('export.both') : t(`language.${one}`))
  return (
    <>
      <fieldset className={styles.group}>
        <legend className={controls.label}>{late('export.format')}</legend>
        <div className={styles.formats}>
          {formats.map((format) => (
            <label key={format} className={styles.format}>
              <input
                type="radio"
                name={group}
                value={format}
                checked={copy.format === format}
                onChange={() => set({ format })}
              />
              <span>{late(`export.formats.${format}`)}</span>
              <span className={styles.ending} aria-hidden="true">
                .{format}
              </span>
            </label>
          ))}
        </div>
      </fieldset>
      <div className={styles.pair}>
        <Choice
          look="boxed"
          label={t('language.label')}
          value={copy.language}
          options={['both', 'en', 'zh'] as const}
          name={languageName}
          choose={(language) => set({ language })}
          disabled={data}
        />
        <Choice
          look="boxed"
          label={late('export.lead')}
          value={chosen.lead}
          options={own === 'us' ? sides : (['cn', 'us'] as const)}
          name={(side) => late(`export.leads.${side}`)}
          choose={(side) => set({ lead: side === own ? null : side })}
          disabled={data}
        />
      </div>
      <fieldset className={styles.group} disabled={data}>
        <legend className={controls.label}>{late('export.include')}</legend>
        <div className={controls.row}>
          <Check label={t('people.title')} on={copy.people} set={(people) => set({ people })} />
          <Check label={t('item.readings')} on={copy.readings} set={(readings) => set({ readings })} />
          <Check label={t('text.questions')} on={copy.questions} set={(questions) => set({ questions })} />
          {agenda.days.length > 0 && agenda.proposals.length > 0 && (
            <Check
              label={t('outline.proposals')}
              on={chosen.days === null}
              // They belong to no day, so a copy of some days never has them.
              disabled={chosen.days !== null && chosen.days.length < agenda.days.length}
              set={(proposals) => set({ proposals })}
            />
          )}
        </div>
      </fieldset>
      {agenda.days.length > 1 && <Days agenda={agenda} chosen={chosen} disabled={data} set={set} />}
      {data && <p className={controls.hint}>{late('export.whole')}</p>}
    </>
  )
}

interface DaysProps extends Pick<OptionsProps, 'agenda' | 'chosen' | 'set'> {
  disabled: boolean
}

function Days({ agenda, chosen, disabled, set }: DaysProps) {
  const t = useWords()
  const late = useLateWords()
  const language = useLanguage()
  const { days } = chosen
  const taken = agenda.days.map((day) => day.id).filter((id) => days === null || days.includes(id))
  return (
    <fieldset className={styles.group} disabled={disabled}>
      <legend className={controls.label}>{late('export.days')}</legend>
      <div className={controls.row}>
        {agenda.days.map(({ id, date }, index) => (
          <Check
            key={id}
            label={`${t('outline.day', { number: index + 1 })} · ${dateWords(date, language)}`}
            on={taken.includes(id)}
            // A copy of no day at all is none.
            disabled={taken.length === 1 && taken[0] === id}
            set={(on) => {
              const left = on ? [...taken, id] : taken.filter((one) => one !== id)
              set({ without: agenda.days.map((day) => day.id).filter((one) => !left.includes(one)) })
            }}
          />
        ))}
      </div>
      {days !== null && days.length < agenda.days.length && agenda.proposals.length > 0 && (
        <p className={controls.hint}>{late('export.someDays')}</p>
      )}
    </fieldset>
  )
}

interface CheckProps {
  label: string
  on: boolean
  set: (on: boolean) => void
  disabled?: boolean
}

function Check({ label, on, set, disabled = false }: CheckProps) {
  return (
    <label className={controls.check}>
      <input type="checkbox" checked={on} disabled={disabled} onChange={(event) => set(event.currentTarget.checked)} />
      {label}
    </label>
  )
}

interface TakeItProps {
  source: Source
  copy: CopyPreferences
  chosen: Chosen
  print: () => void
}

function TakeIt({ source, copy, chosen, print }: TakeItProps) {
  const late = useLateWords()
  const desk = useDesk()
  const { api } = useShell()
  const meeting = useMeeting((state) => state.membership.meeting)
  const connection = useMeeting((state) => state.connection)
  const reach = useMemo(() => reachFor(source.version, reachOf(connection)), [source.version, connection])
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)
  const [copied, setCopied] = useState<string | null>(null)
  const taking = useTaking(busy)
  // What is on its way arrives within moments; only what stays behind is worth a word.
  const behind = useTaking(reach.status === 'behind') && reach.status === 'behind' ? reach.changes : 0
  const { format } = copy
  const url = api.exportUrl(meeting, {
    format,
    options: chosen,
    version: source.version?.id ?? null,
    fileName: fileName(
      source.agenda,
      { ...chosen, version: source.version, ...(format === 'json' && { language: 'both' }) },
      format,
    ),
  })
  // biome-ignore lint/correctness/useExhaustiveDependencies: what was said of another file is no news of this one
  useEffect(() => {
    setProblem(null)
    setCopied(null)
  }, [url])

  async function fromServer() {
    setBusy(true)
    setProblem(null)
    const answer = await api.begun(url)
    setBusy(false)
    // A true address, so that the browsers inside chat programs, which save nothing that a page has made, save it too.
    if (answer.status === 'ok') window.location.assign(url)
    else if (answer.status === 'unreachable') setProblem(late('export.unreachable'))
    else setProblem(late('export.refused', { message: answer.message }))
  }
  async function fromDevice() {
    if (busy || format === 'pdf') return
    setBusy(true)
    setProblem(null)
    // Of the agenda at this moment, not of the last calm one.
    const agenda = source.version ? source.agenda : (desk.store.getState().snapshot?.agenda ?? source.agenda)
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

  const paged = format === 'docx' || format === 'pdf' || format === 'html'
  return (
    <div className={styles.take}>
      {behind > 0 && <p className={styles.behind}>{late('export.behind', { count: behind })}</p>}
      {reach.status === 'device' && (
        <p className={styles.behind}>{late(format === 'pdf' ? 'export.offlinePdf' : 'export.offline')}</p>
      )}
      <div className={styles.buttons}>
        {reach.status !== 'device' && (
          <a
            className={controls.primary}
            href={url}
            aria-busy={busy}
            onClick={(event) => {
              // Another tab, a file, a new window: whoever asks for these by the usual keys gets them.
              if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
              event.preventDefault()
              if (!busy) void fromServer()
            }}
          >
            {late('export.download')}
          </a>
        )}
        {reach.status === 'device' && format !== 'pdf' && (
          <button type="button" className={controls.primary} aria-disabled={busy} onClick={fromDevice}>
            {late('export.download')}
          </button>
        )}
        {behind > 0 && format !== 'pdf' && (
          <button type="button" className={controls.button} aria-disabled={busy} onClick={fromDevice}>
            {late('export.fromDevice')}
          </button>
        )}
        {paged && (
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

/** A version is on the server as it is here; nothing of it can be missing there. */
function reachFor(version: Version | null, reach: Reach): Reach {
  return version !== null && reach.status === 'behind' ? { status: 'server' } : reach
}
