import type { ReactElement } from 'react'
import { momentOf } from '../../i18n/moment.ts'
import type { Calendar } from '../../store/api.ts'
import type { Chosen } from '../../store/download.ts'
import controls from '../../styles/controls.module.css'
import { LinkOnce } from '../people/LinkOnce.tsx'
import { Revoke } from '../people/Revoke.tsx'
import { useIssued } from '../shell/issued.ts'
import sheet from '../shell/Sheet.module.css'
import { useLanguage, useMeeting, useShell, useWords } from '../shell/shell.ts'
import { useLateWords } from '../versions/late.ts'
import styles from './Subscriptions.module.css'

/** Calendar addresses to subscribe to: created, copied once, and revoked. */
export function Subscriptions({ chosen }: { chosen: Chosen }): ReactElement {
  const late = useLateWords()
  const { api } = useShell()
  const meeting = useMeeting((state) => state.membership.meeting)
  const { language, lead, people } = chosen

  const { list, made, busy, problem, make, revoke } = useIssued({
    async list() {
      const answer = await api.call('calendars', { meeting })
      return answer.status === 'ok' ? { status: 'ok', value: answer.value.calendars } : answer
    },
    make: () => api.call('addCalendar', { meeting }, { lang: language, lead, people }),
    revoke: (id) => api.call('revokeCalendar', { meeting, calendar: id }),
    explain: (answer) =>
      answer.status === 'unreachable'
        ? late('calendar.unreachable')
        : late('calendar.failed', { message: answer.message }),
  })

  return (
    <section className={sheet.part} aria-labelledby="subscriptions">
      <h3 id="subscriptions">{late('calendar.title')}</h3>
      <p>{late('calendar.lead')}</p>
      <div className={controls.row}>
        <button type="button" className={controls.button} aria-disabled={busy} onClick={make}>
          {busy ? late('calendar.making') : late('calendar.make')}
        </button>
        <p className={controls.hint}>{late('calendar.takes')}</p>
      </div>
      {made && (
        <>
          <LinkOnce key={made.id} label={late('calendar.address')} link={made.url} hint={late('calendar.once')} />
          <p>
            <a className={controls.link} href={made.url.replace(/^https?:/, 'webcal:')}>
              {late('calendar.open')}
            </a>
          </p>
        </>
      )}
      <p role="alert" className={controls.problem}>
        {problem}
      </p>
      {list === null && problem === null && <p className={controls.hint}>{late('calendar.loading')}</p>}
      {list !== null && list.length > 0 && (
        <>
          <h4 className={controls.label}>{late('calendar.mine')}</h4>
          <ul className={styles.list}>
            {list.map((one) => (
              <Mine key={one.id} calendar={one} revoked={one.revoked === true} revoke={() => revoke(one.id)} />
            ))}
          </ul>
        </>
      )}
    </section>
  )
}

interface MineProps {
  calendar: Calendar
  revoked: boolean
  revoke: () => Promise<void>
}

function Mine({ calendar, revoked, revoke }: MineProps) {
  const t = useWords()
  const late = useLateWords()
  const reader = useLanguage()
  const { lang: language, lead, people, at } = calendar
  const { whole } = momentOf(at, Date.now(), reader)
  return (
    <li className={styles.mine}>
      <span>
        {[
          language === 'both' ? late('export.both') : t(`language.${language}`),
          late(`export.leads.${lead}`),
          late(people ? 'calendar.people' : 'calendar.noPeople'),
          late('calendar.since', { when: whole }),
        ].join(' · ')}
      </span>
      {revoked ? (
        <span className={controls.hint}>{late('calendar.revoked')}</span>
      ) : (
        <Revoke ask={late('calendar.ask')} revoke={revoke} />
      )}
    </li>
  )
}
