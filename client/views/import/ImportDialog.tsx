import { type DragEvent, type ReactElement, useEffect, useRef, useState } from 'react'
import type { Agenda } from '../../../shared/domain/agenda.ts'
import { openNewVersion } from '../../store/actions.ts'
import { isFinal, mayOpen } from '../../store/meeting.ts'
import { type FileLine, largestFile, type Reading, readFile } from '../../store/reading.ts'
import controls from '../../styles/controls.module.css'
import { Sheet } from '../shell/Sheet.tsx'
import { useLanguage, useMeeting, useWords, useWorkspace } from '../shell/shell.ts'
import { useLateWords } from '../versions/late.ts'
import styles from './ImportDialog.module.css'
import { ImportPreview } from './ImportPreview.tsx'

type Stage =
  | { readonly status: 'choosing' }
  | { readonly status: 'reading'; readonly file: string; readonly reading: Reading; readonly sent: number }
  | { readonly status: 'refused'; readonly file: string; readonly message: string }
  | {
      readonly status: 'understood'
      readonly file: string
      readonly agenda: Agenda
      readonly lines: readonly FileLine[]
    }

/** Imports an agenda from a file: it is read, previewed, chosen from, and only then added. */
export function ImportDialog({ close }: { close: () => void }): ReactElement {
  const t = useLateWords()
  const workspace = useWorkspace()
  const language = useLanguage()
  const final = useMeeting(isFinal)
  const opens = useMeeting(mayOpen)
  const [stage, setStage] = useState<Stage>({ status: 'choosing' })
  const running = useRef<Reading | null>(null)
  const begun = useRef(false)
  useEffect(() => () => running.current?.stop(), [])

  async function read(file: File) {
    begun.current = true
    running.current?.stop()
    if (file.size > largestFile) {
      return setStage({ status: 'refused', file: file.name, message: t('import.tooLarge') })
    }
    const { meeting } = workspace.store.getState().membership
    const reading = readFile(meeting, file, language, (sent) =>
      setStage((now) => (now.status === 'reading' && now.reading === reading ? { ...now, sent } : now)),
    )
    running.current = reading
    setStage({ status: 'reading', file: file.name, reading, sent: 0 })
    const answer = await reading.answer
    if (running.current !== reading) return
    running.current = null
    const refused = (message: string) => setStage({ status: 'refused', file: file.name, message })
    switch (answer.status) {
      case 'stopped':
        return setStage({ status: 'choosing' })
      case 'unreachable':
        return refused(t('import.offline'))
      case 'refused':
        return refused(t('import.failed', { message: answer.message }))
      case 'ok':
        if (answer.value.status === 'refused') return refused(answer.value.message)
        return setStage({ ...answer.value, file: file.name })
    }
  }

  return (
    <Sheet title={t('import.title')} close={close} wide>
      {final ? (
        <div className={styles.part}>
          <p>{t('import.frozen')}</p>
          {opens && (
            <p>
              <button type="button" className={controls.button} onClick={() => openNewVersion(workspace)}>
                <OpenWord />
              </button>
            </p>
          )}
        </div>
      ) : stage.status === 'understood' ? (
        <ImportPreview
          key={stage.file}
          file={stage.file}
          agenda={stage.agenda}
          lines={stage.lines}
          again={() => setStage({ status: 'choosing' })}
          close={close}
        />
      ) : stage.status === 'reading' ? (
        <Waiting file={stage.file} sent={stage.sent} stop={stage.reading.stop} />
      ) : (
        <>
          {stage.status === 'refused' ? (
            <div className={styles.refused} role="alert">
              <p className={styles.strong}>{t('import.refused', { file: stage.file })}</p>
              <p>{stage.message}</p>
            </div>
          ) : (
            <p>{t('import.lead')}</p>
          )}
          <Chooser read={read} again={stage.status === 'refused'} focus={begun.current} />
        </>
      )}
    </Sheet>
  )
}

function OpenWord() {
  return useWords()('final.open')
}

/** A drop target for a file, with the browser's own file chooser. */
function Chooser({ read, again, focus }: { read: (file: File) => void; again: boolean; focus: boolean }) {
  const t = useLateWords()
  const offline = useMeeting((state) => state.connection.status === 'offline')
  const [over, setOver] = useState(false)
  const field = useRef<HTMLInputElement>(null)
  const button = useRef<HTMLButtonElement>(null)
  // The focused element was removed with the previous step.
  useEffect(() => {
    if (focus) button.current?.focus()
  }, [focus])
  function drop(event: DragEvent) {
    event.preventDefault()
    setOver(false)
    const file = event.dataTransfer.files[0]
    if (file && !offline) read(file)
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is the second way; the button inside is the first
    <div
      className={styles.drop}
      data-over={over || undefined}
      onDragOver={(event) => {
        event.preventDefault()
        setOver(true)
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <p className={controls.row}>
        <button
          ref={button}
          type="button"
          className={controls.primary}
          disabled={offline}
          onClick={() => field.current?.click()}
        >
          {t(again ? 'import.other' : 'import.choose')}
        </button>
        <span className={styles.byMouse}>{t('import.drop')}</span>
      </p>
      <input
        ref={field}
        // The button above opens it.
        hidden
        type="file"
        accept=".json,.md,.markdown,.txt,.docx,.ics"
        disabled={offline}
        onChange={(event) => {
          const file = event.target.files?.[0]
          // Lets the same file be chosen again after it was corrected.
          event.target.value = ''
          if (file) read(file)
        }}
      />
      <p className={controls.hint}>{t('import.kinds')}</p>
      {offline && (
        <p className={controls.problem} role="status">
          {t('import.offline')}
        </p>
      )}
    </div>
  )
}

/** Milliseconds of waiting that need no indicator. */
const quick = 500

function Waiting({ file, sent, stop }: { file: string; sent: number; stop: () => void }) {
  const t = useLateWords()
  const [slow, setSlow] = useState(false)
  const frame = useRef<HTMLDivElement>(null)
  useEffect(() => frame.current?.focus(), [])
  useEffect(() => {
    const timer = setTimeout(() => setSlow(true), quick)
    return () => clearTimeout(timer)
  }, [])
  return (
    <div ref={frame} tabIndex={-1} className={styles.waiting} aria-busy="true">
      {slow && (
        <>
          <p role="status">{t('import.reading', { file })}</p>
          {/* The upload has a known progress; reading the file has none. */}
          <progress aria-label={t('import.reading', { file })} max={1} {...(sent < 1 ? { value: sent } : {})} />
          <p className={controls.row}>
            <button type="button" className={controls.button} onClick={stop}>
              {t('import.stop')}
            </button>
            {sent < 1 && <span className={styles.soft}>{t('import.sent', { percent: Math.round(sent * 100) })}</span>}
          </p>
        </>
      )}
    </div>
  )
}
