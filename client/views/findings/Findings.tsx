import { type ReactElement, useDeferredValue, useMemo } from 'react'
import type { Language } from '../../../shared/domain/agenda.ts'
import { timeOf } from '../../../shared/domain/clock.ts'
import { type Finding, findings, type Where } from '../../../shared/domain/findings.ts'
import { dateWords, lengthWords } from '../../i18n/format.ts'
import { tag } from '../../i18n/i18n.ts'
import controls from '../../styles/controls.module.css'
import { useDialogs } from '../shell/Dialogs.tsx'
import { useFieldWords } from '../shell/fieldWords.ts'
import { Link } from '../shell/Link.tsx'
import { Localized } from '../shell/Localized.tsx'
import { useLanguage, useMeeting, useShell, useWords } from '../shell/shell.ts'
import { arriveAt } from './arrival.ts'
import styles from './Findings.module.css'
import { useFindingsWords } from './findings.ts'

/** Says how much there is to look at. */
export const findingsLead = 'findings-lead'

/** What to look at before the agenda is final. Each line leads to its place. */
export function Findings(): ReactElement | null {
  const t = useFindingsWords()
  const agenda = useDeferredValue(useMeeting((state) => state.snapshot?.agenda))
  const list = useMemo(() => agenda && findings(agenda), [agenda])
  if (!list) return null
  return (
    <section className={styles.findings} aria-labelledby="findings">
      <h3 id="findings" className={styles.title}>
        {t('title')}
      </h3>
      <p id={findingsLead} className={controls.hint} role="status">
        {list.length === 0 ? t('none') : t('lead', { count: list.length })}
      </p>
      {list.length > 0 && (
        <ul className={styles.list}>
          {list.map((one) => (
            <li key={JSON.stringify(one)} className={styles.line}>
              <span className={styles.mark} data-severity={one.severity} title={t(`severity.${one.severity}`)}>
                <span className="visually-hidden">{t(`severity.${one.severity}`)}</span>
              </span>
              <Way finding={one} />
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}

/** Leads to where the finding can be put right. */
function Way({ finding }: { finding: Finding }) {
  const { open } = useDialogs()
  const { preferences } = useShell()
  const meeting = useMeeting((state) => state.membership.meeting)
  const language = useLanguage()
  const words = (
    <>
      <Place where={finding.where} /> <span className={styles.what}>{useSentence(finding)}</span>
    </>
  )
  const { where } = finding
  switch (where.type) {
    case 'meeting':
      return (
        <button type="button" className={styles.way} onClick={() => open({ type: 'settings' })}>
          {words}
        </button>
      )
    case 'day':
      return (
        <Link
          to={{ type: 'outline', meeting }}
          className={styles.way}
          onGo={() => arriveAt(`#day-${CSS.escape(where.day)}`)}
        >
          {words}
        </Link>
      )
    case 'item': {
      const written = finding.kind === 'one-language' ? finding.lacking : language
      const arrive = () => {
        // A narrow screen may show the other language alone.
        const { columns } = preferences.getState()
        if (columns !== 'both' && (columns === 'own') !== (written === language)) {
          preferences.setState({ columns: 'both' })
        }
        arriveAt(targetOf(finding, written))
      }
      return (
        <Link to={{ type: 'item', meeting, item: where.item }} className={styles.way} onGo={arrive}>
          {words}
        </Link>
      )
    }
  }
}

/** The part of an item's page. */
function targetOf(finding: Finding, language: Language): string {
  if (finding.kind === 'no-chair') return '#roles'
  const field =
    finding.kind === 'one-language' ? finding.fields[0] : finding.kind === 'untitled' ? 'title' : 'objective'
  return `[data-text="${field}"][lang="${tag[language]}"] .ProseMirror[contenteditable="true"]`
}

function Place({ where }: { where: Where }) {
  const t = useWords()
  const words = useFindingsWords()
  const language = useLanguage()
  const days = useMeeting((state) => state.outline?.days)
  const row = useMeeting((state) => (where.type === 'item' ? state.outline?.rows.get(where.item) : undefined))
  const item = useMeeting((state) => (where.type === 'item' ? state.items.get(where.item) : undefined))
  if (where.type === 'meeting') return <span className={styles.place}>{words('meeting')}</span>
  const day = days?.find(({ id }) => id === (where.type === 'day' ? where.day : row?.day))
  const name = day && t('outline.day', { number: day.number })
  if (where.type === 'day') {
    return (
      <span className={styles.place}>
        {name} {day && dateWords(day.date, language)}
      </span>
    )
  }
  return (
    <>
      <span className={styles.time}>
        {name} {row && row.start !== null && timeOf(row.start)}
      </span>{' '}
      <span className={styles.place}>{item && <Localized value={item.title} empty={t('outline.untitled')} />}</span>
    </>
  )
}

function useSentence(finding: Finding): string {
  const t = useFindingsWords()
  const language = useLanguage()
  const { name } = useFieldWords()
  switch (finding.kind) {
    case 'one-language':
      return t(`one-language.${finding.lacking}`, { fields: finding.fields.map(name).join(t('and')) })
    case 'over-time':
      return t('over-time', { length: lengthWords(finding.minutes, language) })
    case 'empty':
      return t(finding.where.type === 'day' ? 'emptyDay' : 'empty')
    default:
      return t(finding.kind)
  }
}
