import { type ReactElement, useEffect, useState } from 'react'
import { momentOf } from '../i18n/moment.ts'
import type { Answer, Calendar, NewCalendar } from '../store/api.ts'
import type { Chosen } from '../store/download.ts'
import controls from '../styles/controls.module.css'
import { LinkOnce } from './LinkOnce.tsx'
import { useLateWords } from './late.ts'
import { Revoke } from './Revoke.tsx'
import sheet from './Sheet.module.css'
import styles from './Subscriptions.module.css'
import { useLanguage, useMeeting, useShell, useWords } from './shell.ts'

type Known =
  | { readonly status: 'loading' }
  | { readonly status: 'known'; readonly list: readonly (Calendar & { readonly revoked?: true })[] }

/** Addresses that calendar programs follow: made, copied once, and taken back. */
export function Subscriptions({ chosen }: { chosen: Chosen }): ReactElement {
  const late = useLateWords()
  const { api } = useShell()
  const meeting = useMeeting((state) => state.membership.meeting)
  const [known, setKnown] = useState<Known>({ status: 'loading' })
  const [made, setMade] = useState<NewCalendar | null>(null)
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)
  const { language, lead, people } = chosen

  function tellProblem(answer: Exclude<Answer<unknown>, { status: 'ok' }>) {
    setProblem(
      answer.status === 'unreachable'
        ? late('calendar.unreachable')
        : late('calendar.failed', { message: answer.message }),
    )
  }
  // biome-ignore lint/correctness/useExhaustiveDependencies: asked once when the subscriptions are first shown
  useEffect(() => {
    let gone = false
    void api.calendars(meeting).then((answer) => {
      if (gone) return
      if (answer.status === 'ok') setKnown({ status: 'known', list: answer.value })
      else tellProblem(answer)
    })
    return () => {
      gone = true
    }
  }, [api, meeting])

  async function make() {
    if (busy) return
    setBusy(true)
    setProblem(null)
    const answer = await api.addCalendar(meeting, { language, lead, people })
    setBusy(false)
    if (answer.status !== 'ok') return tellProblem(answer)
    setMade(answer.value)
    setKnown((before) => ({ status: 'known', list: [answer.value, ...(before.status === 'known' ? before.list : [])] }))
  }
  async function revoke(id: string) {
    setProblem(null)
    const answer = await api.revokeCalendar(meeting, id)
    if (answer.status !== 'ok') return tellProblem(answer)
    if (made?.id === id) setMade(null)
    setKnown((before) =>
      before.status === 'known'
        ? { status: 'known', list: before.list.map((one) => (one.id === id ? { ...one, revoked: true } : one)) }
        : before,
    )
  }

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
      {known.status === 'loading' && problem === null && <p className={controls.hint}>{late('calendar.loading')}</p>}
      {known.status === 'known' && known.list.length > 0 && (
        <>
          <h4 className={controls.label}>{late('calendar.mine')}</h4>
          <ul className={styles.list}>
            {known.list.map((one) => (
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
  const { language, lead, people, at } = calendar
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
