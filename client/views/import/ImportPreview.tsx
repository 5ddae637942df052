import { type ReactElement, useEffect, useMemo, useRef, useState } from 'react'
import { type Agenda, allItems, assignments, type Day, type Item, type ItemId } from '../../../shared/domain/agenda.ts'
import { timeOf } from '../../../shared/domain/clock.ts'
import { beginningOn } from '../../../shared/domain/round.ts'
import { timetable } from '../../../shared/domain/timetable.ts'
import { dateWords, lengthWords, speak } from '../../i18n/format.ts'
import { addChosen, type Chosen, everything, firstDayFor, newcomers } from '../../store/incoming.ts'
import type { FileLine } from '../../store/reading.ts'
import controls from '../../styles/controls.module.css'
import { Localized, OtherLanguage } from '../shell/Localized.tsx'
import sheet from '../shell/Sheet.module.css'
import { useLanguage, useMeeting, useWords, useWorkspace } from '../shell/shell.ts'
import { useLateWords } from '../versions/late.ts'
import { FileLines } from './FileLines.tsx'
import styles from './ImportPreview.module.css'

interface ImportPreviewProps {
  file: string
  agenda: Agenda
  lines: readonly FileLine[]
  again: () => void
  close: () => void
}

/** Shows what was understood of the file, to choose from. */
export function ImportPreview({ file, agenda: read, lines, again, close }: ImportPreviewProps): ReactElement {
  const t = useLateWords()
  const list = useWords()('common.list')
  const workspace = useWorkspace()
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
    const refusal = addChosen(workspace, agenda, chosen, file)
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
  const existing = useMeeting((state) => state.snapshot?.agenda.days.find((one) => one.date === day.date))
  const number = useMeeting((state) => state.outline?.days.find((one) => one.id === existing?.id)?.number)
  const date = dateWords(day.date, language, true)
  // The file states start times; here they follow from the items before.
  const rows = useMemo(() => {
    const entering = day.items.filter((item) => chosen.items.has(item.id))
    const whole = { ...(existing ?? day), items: [...(existing?.items ?? []), ...entering] }
    const landing = new Map(timetable(whole).slots.map((slot) => [slot.item.id, slot.start]))
    return timetable(day).slots.map(({ item, start }) => ({ item, start, lands: landing.get(item.id) ?? start }))
  }, [day, existing, chosen])
  const into = existing && number !== undefined && words('outline.day', { number })
  return (
    <Group
      name={t('import.chooseDay', { date })}
      title={date}
      note={
        !into
          ? t('import.newDay')
          : t(existing.items.length > 0 ? 'import.ontoDay' : 'import.intoDay', { day: into, time: existing.start })
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
  /** `start` is the time in the file, `lands` the computed time here. */
  rows: readonly { readonly item: Item; readonly start: number | null; readonly lands: number | null }[]
}

/** The items of a day, each with its time, and a checkbox for all of them. */
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
      <ul>
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
                <Localized value={item.title} empty={words('outline.untitled')} />{' '}
                <OtherLanguage value={item.title} className={styles.soft} />
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

/** The people with a role in an item, role by role. */
function Names({ item, agenda }: { item: Item; agenda: Agenda }) {
  const words = useWords()
  const language = useLanguage()
  const names = assignments.flatMap((role) => {
    const names = item.roles.flatMap((one) => {
      const person = one.role === role && agenda.people.find((other) => other.id === one.person)
      return (person && speak(person.name, language)?.text) || []
    })
    const which = words(`${names.length > 1 ? 'assignments' : 'assignment'}.${role}`)
    return names.length === 0 ? [] : [`${which}${words('common.colon')}${names.join(words('common.list'))}`]
  })
  return names.length === 0 ? null : <span className={styles.names}>{names.join(' · ')}</span>
}
