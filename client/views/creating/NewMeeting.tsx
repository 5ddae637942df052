import { type FormEvent, type ReactElement, useEffect, useId, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Bilingual, MeetingId } from '../../../shared/domain/agenda.ts'
import { namesOfZone } from '../../../shared/domain/city.ts'
import { addDays, isDate, localTime } from '../../../shared/domain/clock.ts'
import { longestName } from '../../../shared/domain/fields.ts'
import { templates } from '../../../shared/domain/template.ts'
import { creatingEn, creatingZh } from '../../i18n/creating.ts'
import { dateWords, speak } from '../../i18n/format.ts'
import { addWords, tag } from '../../i18n/i18n.ts'
import type { AnswerOf } from '../../store/api.ts'
import controls from '../../styles/controls.module.css'
import { LinkOnce } from '../people/LinkOnce.tsx'
import { Choice } from '../shell/Choice.tsx'
import { Link } from '../shell/Link.tsx'
import { Page } from '../shell/Page.tsx'
import { useLanguage, useSession, useShell, useWords } from '../shell/shell.ts'
import { cityZones, zoneEntered } from '../shell/zones.ts'
import styles from './NewMeeting.module.css'

addWords('creating', { en: creatingEn, zh: creatingZh })

type Created = AnswerOf<'createMeeting'>

/** A new meeting from a template or from the last round, and then the links for whoever organizes the other side. */
export function NewMeeting(): ReactElement {
  const { t } = useTranslation('creating')
  const { session: keeper } = useShell()
  const { status, mayCreate } = useSession()
  const [made, setMade] = useState<{ readonly by: string; readonly in: boolean; readonly is: Created } | null>(null)
  useEffect(() => void keeper.refresh(), [keeper])
  if (made) return <Made {...made} />
  if (!mayCreate && status === 'known') {
    return (
      <Page title={t('title')}>
        <p>{t('notAllowed')}</p>
        <p>
          <Link to={{ type: 'home' }} className={controls.link}>
            {t('toHome')}
          </Link>
        </p>
      </Page>
    )
  }
  return <Form done={(by, entered, is) => setMade({ by, in: entered, is })} />
}

type Field = 'title' | 'date' | 'venue'

function Form({ done }: { done: (by: string, entered: boolean, is: Created) => void }) {
  const { t } = useTranslation('creating')
  const words = useWords()
  const { api, session: keeper } = useShell()
  const language = useLanguage()
  const { memberships } = useSession()
  const organized = memberships.filter(({ person }) => person.role === 'organizer')
  const [from, setFrom] = useState<string>('two-day')
  const [along, setAlong] = useState({ people: true, readings: true })
  const [title, setTitle] = useState<Bilingual>({ en: '', zh: '' })
  const [place, setPlace] = useState<Bilingual>({ en: '', zh: '' })
  const [date, setDate] = useState(inFourWeeks)
  const [venue, setVenue] = useState(ownZone)
  const [wrong, setWrong] = useState<Field | null>(null)
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)
  const last = organized.find(({ meeting }) => meeting === from)
  const templateOf = templates.find((one) => one === from)
  const titleOf = (value: Bilingual) => speak(value, language)?.text ?? words('meeting.untitled')

  /** The next round is called as the last one, until somebody says something else. */
  function choose(next: string) {
    const chosen = organized.find(({ meeting }) => meeting === next)
    const untouched = title.en === (last?.title.en ?? '') && title.zh === (last?.title.zh ?? '')
    if (untouched) setTitle(chosen?.title ?? { en: '', zh: '' })
    setVenue(chosen ? '' : ownZone())
    setFrom(next)
  }

  async function create(event: FormEvent) {
    event.preventDefault()
    if (busy) return
    const zone = venue.trim() === '' && last ? null : zoneEntered(venue)
    const missing: Field | null =
      title.en.trim() === '' && title.zh.trim() === ''
        ? 'title'
        : !isDate(date)
          ? 'date'
          : zone === null && !(last && venue.trim() === '')
            ? 'venue'
            : null
    setWrong(missing)
    setProblem(null)
    if (missing !== null) {
      document.querySelector<HTMLElement>(`[data-field="${missing}"] input`)?.focus()
      return
    }
    setBusy(true)
    const origin = templateOf ? { template: templateOf } : { meeting: from as MeetingId, ...along }
    const answer = await api.call('createMeeting', {}, { from: origin, title, place, date, venue: zone })
    if (answer.status !== 'ok') {
      setBusy(false)
      setProblem(answer.status === 'unreachable' ? t('unreachable') : t('refused', { message: answer.message }))
      return
    }
    const by = (last ?? organized[0])?.person.name ?? ''
    const entered = await keeper.join(answer.value.token, by)
    done(by, entered.status === 'ok', answer.value)
  }

  return (
    <Page title={t('title')}>
      <form className={styles.form} onSubmit={create} noValidate>
        <Choice
          look="boxed"
          label={t('from')}
          value={from}
          options={[...templates, ...organized.map(({ meeting }) => meeting)]}
          name={(one) => {
            const name = templates.find((other) => other === one)
            if (name) return t(`template.${name}`)
            const meeting = organized.find((other) => other.meeting === one)
            return t('copy', { title: meeting ? titleOf(meeting.title) : '' })
          }}
          choose={choose}
        />
        {last && (
          <div className={styles.along}>
            {(['people', 'readings'] as const).map((what) => (
              <label key={what} className={controls.check}>
                <input
                  type="checkbox"
                  checked={along[what]}
                  onChange={(event) => setAlong({ ...along, [what]: event.target.checked })}
                />
                {t(what)}
              </label>
            ))}
          </div>
        )}
        <Pair
          names={['titleEn', 'titleZh']}
          value={title}
          change={setTitle}
          field="title"
          problem={wrong === 'title' ? t('noTitle') : null}
        />
        <Text
          field="date"
          label={t('date')}
          type="date"
          value={date}
          change={setDate}
          hint={isDate(date) ? dateWords(date, language, true) : ''}
          problem={wrong === 'date' ? t('noDate') : null}
        />
        <Pair names={['placeEn', 'placeZh']} value={place} change={setPlace} field="place" problem={null} />
        <Text
          field="venue"
          label={t('venue')}
          list="new-zones"
          value={venue}
          change={setVenue}
          hint={last ? t('venueAsBefore') : t('venueHint')}
          problem={wrong === 'venue' ? t('noVenue') : null}
        />
        <datalist id="new-zones">
          {cityZones().map((one) => (
            <option key={one} value={one}>
              {namesOfZone(one)}
            </option>
          ))}
        </datalist>
        <p className={controls.hint}>{t('later')}</p>
        <p>
          <button type="submit" className={controls.primary} aria-disabled={busy}>
            {busy ? t('creating') : t('create')}
          </button>
        </p>
        <p role="alert" className={controls.problem}>
          {problem}
        </p>
      </form>
    </Page>
  )
}

interface PairProps {
  names: readonly ['titleEn', 'titleZh'] | readonly ['placeEn', 'placeZh']
  value: Bilingual
  change: (value: Bilingual) => void
  field: string
  problem: string | null
}

/** A text in both languages, the reader's first. */
function Pair({ names: [en, zh], value, change, field, problem }: PairProps) {
  const { t } = useTranslation('creating')
  const language = useLanguage()
  const order = language === 'zh' ? (['zh', 'en'] as const) : (['en', 'zh'] as const)
  return (
    <div className={styles.pair}>
      {order.map((one, index) => (
        <Text
          key={one}
          field={field}
          lang={tag[one]}
          label={t(one === 'en' ? en : zh)}
          value={value[one]}
          change={(text) => change({ ...value, [one]: text })}
          problem={index === 0 ? problem : null}
        />
      ))}
    </div>
  )
}

interface TextProps {
  field: string
  label: string
  value: string
  change: (text: string) => void
  problem: string | null
  hint?: string
  lang?: string
  type?: string
  list?: string
}

function Text({ field, label, value, change, problem, hint = '', lang, type = 'text', list }: TextProps) {
  const note = useId()
  const said = problem ?? hint
  return (
    <label className={controls.field} data-field={field}>
      <span className={controls.label}>{label}</span>
      <input
        className={controls.input}
        type={type}
        lang={lang}
        list={list}
        value={value}
        maxLength={longestName}
        autoComplete="off"
        aria-invalid={problem !== null}
        aria-describedby={said === '' ? undefined : note}
        onChange={(event) => change(event.target.value)}
      />
      {said !== '' && (
        <span id={note} className={problem === null ? controls.hint : controls.problem}>
          {said}
        </span>
      )}
    </label>
  )
}

function Made({ by, in: entered, is }: { by: string; in: boolean; is: Created }) {
  const { t } = useTranslation('creating')
  const words = useWords()
  const { meeting, token, links } = is
  return (
    <Page title={t('made')} interrupts>
      {entered && <p>{t(links.length === 1 ? 'madeText' : 'madeTexts', { name: by })}</p>}
      {!entered && <LinkOnce label={t('ownLink')} link={`${location.origin}/join#${token}`} hint={t('ownLinkHint')} />}
      {links.map(({ side, link }) => (
        <LinkOnce key={side} label={t('link', { side: words(`side.${side}Long`) })} link={link} hint={t('linkHint')} />
      ))}
      {entered && (
        <p>
          <Link to={{ type: 'outline', meeting }} className={controls.primary}>
            {t('open')}
          </Link>
        </p>
      )}
    </Page>
  )
}

/** A working day some four weeks from now, to begin with. */
function inFourWeeks(): string {
  const date = addDays(localTime(Date.now(), ownZone()).date, 28)
  const day = new Date(`${date}T00:00:00Z`).getUTCDay()
  return addDays(date, day === 6 ? 2 : day === 0 ? 1 : 0)
}

/** The zone of this device, where the browser says it. */
function ownZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone ?? ''
}
