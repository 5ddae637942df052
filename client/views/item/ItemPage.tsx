import { type ReactElement, useEffect, useRef, useState } from 'react'
import {
  type Item,
  type ItemId,
  interpretations,
  itemTexts,
  kinds,
  type Language,
  languages,
  type Side,
  topics,
} from '../../../shared/domain/agenda.ts'
import { cityOf } from '../../../shared/domain/city.ts'
import { timeOf } from '../../../shared/domain/clock.ts'
import type { ItemSettings } from '../../../shared/domain/command.ts'
import { type ItemFlag, itemFlags } from '../../../shared/domain/fields.ts'
import { allowInterpretation, worldTime } from '../../../shared/domain/timetable.ts'
import { timeEntered } from '../../i18n/entry.ts'
import { dateWords, otherThan, speak } from '../../i18n/format.ts'
import { tag } from '../../i18n/i18n.ts'
import { dropEmpty, restoreItem } from '../../store/actions.ts'
import { mayEdit } from '../../store/meeting.ts'
import type { Columns } from '../../store/preferences.ts'
import controls from '../../styles/controls.module.css'
import { Minutes } from '../outline/Minutes.tsx'
import { Choice } from '../shell/Choice.tsx'
import { Link } from '../shell/Link.tsx'
import { Localized } from '../shell/Localized.tsx'
import {
  useLanguage,
  useLead,
  useMeeting,
  useNarrow,
  usePreferences,
  useShell,
  useWords,
  useWorkspace,
} from '../shell/shell.ts'
import { Field } from './Field.tsx'
import styles from './ItemPage.module.css'
import { Readings } from './Readings.tsx'
import { Roles } from './Roles.tsx'
import './words.ts'

/** One item: when it is, what it is, and its texts in both languages side by side. */
export function ItemPage({ id }: { id: ItemId }): ReactElement {
  const exists = useMeeting((state) => state.items.has(id))
  return exists ? <Existing id={id} /> : <Gone id={id} />
}

function Gone({ id }: { id: ItemId }) {
  const t = useWords()
  const workspace = useWorkspace()
  const edits = useMeeting(mayEdit)
  const removed = useMeeting((state) => state.snapshot?.removed.items.find((item) => item.id === id))
  const meeting = useMeeting((state) => state.membership.meeting)
  return (
    <div className={styles.gone}>
      <h2>{t(removed ? 'item.goneTitle' : 'item.unknownTitle')}</h2>
      {removed && (
        <p className={styles.goneName}>
          <Localized value={removed.title} empty={t('outline.untitled')} />
        </p>
      )}
      <p>{removed ? t('item.goneText') : t('item.unknownText')}</p>
      <div className={controls.row}>
        {removed && edits && (
          <button type="button" className={controls.primary} onClick={() => restoreItem(workspace, removed)}>
            {t('outline.restore')}
          </button>
        )}
        <Link to={{ type: 'outline', meeting }} className={controls.button}>
          {t('meeting.outline')}
        </Link>
      </div>
    </div>
  )
}

function Existing({ id }: { id: ItemId }) {
  const workspace = useWorkspace()
  const narrow = useNarrow()
  const frame = useRef<HTMLElement>(null)
  const fresh = useMeeting((state) => state.fresh === id)
  useEffect(() => {
    frame.current?.closest('#sheet')?.scrollTo(0, 0)
    if (narrow) window.scrollTo(0, 0)
  }, [narrow])
  const { router } = useShell()
  useEffect(() => {
    const state = workspace.store.getState()
    const added = state.fresh === id ? state.items.get(id) : undefined
    return () => {
      if (workspace.store.getState().fresh === id) workspace.freshen(null)
      const route = router.store.getState()
      if (added && !(route.type === 'item' && route.item === id)) dropEmpty(workspace, added)
    }
  }, [workspace, id, router])
  return (
    <article ref={frame} className={styles.page} data-found={id} tabIndex={-1} aria-labelledby="item-title">
      <Heading id={id} />
      <When id={id} />
      <Settings id={id} />
      <Texts id={id} fresh={fresh} />
      <div className={styles.lists}>
        <Roles id={id} />
        <Readings id={id} />
      </div>
    </article>
  )
}

/** The heading of the page, for navigation; the titles below it are editable. */
function Heading({ id }: { id: ItemId }) {
  const t = useWords()
  const title = useItem(id, (item) => item.title)
  return (
    <h2 id="item-title" className="visually-hidden">
      {title && <Localized value={title} empty={t('outline.untitled')} />}
    </h2>
  )
}

/** The time of an item: at the venue, and on the clocks of both capitals with their dates. */
function When({ id }: { id: ItemId }) {
  const t = useWords()
  const language = useLanguage()
  const lead = useLead()
  const row = useMeeting((state) => state.outline?.rows.get(id))
  const day = useMeeting((state) => state.outline?.days.find((one) => one.id === row?.day))
  const zones = useMeeting((state) => state.snapshot?.agenda.zones)
  return (
    <header className={styles.when}>
      {row && day && zones && row.start !== null && row.end !== null ? (
        <>
          <p className={styles.venue}>
            <span>
              {t('item.day', { number: day.number })} ·{' '}
              {dateWords(worldTime(zones, day.date, row.start).venue.date, language)}
            </span>
            <strong className={styles.times}>
              {timeOf(row.start)}–{timeOf(row.end)}
            </strong>
            <span>
              {cityOf(zones.venue, language)} · {t('item.venue')}
            </span>
            <Step id={id} />
          </p>
          <p className={styles.world}>
            {(lead === 'us' ? (['us', 'cn'] as const) : (['cn', 'us'] as const)).map((side) => {
              const from = worldTime(zones, day.date, row.start ?? 0)[side]
              const to = worldTime(zones, day.date, row.end ?? 0)[side]
              return (
                <span key={side}>
                  {cityOf(zones[side], language)} {dateWords(from.date, language)} {from.time}–{to.time}
                  {to.date !== from.date && ` ${t('item.nextDay')}`}
                </span>
              )
            })}
          </p>
        </>
      ) : (
        <p className={styles.venue}>
          <strong>{t('item.proposal')}</strong>
          <span>{t('item.notOnADay')}</span>
          <Step id={id} />
        </p>
      )}
    </header>
  )
}

/** Links to the previous and the next item, in the order of the agenda. */
function Step({ id }: { id: ItemId }) {
  const t = useWords()
  const meeting = useMeeting((state) => state.membership.meeting)
  const outline = useMeeting((state) => state.outline)
  const order = outline ? [...outline.days.flatMap((day) => day.items), ...outline.proposals] : []
  const at = order.indexOf(id)
  const previous = order[at - 1]
  const next = order[at + 1]
  return (
    <span className={`${styles.step} screen-only`}>
      {previous && (
        <Link to={{ type: 'item', meeting, item: previous }} className={controls.quiet}>
          <span aria-hidden="true">‹</span>
          <span className="visually-hidden">{t('item.previous')}</span>
        </Link>
      )}
      {next && (
        <Link to={{ type: 'item', meeting, item: next }} className={controls.quiet}>
          <span aria-hidden="true">›</span>
          <span className="visually-hidden">{t('item.next')}</span>
        </Link>
      )}
    </span>
  )
}

/** The single-value settings. Only registers are read here, so typing in a text does not rerender them. */
function Settings({ id }: { id: ItemId }) {
  const t = useWords()
  const workspace = useWorkspace()
  const lead = useLead()
  const language = useLanguage()
  const edits = useMeeting(mayEdit)
  const kind = useItem(id, (item) => item.kind)
  const topic = useItem(id, (item) => item.topic)
  const minutes = useItem(id, (item) => item.minutes)
  const interpretation = useItem(id, (item) => item.interpretation)
  const proposedBy = useItem(id, (item) => item.proposedBy)
  const title = useItem(id, (item) => item.title)
  const [offered, setOffered] = useState<number | null>(null)
  if (kind === undefined || topic === undefined || minutes === undefined || interpretation === undefined) return null

  const set = (settings: Partial<ItemSettings>) => workspace.run({ type: 'set-item', id, settings })
  const sides: readonly (Side | 'none')[] = lead === 'us' ? ['us', 'cn', 'none'] : ['cn', 'us', 'none']
  const name = (title && speak(title, language)?.text) || t('outline.untitled')
  const reading = !edits
  return (
    <section className={styles.settings} aria-label={t('item.settings')}>
      <Choice
        label={t('item.kind')}
        value={kind}
        options={kinds}
        name={(one) => t(`kind.${one}`)}
        choose={(next) => set({ kind: next })}
        disabled={reading}
      />
      <Choice
        label={t('item.topic')}
        value={topic}
        options={topics}
        name={(one) => t(`topic.${one}`)}
        choose={(next) => set({ topic: next })}
        disabled={reading}
      />
      <span className={styles.minutes}>
        <Minutes id={id} minutes={minutes} label={t('outline.minutes', { title: name })} /> {t('outline.minutesShort')}
      </span>
      <Pin id={id} />
      <Choice
        label={t('interpretation.label')}
        value={interpretation}
        options={interpretations}
        name={(one) => t(`interpretation.${one}`)}
        choose={(next) => {
          set({ interpretation: next })
          const allowed = allowInterpretation(minutes, next)
          setOffered(allowed === minutes ? null : allowed)
        }}
        disabled={reading}
      />
      <span className={styles.proposed}>
        <span className={styles.caption}>{t('item.proposedBy')}</span>
        <Choice
          label={t('item.proposedBy')}
          value={proposedBy ?? 'none'}
          options={sides}
          name={(one) => (one === 'none' ? t('item.proposedByNobody') : t(`side.${one}Long`))}
          choose={(next) => set({ proposedBy: next === 'none' ? null : next })}
          disabled={reading}
        />
      </span>
      {itemFlags.map((flag) => (
        <Flag key={flag} id={id} flag={flag} />
      ))}
      {offered !== null && edits && (
        <p className={styles.offer} role="status">
          <span>{t('item.offer', { minutes: offered })}</span>
          <button
            type="button"
            className={controls.button}
            onClick={() => {
              set({ minutes: offered })
              setOffered(null)
            }}
          >
            {t('item.offerTake', { minutes: offered })}
          </button>
          <button type="button" className={controls.button} onClick={() => setOffered(null)}>
            {t('item.offerLeave', { minutes })}
          </button>
        </p>
      )}
    </section>
  )
}

function Flag({ id, flag }: { id: ItemId; flag: ItemFlag }) {
  const t = useWords()
  const workspace = useWorkspace()
  const edits = useMeeting(mayEdit)
  const set = useItem(id, (item) => item[flag])
  return (
    <label className={controls.check} title={t(`item.flags.${flag}.hint`)}>
      <input
        type="checkbox"
        checked={set === true}
        disabled={!edits}
        onChange={(event) => workspace.run({ type: 'set-item', id, settings: { [flag]: event.target.checked } })}
      />
      {t(`item.flags.${flag}.name`)}
    </label>
  )
}

/** A pinned item starts at its pin; all others follow the items before them. */
function Pin({ id }: { id: ItemId }) {
  const t = useWords()
  const workspace = useWorkspace()
  const edits = useMeeting(mayEdit)
  const pinned = useItem(id, (item) => item.pinned)
  const start = useMeeting((state) => state.outline?.rows.get(id)?.start ?? null)
  const [typed, setTyped] = useState<string | null>(null)
  const set = (time: string | null) => workspace.run({ type: 'set-item', id, settings: { pinned: time } })
  if (pinned === undefined) {
    if (!edits || start === null) return null
    return (
      <button type="button" className={controls.quiet} onClick={() => set(timeOf(start))}>
        {t('item.pin')}
      </button>
    )
  }
  function keep(text: string) {
    const time = timeEntered(text)
    if (time === null) workspace.notify({ type: 'refused', refusal: { code: 'not-a-time', field: 'settings.pinned' } })
    else if (time !== pinned) set(time)
    setTyped(null)
  }
  return (
    <span className={styles.pin}>
      <label>
        <span className={styles.caption}>{t('item.pinAt')} </span>
        <input
          className={styles.time}
          inputMode="numeric"
          autoComplete="off"
          value={typed ?? pinned}
          disabled={!edits}
          onChange={(event) => setTyped(event.target.value)}
          onBlur={(event) => typed !== null && keep(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.nativeEvent.isComposing) return
            if (event.key === 'Enter') keep(event.currentTarget.value)
            if (event.key === 'Escape') setTyped(null)
          }}
        />
      </label>
      {edits && (
        <button type="button" className={controls.link} onClick={() => set(null)}>
          {t('item.unpin')}
        </button>
      )}
    </span>
  )
}

/** The texts. Wide: both columns on a shared baseline. Narrow: the reader's language first, the other one tap away. */
function Texts({ id, fresh }: { id: ItemId; fresh: boolean }) {
  const t = useWords()
  const own = useLanguage()
  const narrow = useNarrow()
  const { preferences } = useShell()
  const columns = usePreferences((one) => one.columns)
  const shown = narrow ? shownColumns(columns, own) : languages
  const chosen = shown.length === 2 ? 'both' : (shown[0] ?? own)
  return (
    <div className={styles.texts} data-columns={shown.length}>
      {narrow && (
        <fieldset className={`${styles.switch} screen-only`} aria-label={t('item.show')}>
          {([own, otherThan(own), 'both'] as const).map((one) => (
            <button
              key={one}
              type="button"
              lang={one === 'both' ? undefined : tag[one]}
              aria-pressed={one === chosen}
              onClick={() => preferences.setState({ columns: one === 'both' ? 'both' : one === own ? 'own' : 'other' })}
            >
              {t(`language.${one}`)}
            </button>
          ))}
        </fieldset>
      )}
      {!narrow && (
        <div className={styles.heads} aria-hidden="true">
          {shown.map((language) => (
            <p key={language} lang={tag[language]} className={styles.head}>
              {t(`language.${language}`)}
            </p>
          ))}
        </div>
      )}
      {itemTexts.map((text) => (
        <div key={text} className={styles.pair}>
          {shown.map((language) => (
            <Field key={language} id={id} text={text} language={language} fresh={fresh && language === own} />
          ))}
        </div>
      ))}
    </div>
  )
}

function shownColumns(columns: Columns, own: Language): readonly Language[] {
  switch (columns) {
    case 'own':
      return [own]
    case 'other':
      return [otherThan(own)]
    case 'both':
      return [own, otherThan(own)]
  }
}

function useItem<T>(id: ItemId, read: (item: Item) => T): T | undefined {
  return useMeeting((state) => {
    const item = state.items.get(id)
    return item && read(item)
  })
}
