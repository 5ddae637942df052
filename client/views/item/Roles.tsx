import type { ReactElement } from 'react'
import { type Assignment, assignments, type ItemId, type Person, type PersonId } from '../../../shared/domain/agenda.ts'
import { betweenSentences, speak } from '../../i18n/format.ts'
import { mayEdit } from '../../store/meeting.ts'
import controls from '../../styles/controls.module.css'
import { Link } from '../shell/Link.tsx'
import { Localized } from '../shell/Localized.tsx'
import { SideMark } from '../shell/Side.tsx'
import { useLanguage, useLead, useMeeting, useWords, useWorkspace } from '../shell/shell.ts'
import styles from './Roles.module.css'
import './words.ts'

/** Who chairs, presents, discusses and reports, one's own side first. */
export function Roles({ id }: { id: ItemId }): ReactElement {
  const t = useWords()
  const language = useLanguage()
  const edits = useMeeting(mayEdit)
  const meeting = useMeeting((state) => state.membership.meeting)
  const nobodyListed = useMeeting((state) => state.people.size === 0)
  const nobodyHolds = useMeeting((state) => state.items.get(id)?.roles.length === 0)
  return (
    <section className={styles.roles} aria-labelledby="roles">
      <h3 id="roles" className={styles.heading}>
        {t('item.roles')}
      </h3>
      {nobodyListed ? (
        <p className={styles.soft}>
          {t('item.noPeople')}
          {betweenSentences(language)}
          {edits && (
            <Link to={{ type: 'people', meeting }} className={controls.link}>
              {t('item.addPeople')}
            </Link>
          )}
        </p>
      ) : nobodyHolds && !edits ? (
        <p className={styles.soft}>{t('item.nobody')}</p>
      ) : (
        <dl className={styles.list}>
          {assignments.map((role) => (
            <Held key={role} id={id} role={role} />
          ))}
        </dl>
      )}
    </section>
  )
}

function Held({ id, role }: { id: ItemId; role: Assignment }) {
  const t = useWords()
  const workspace = useWorkspace()
  const lead = useLead()
  const language = useLanguage()
  const edits = useMeeting(mayEdit)
  const people = useMeeting((state) => state.people)
  const roles = useMeeting((state) => state.items.get(id)?.roles)
  const order: Person['side'][] = lead === 'us' ? ['us', 'cn', 'other'] : ['cn', 'us', 'other']
  const holders = (roles ?? [])
    .filter((one) => one.role === role)
    .flatMap((one) => people.get(one.person) ?? [])
    .sort((a, b) => order.indexOf(a.side) - order.indexOf(b.side))
  const held = new Set(holders.map((one) => one.id))
  const nameOf = (person: Person) => speak(person.name, language)?.text ?? t('people.unnamed')
  const free = [...people.values()].filter((one) => !held.has(one.id))
  if (!edits && holders.length === 0) return null
  return (
    <div className={styles.role}>
      <dt>{t(`assignments.${role}`)}</dt>
      <dd>
        {holders.map((person) => (
          <span key={person.id} className={styles.holder}>
            <SideMark side={person.side} />
            <Localized value={person.name} empty={t('people.unnamed')} />
            {edits && (
              <button
                type="button"
                className={`${styles.off} screen-only`}
                aria-label={t('item.unassign', { name: nameOf(person), role: t(`assignment.${role}`) })}
                onClick={() => workspace.run({ type: 'unassign', item: id, person: person.id, role })}
              >
                <span aria-hidden="true">×</span>
              </button>
            )}
          </span>
        ))}
        {edits && free.length > 0 && (
          <select
            className={`${controls.choice} ${styles.assign} screen-only`}
            aria-label={t('item.assignTo', { role: t(`assignment.${role}`) })}
            value=""
            onChange={(event) => {
              workspace.run({ type: 'assign', item: id, person: event.target.value as PersonId, role })
            }}
          >
            <option value="" disabled>
              {t('item.assign')}
            </option>
            {order.map((side) => {
              const group = free.filter((one) => one.side === side)
              if (group.length === 0) return null
              return (
                <optgroup key={side} label={t(`side.${side}Long`)}>
                  {group.map((person) => (
                    <option key={person.id} value={person.id}>
                      {nameOf(person)}
                    </option>
                  ))}
                </optgroup>
              )
            })}
          </select>
        )}
      </dd>
    </div>
  )
}
