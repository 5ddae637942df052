import { type DragEvent, type ReactElement, useEffect, useMemo, useRef, useState } from 'react'
import { type Agenda, allItems, assignments, type Day, type Item, type ItemId } from '../../shared/domain/agenda.ts'
import { timeOf } from '../../shared/domain/clock.ts'
import { timetable } from '../../shared/domain/timetable.ts'
import { dateWords, lengthWords, speak } from '../i18n/format.ts'
import { openNewVersion } from '../store/actions.ts'
import { addChosen, beginningOn, type Chosen, everything, firstDayFor, newcomers } from '../store/incoming.ts'
import { isFinal, mayWrite } from '../store/meeting.ts'
import { type Line, largestFile, type Reading, readFile } from '../store/reading.ts'
import controls from '../styles/controls.module.css'
import { FileLines } from './FileLines.tsx'
import styles from './ImportDialog.module.css'
import { useLateWords } from './late.ts'
import { Said, SaidToo } from './Said.tsx'
import sheet from './Sheet.module.css'
import { Sheet } from './Sheet.tsx'
import { useDesk, useLanguage, useMeeting, useWords } from './shell.ts'

type Stage =
  | { readonly status: 'choosing' }
  | { readonly status: 'reading'; readonly file: string; readonly reading: Reading; readonly sent: number }
  | { readonly status: 'refused'; readonly file: string; readonly message: string }
  | { readonly status: 'understood'; readonly file: string; readonly agenda: Agenda; readonly lines: readonly Line[] }

/** An agenda out of a file: read, looked at, chosen from, and only then added. */
export function ImportDialog({ close }: { close: () => void }): ReactElement {
  const t = useLateWords()
  const desk = useDesk()
  const language = useLanguage()
  const final = useMeeting(isFinal)
  const writes = useMeeting(mayWrite)
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
    const { meeting } = desk.store.getState().membership
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
        return refused(answer.message)
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
          {writes && (
            <p>
              <button type="button" className={controls.button} onClick={() => openNewVersion(desk)}>
                <OpenWord />
              </button>
            </p>
          )}
        </div>
      ) : stage.status === 'understood' ? (
        <Preview
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

/** A place to drop a file on, and the browser's own way to choose one. */
function Chooser({ read, again, focus }: { read: (file: File) => void; again: boolean; focus: boolean }) {
  const t = useLateWords()
  const offline = useMeeting((state) => state.connection.status === 'offline')
  const [over, setOver] = useState(false)
  const field = useRef<HTMLInputElement>(null)
  const button = useRef<HTMLButtonElement>(null)
  // What had the focus has gone with the step before.
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
        // The button above stands for it.
        hidden
        type="file"
        accept=".json,.md,.markdown,.txt,.docx,.ics"
        disabled={offline}
        onChange={(event) => {
          const file = event.target.files?.[0]
          // The same file, mended meanwhile, may be chosen again.
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

/** Milliseconds of waiting that need no sign. */
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
          {/* How far the sending is; how long the reading takes, nobody can say. */}
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

interface PreviewProps {
  file: string
  agenda: Agenda
  lines: readonly Line[]
  again: () => void
  close: () => void
}

/** What was understood, to be looked at and chosen from. */
function Preview({ file, agenda: read, lines, again, close }: PreviewProps) {
  const t = useLateWords()
  const list = useWords()('common.list')
  const desk = useDesk()
  const language = useLanguage()
  const snapshot = useMeeting((state) => state.snapshot)
  const [chosen, setChosen] = useState<Chosen>(() => everything(read))
  const [firstDay, setFirstDay] = useState(() => firstDayFor(snapshot, read))
  const agenda = useMemo(() => beginningOn(read, firstDay), [read, firstDay])
  const dateInFile = read.days[0]?.date
  const [nothingNew, setNothingNew] = useState(false)
  const strangers = useMemo(() => (snapshot ? newcomers(snapshot, agenda) : []), [snapshot, agenda])
  const head = useRef<HTMLHeadingElement>(null)
  useEffect(() => head.current?.focus(), [])
  const total = allItems(agenda).length
  const count = chosen.items.size
  const people = chosen.people ? strangers.length : 0

  function choose(ids: readonly ItemId[], on: boolean) {
    const items = new Set(chosen.items)
    for (const id of ids) {
      if (on) items.add(id)
      else items.delete(id)
    }
    setChosen({ ...chosen, items })
  }
  function add() {
    const refusal = addChosen(desk, agenda, chosen, file)
    if (refusal?.code === 'nothing-to-do') setNothingNew(true)
    else close()
  }
  const counts = [
    agenda.days.length > 0 && t('import.counts.days', { count: agenda.days.length }),
    t('import.counts.items', { count: total }),
    agenda.people.length > 0 && t('import.counts.people', { count: agenda.people.length }),
  ].filter((one) => one !== false)
  return (
    <>
      <h3 ref={head} tabIndex={-1} className={styles.head}>
        {t('import.understood', { file })}
      </h3>
      <p className={styles.soft}>{counts.join(' · ')}</p>
      {total === 0 && agenda.days.length === 0 && <p>{t('import.nothing')}</p>}
      {dateInFile !== undefined && (
        <p className={controls.row}>
          <label className={controls.row}>
            {t('import.firstDay')}
            <input
              type="date"
              className={controls.input}
              value={firstDay}
              required
              onChange={(event) => setFirstDay(event.target.value)}
            />
          </label>
          {firstDay !== dateInFile && (
            <span className={styles.soft}>
              {t('import.firstDayInFile', { date: dateWords(dateInFile, language, true) })}
            </span>
          )}
        </p>
      )}
      {agenda.days.map((day) => (
        <ReadDay key={day.id} day={day} agenda={agenda} chosen={chosen} choose={choose} />
      ))}
      {agenda.proposals.length > 0 && (
        <Group
          name={t('import.chooseProposals')}
          title={t('compare.proposals')}
          note={t('import.proposals')}
          rows={agenda.proposals.map((item) => ({ item, start: null, lands: null }))}
          agenda={agenda}
          chosen={chosen}
          choose={choose}
        />
      )}
      {agenda.people.length > 0 && (
        <section className={sheet.part}>
          {strangers.length === 0 ? (
            <p className={controls.hint}>{t('import.peopleKnown')}</p>
          ) : (
            <>
              <label className={controls.check}>
                <input
                  type="checkbox"
                  checked={chosen.people}
                  onChange={(event) => setChosen({ ...chosen, people: event.target.checked })}
                />
                {t('import.people')}
              </label>
              <p className={controls.hint}>
                {t('import.peopleOf', {
                  names: strangers
                    .map((one) => speak(one.name, language)?.text)
                    .filter(Boolean)
                    .join(list),
                })}
              </p>
            </>
          )}
        </section>
      )}
      <FileLines lines={lines} />
      <div className={styles.foot}>
        {nothingNew && (
          <p role="alert" className={controls.problem}>
            {t('import.nothingNew')}
          </p>
        )}
        <p className={controls.hint}>{t('import.meetingData')}</p>
        <div className={controls.row}>
          <button type="button" className={controls.primary} disabled={count + people === 0} onClick={add}>
            {count > 0
              ? t('import.add', { count })
              : people > 0
                ? t('import.addPeople', { count: people })
                : t('import.addNothing')}
          </button>
          <button type="button" className={controls.button} onClick={again}>
            {t('import.other')}
          </button>
        </div>
      </div>
    </>
  )
}

interface ReadDayProps {
  day: Day
  agenda: Agenda
  chosen: Chosen
  choose: (ids: readonly ItemId[], on: boolean) => void
}

function ReadDay({ day, agenda, chosen, choose }: ReadDayProps) {
  const t = useLateWords()
  const words = useWords()
  const language = useLanguage()
  const standing = useMeeting((state) => state.snapshot?.agenda.days.find((one) => one.date === day.date))
  const number = useMeeting((state) => state.outline?.days.find((one) => one.id === standing?.id)?.number)
  const date = dateWords(day.date, language, true)
  // In the file a time is written; here it follows from what comes before.
  const rows = useMemo(() => {
    const entering = day.items.filter((item) => chosen.items.has(item.id))
    const whole = { ...(standing ?? day), items: [...(standing?.items ?? []), ...entering] }
    const landing = new Map(timetable(whole).slots.map((slot) => [slot.item.id, slot.start]))
    return timetable(day).slots.map(({ item, start }) => ({ item, start, lands: landing.get(item.id) ?? start }))
  }, [day, standing, chosen])
  const into = standing && number !== undefined && words('outline.day', { number })
  return (
    <Group
      name={t('import.chooseDay', { date })}
      title={date}
      note={
        !into
          ? t('import.newDay')
          : t(standing.items.length > 0 ? 'import.ontoDay' : 'import.intoDay', { day: into, time: standing.start })
      }
      rows={rows}
      agenda={agenda}
      chosen={chosen}
      choose={choose}
    />
  )
}

interface GroupProps extends Omit<ReadDayProps, 'day'> {
  name: string
  title: string
  note: string
  /** `start` is what the file says, `lands` what it comes to here. */
  rows: readonly { readonly item: Item; readonly start: number | null; readonly lands: number | null }[]
}

/** The items of a day, each with its time, and a box that stands for all of them. */
function Group({ name, title, note, rows, agenda, chosen, choose }: GroupProps) {
  const t = useLateWords()
  const words = useWords()
  const language = useLanguage()
  const box = useRef<HTMLInputElement>(null)
  const ids = rows.map((row) => row.item.id)
  const some = ids.filter((id) => chosen.items.has(id)).length
  useEffect(() => {
    if (box.current) box.current.indeterminate = some > 0 && some < ids.length
  }, [some, ids.length])
  return (
    <section className={sheet.part}>
      <h4 className={styles.day}>
        {ids.length > 0 && (
          <input
            ref={box}
            type="checkbox"
            aria-label={name}
            checked={some === ids.length}
            onChange={(event) => choose(ids, event.target.checked)}
          />
        )}
        <span>
          {title} <span className={styles.note}>{note}</span>
        </span>
      </h4>
      <ul className={styles.items}>
        {rows.map(({ item, start, lands }) => (
          <li key={item.id}>
            <label className={styles.item}>
              <input
                type="checkbox"
                checked={chosen.items.has(item.id)}
                onChange={(event) => choose([item.id], event.target.checked)}
              />
              <span className={styles.time}>{lands === null ? '' : timeOf(lands)}</span>
              <span className={styles.minutes}>{lengthWords(item.minutes, language)}</span>
              <span className={styles.title}>
                <Said value={item.title} empty={words('outline.untitled')} />{' '}
                <SaidToo value={item.title} className={styles.soft} />
                {start !== null && start !== lands && (
                  <span className={styles.names}>{t('import.inFile', { time: timeOf(start) })}</span>
                )}
                <Names item={item} agenda={agenda} />
              </span>
            </label>
          </li>
        ))}
      </ul>
    </section>
  )
}

/** Who has a role in it, role by role. */
function Names({ item, agenda }: { item: Item; agenda: Agenda }) {
  const words = useWords()
  const language = useLanguage()
  const said = assignments.flatMap((role) => {
    const names = item.roles.flatMap((one) => {
      const person = one.role === role && agenda.people.find((other) => other.id === one.person)
      return (person && speak(person.name, language)?.text) || []
    })
    const which = words(`${names.length > 1 ? 'assignments' : 'assignment'}.${role}`)
    return names.length === 0 ? [] : [`${which}${words('common.colon')}${names.join(words('common.list'))}`]
  })
  return said.length === 0 ? null : <span className={styles.names}>{said.join(' · ')}</span>
}
