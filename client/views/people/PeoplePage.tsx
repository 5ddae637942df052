import { type ReactElement, useState } from 'react'
import { expertises, type Person, type PersonId, sectors } from '../../../shared/domain/agenda.ts'
import type { PersonSettings } from '../../../shared/domain/command.ts'
import { speak } from '../../i18n/format.ts'
import { tag } from '../../i18n/i18n.ts'
import { addPerson } from '../../store/actions.ts'
import { mayEdit } from '../../store/meeting.ts'
import controls from '../../styles/controls.module.css'
import { Entry } from '../outline/Entry.tsx'
import { Choice } from '../shell/Choice.tsx'
import { Localized, OtherLanguage } from '../shell/Localized.tsx'
import { SideMark } from '../shell/Side.tsx'
import { useLanguage, useLead, useMeeting, useWords, useWorkspace } from '../shell/shell.ts'
import styles from './PeoplePage.module.css'
import './words.ts'

const none: readonly Person[] = []

/** All participants by side, one's own side first. */
export function PeoplePage(): ReactElement {
  const t = useWords()
  const workspace = useWorkspace()
  const lead = useLead()
  const edits = useMeeting(mayEdit)
  const people = useMeeting((state) => state.snapshot?.agenda.people ?? none)
  const removed = useMeeting((state) => state.snapshot?.removed.people ?? none)
  const [open, setOpen] = useState<PersonId | null>(null)
  const order: Person['side'][] = lead === 'us' ? ['us', 'cn', 'other'] : ['cn', 'us', 'other']
  const shown = order.filter((side) => edits || people.some((one) => one.side === side))
  return (
    <div className={styles.page}>
      <h2 className={styles.title}>
        {t('people.title')} {people.length > 0 && <span className={styles.count}>{people.length}</span>}
      </h2>
      <TrackFinding />
      {people.length === 0 && <p className={styles.soft}>{t(edits ? 'people.none' : 'people.noneReader')}</p>}
      {shown.map((side) => {
        const members = people.filter((one) => one.side === side)
        return (
          <section key={side} className={styles.side} aria-labelledby={`side-${side}`}>
            <h3 id={`side-${side}`} className={styles.heading}>
              <SideMark side={side} /> <span>{t(`side.${side}Long`)}</span>
              {members.length > 0 && <span className={styles.count}>{members.length}</span>}
            </h3>
            <ul className={styles.list}>
              {members.map((person) => (
                <li key={person.id} data-found={person.id} tabIndex={-1}>
                  {open === person.id && edits ? (
                    <Editing person={person} done={() => setOpen(null)} />
                  ) : (
                    <Shown person={person} edit={() => setOpen(person.id)} />
                  )}
                </li>
              ))}
            </ul>
            {edits && (
              <p className="screen-only">
                <button type="button" className={controls.quiet} onClick={() => setOpen(addPerson(workspace, side))}>
                  <span aria-hidden="true">+</span> {t('people.addTo', { side: t(`side.${side}Long`) })}
                </button>
              </p>
            )}
          </section>
        )
      })}
      {edits && removed.length > 0 && (
        <details className={`${styles.removed} screen-only`}>
          <summary>
            {t('people.removed')} <span className={styles.count}>{removed.length}</span>
          </summary>
          <ul>
            {removed.map((person) => (
              <li key={person.id}>
                <span>
                  <SideMark side={person.side} /> <Localized value={person.name} empty={t('people.unnamed')} />
                </span>
                <button
                  type="button"
                  className={controls.link}
                  onClick={() =>
                    workspace.run(
                      { type: 'restore-person', id: person.id },
                      { type: 'restored-person', id: person.id, name: person.name },
                    )
                  }
                >
                  {t('people.restore')}
                </button>
              </li>
            ))}
          </ul>
        </details>
      )}
    </div>
  )
}

/** An official at a Track 2 meeting makes it Track 1.5; either can be changed here. */
function TrackFinding() {
  const t = useWords()
  const workspace = useWorkspace()
  const language = useLanguage()
  const edits = useMeeting(mayEdit)
  const track = useMeeting((state) => state.snapshot?.agenda.track)
  const people = useMeeting((state) => state.snapshot?.agenda.people ?? none)
  const officials = people.filter((one) => one.sector === 'official')
  if (track !== '2' || officials.length === 0) return null
  return (
    <div className={styles.finding} role="status">
      <p>{t('people.officials', { count: officials.length })}</p>
      {edits && (
        <div className={controls.row}>
          <button
            type="button"
            className={controls.button}
            onClick={() => workspace.run({ type: 'set-meeting', settings: { track: '1.5' } })}
          >
            {t('people.makeTrack')}
          </button>
          {officials.map((person) => (
            <button
              key={person.id}
              type="button"
              className={controls.button}
              onClick={() => workspace.run({ type: 'set-person', id: person.id, settings: { sector: 'policy' } })}
            >
              {t('people.makePolicy', { name: speak(person.name, language)?.text ?? t('people.unnamed') })}
            </button>
          ))}
        </div>
      )}
    </div>
  )
}

function Shown({ person, edit }: { person: Person; edit: () => void }) {
  const t = useWords()
  const language = useLanguage()
  const edits = useMeeting(mayEdit)
  return (
    <div className={styles.person}>
      <span>
        <span className={styles.name}>
          <Localized value={person.name} empty={t('people.unnamed')} />
        </span>{' '}
        <OtherLanguage value={person.name} className={styles.soft} />
      </span>
      <span>
        <Localized value={person.affiliation} /> <OtherLanguage value={person.affiliation} className={styles.small} />
      </span>
      <span className={styles.small}>
        {t(`sector.${person.sector}`)} · {t(`expertise.${person.expertise}`)}
      </span>
      {edits && (
        <button
          type="button"
          className={`${controls.link} screen-only`}
          aria-label={t('people.editNamed', { name: speak(person.name, language)?.text ?? t('people.unnamed') })}
          onClick={edit}
        >
          {t('people.edit')}
        </button>
      )}
    </div>
  )
}

function Editing({ person, done }: { person: Person; done: () => void }) {
  const t = useWords()
  const workspace = useWorkspace()
  const lead = useLead()
  const { id, name, affiliation, side, sector, expertise } = person
  const set = (settings: Partial<PersonSettings>) => workspace.attempt({ type: 'set-person', id, settings })
  return (
    <div className={styles.form}>
      <Entry
        label={t('people.nameEn')}
        lang={tag.en}
        value={name.en}
        autoFocus
        keep={(en) => set({ name: { ...name, en } })}
      />
      <Entry label={t('people.nameZh')} lang={tag.zh} value={name.zh} keep={(zh) => set({ name: { ...name, zh } })} />
      <Entry
        label={t('people.affiliationEn')}
        lang={tag.en}
        value={affiliation.en}
        keep={(en) => set({ affiliation: { ...affiliation, en } })}
      />
      <Entry
        label={t('people.affiliationZh')}
        lang={tag.zh}
        value={affiliation.zh}
        keep={(zh) => set({ affiliation: { ...affiliation, zh } })}
      />
      <Choice
        look="boxed"
        label={t('people.side')}
        value={side}
        options={lead === 'us' ? (['us', 'cn', 'other'] as const) : (['cn', 'us', 'other'] as const)}
        name={(one) => t(`side.${one}Long`)}
        choose={(next) => set({ side: next })}
      />
      <Choice
        look="boxed"
        label={t('people.sector')}
        value={sector}
        options={sectors}
        name={(one) => t(`sector.${one}`)}
        choose={(next) => set({ sector: next })}
      />
      <Choice
        look="boxed"
        label={t('people.expertise')}
        value={expertise}
        options={expertises}
        name={(one) => t(`expertise.${one}`)}
        choose={(next) => set({ expertise: next })}
      />
      <div className={`${controls.row} ${styles.actions}`}>
        <button type="button" className={controls.button} onClick={done}>
          {t('people.done')}
        </button>
        <button
          type="button"
          className={controls.link}
          onClick={() => {
            done()
            workspace.run({ type: 'delete-person', id }, { type: 'deleted-person', id, name })
          }}
        >
          {t('people.delete')}
        </button>
      </div>
    </div>
  )
}
