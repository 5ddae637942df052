import { type ReactElement, useMemo } from 'react'
import {
  type Agenda,
  type ItemId,
  type Language,
  type Prose,
  proseText,
  type Reading,
} from '../../../shared/domain/agenda.ts'
import { type About, currentValue, currentWay, type Way } from '../../../shared/domain/collision.ts'
import type { Position, Value as Setting } from '../../../shared/domain/compare.ts'
import { dateWords, speak } from '../../i18n/format.ts'
import { tag } from '../../i18n/i18n.ts'
import type { FoundCollision } from '../../store/collisions.ts'
import { mayEdit } from '../../store/meeting.ts'
import type { Happening } from '../../store/notice.ts'
import controls from '../../styles/controls.module.css'
import { Wording } from '../item/Wording.tsx'
import { ItemLink } from '../outline/ItemLink.tsx'
import { useFieldWords } from '../shell/fieldWords.ts'
import { Localized } from '../shell/Localized.tsx'
import { useMoment } from '../shell/moment.ts'
import { useLanguage, useMeeting, useWords } from '../shell/shell.ts'
import { useLateWords } from '../versions/late.ts'
import styles from './Collisions.module.css'
import { useChangesWords, useCollisionList } from './changes.ts'
import { usePlaces } from './Differences.tsx'

/** The conflicts: both wordings side by side, and one click to take either. */
export function Collisions({ list }: { list: readonly FoundCollision[] }): ReactElement {
  const t = useChangesWords()
  return (
    <section className={styles.section} aria-labelledby="met">
      <h3 id="met" className={styles.heading}>
        {t('met.title')}
      </h3>
      <p className={styles.lead}>{t('met.lead')}</p>
      {list.map((one) => (
        <Matter key={one.collision.id} found={one} />
      ))}
    </section>
  )
}

function Matter({ found }: { found: FoundCollision }) {
  const t = useChangesWords()
  const moment = useMoment()
  const words = useWords()
  const language = useLanguage()
  const keeper = useCollisionList()
  const snapshot = useMeeting((state) => state.snapshot)
  const edits = useMeeting(mayEdit)
  const field = useFieldOf()
  const { collision } = found
  const { about, name, kind } = collision
  const current = useMemo(() => (snapshot ? currentWay(snapshot, collision) : 'gone'), [snapshot, collision])
  const title =
    kind === 'meeting'
      ? t('met.meeting')
      : kind === 'day'
        ? t('met.day', { date: dateWords(name.en, language) })
        : (speak(name, language)?.text ?? words('outline.untitled'))
  const what = `${title} · ${field(about)}`
  const choose = (way: Way) => keeper.choose(found, way, happeningOf(way))
  const deletion = about.type === 'deletion'
  const happeningOf = (way: Way): Happening => {
    const named = { en: title, zh: title }
    if (!deletion) return { type: 'chosen', title: named }
    const ids = kind === 'item' ? [collision.entry as ItemId] : []
    return { type: about.by === way ? 'deleted' : 'restored', ids, title: named }
  }
  const label = (way: Way) => {
    if (!deletion) return t(way === 'mine' ? 'met.useMine' : 'met.useTheirs')
    return t(about.by === way ? 'met.deletes' : 'met.restores')
  }
  return (
    <article className={styles.matter}>
      <h4 className={styles.name}>
        {kind === 'item' ? <ItemLink id={collision.entry as ItemId}>{title}</ItemLink> : <span>{title}</span>}{' '}
        <span className={styles.field}>{field(about)}</span>
        <span className={styles.when}>{t('met.since', { since: moment(found.since), at: moment(found.at) })}</span>
      </h4>
      <div className={styles.ways}>
        {(['mine', 'theirs'] as const).map((way) => (
          <div key={way} className={styles.way}>
            <p className={styles.whose}>
              {t(way === 'mine' ? 'met.yours' : 'met.theirs')}
              {current === way && <span className={styles.current}>{t('met.standsNow')}</span>}
            </p>
            <Shown about={about} way={way} />
            {edits && current !== way && (current !== 'gone' || deletion) && (
              <p className="screen-only">
                <button
                  type="button"
                  className={controls.button}
                  aria-label={t('met.of', { name: what, action: label(way) })}
                  onClick={() => choose(way)}
                >
                  {label(way)}
                </button>
              </p>
            )}
          </div>
        ))}
      </div>
      {current === 'gone' && !deletion && <p className={styles.note}>{t('met.gone')}</p>}
      {current === 'other' && snapshot && (
        <div className={styles.now}>
          <p className={styles.whose}>{t('met.now')}</p>
          <Value about={about} value={currentValue(snapshot.agenda, collision)} agenda={snapshot.agenda} />
        </div>
      )}
      <p className="screen-only">
        <button
          type="button"
          className={`${controls.link} ${styles.keep}`}
          aria-label={t('met.of', { name: what, action: t('met.keep') })}
          onClick={() => keeper.dismiss(found)}
        >
          {t('met.keep')}
        </button>
      </p>
    </article>
  )
}

function useFieldOf(): (about: About) => string {
  const t = useChangesWords()
  const words = useWords()
  const { name } = useFieldWords()
  return (about) => {
    switch (about.type) {
      case 'text':
      case 'words':
        return `${name(about.field)} · ${words(`language.${about.language}`)}`
      case 'value':
        return name(about.field)
      case 'hosts':
        return name('hosts')
      case 'reading':
        return name('reading')
      case 'place':
        return t('met.place')
      case 'deletion':
        return t('met.deletion')
    }
  }
}

/** One of the two versions, with its changes marked. */
function Shown({ about, way }: { about: About; way: Way }) {
  const t = useChangesWords()
  const agenda = useMeeting((state) => state.snapshot?.agenda)
  switch (about.type) {
    case 'deletion':
      return <p>{t(about.by === way ? 'met.delete' : 'met.kept')}</p>
    case 'text': {
      const [base, wanted] = [proseText(about.base), proseText(about[way])]
      return <Worded before={base} after={wanted} language={about.language} />
    }
    case 'words':
      return <Worded before={about.base} after={about[way]} language={about.language} />
    case 'value':
    case 'hosts':
    case 'reading':
    case 'place':
      return agenda ? <Value about={about} value={about[way]} agenda={agenda} /> : null
  }
}

function Worded({ before, after, language }: { before: string; after: string; language: Language }) {
  const t = useChangesWords()
  if (after === '') return <p className={styles.note}>{t('met.empty')}</p>
  if (before === after) return <p className={styles.note}>{t('met.formatting')}</p>
  return <Wording before={before} after={after} language={language} />
}

/** A value that the conflict is about. */
function Value({ about, value, agenda }: { about: About; value: unknown; agenda: Agenda }) {
  const t = useChangesWords()
  const late = useLateWords()
  const fields = useFieldWords()
  const place = usePlaces()
  switch (about.type) {
    case 'deletion':
      return null
    case 'text': {
      const text = proseText((value ?? []) as Prose)
      return text === '' ? (
        <p className={styles.note}>{t('met.empty')}</p>
      ) : (
        <Plain text={text} language={about.language} />
      )
    }
    case 'words':
      return value === '' ? (
        <p className={styles.note}>{t('met.empty')}</p>
      ) : (
        <Plain text={String(value ?? '')} language={about.language} />
      )
    case 'value':
      return <p>{fields.value(about.field, value as Setting)}</p>
    case 'place':
      return <p>{place(value as Position, agenda)}</p>
    case 'hosts':
      return (
        <ul>
          {((value ?? []) as Agenda['hosts']).map((host) => (
            <li key={`${host.side} ${host.name.en} ${host.name.zh}`}>
              <Localized value={host.name} />
            </li>
          ))}
        </ul>
      )
    case 'reading': {
      const reading = value as Reading | null
      if (reading === null) return <p className={styles.note}>{late('compare.deleted')}</p>
      return (
        <>
          <p lang={tag.en}>{reading.title.en}</p>
          <p lang={tag.zh}>{reading.title.zh}</p>
          <p className={styles.url}>{reading.url}</p>
        </>
      )
    }
  }
}

function Plain({ text, language }: { text: string; language: Language }) {
  return (
    <p className={styles.plain} lang={tag[language]}>
      {text}
    </p>
  )
}
