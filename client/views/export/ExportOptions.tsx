import { type ReactElement, useId } from 'react'
import { type Agenda, type Language, type Side, sides } from '../../../shared/domain/agenda.ts'
import { dateWords } from '../../i18n/format.ts'
import { type Chosen, formatNames, termsOf } from '../../store/download.ts'
import type { CopyPreferences } from '../../store/preferences.ts'
import controls from '../../styles/controls.module.css'
import { Choice } from '../shell/Choice.tsx'
import { useLanguage, useWords } from '../shell/shell.ts'
import { useLateWords } from '../versions/late.ts'
import styles from './ExportOptions.module.css'
import '../item/words.ts'

interface OptionsProps {
  copy: CopyPreferences
  agenda: Agenda
  own: Side
  chosen: Chosen
  set: (part: Partial<CopyPreferences>) => void
}

/** The choices for a copy: its format, its languages and what it leaves out. */
export function ExportOptions({ copy, agenda, own, chosen, set }: OptionsProps): ReactElement {
  const t = useWords()
  const late = useLateWords()
  const group = useId()
  const language = useLanguage()
  const { whole } = termsOf(copy.format)
  const languageName = (one: Language | 'both') => (one === 'both' ? late('export.both') : t(`language.${one}`))
  return (
    <>
      <fieldset className={styles.group}>
        <legend className={controls.label}>{late('export.format')}</legend>
        <div className={styles.formats}>
          {formatNames.map((format) => (
            <label key={format} className={styles.format}>
              <input
                type="radio"
                name={group}
                value={format}
                checked={copy.format === format}
                onChange={() => set({ format })}
              />
              <span>{termsOf(format).name[language]}</span>
              <span className={styles.ending} aria-hidden="true">
                .{termsOf(format).extension}
              </span>
            </label>
          ))}
        </div>
      </fieldset>
      <div className={styles.pair}>
        <Choice
          look="boxed"
          label={t('language.label')}
          value={copy.language}
          options={['both', 'en', 'zh'] as const}
          name={languageName}
          choose={(language) => set({ language })}
          disabled={whole}
        />
        <Choice
          look="boxed"
          label={late('export.lead')}
          value={chosen.lead}
          options={own === 'us' ? sides : (['cn', 'us'] as const)}
          name={(side) => late(`export.leads.${side}`)}
          choose={(side) => set({ lead: side === own ? null : side })}
          disabled={whole}
        />
      </div>
      <fieldset className={styles.group} disabled={whole}>
        <legend className={controls.label}>{late('export.include')}</legend>
        <div className={controls.row}>
          <Check label={t('people.title')} on={copy.people} set={(people) => set({ people })} />
          <Check label={t('item.readings')} on={copy.readings} set={(readings) => set({ readings })} />
          <Check label={t('text.questions')} on={copy.questions} set={(questions) => set({ questions })} />
          {agenda.days.length > 0 && agenda.proposals.length > 0 && (
            <Check
              label={t('outline.proposals')}
              on={chosen.days === null}
              // Proposals belong to no day, so a copy of some days never has them.
              disabled={chosen.days !== null && chosen.days.length < agenda.days.length}
              set={(proposals) => set({ proposals })}
            />
          )}
        </div>
      </fieldset>
      {agenda.days.length > 1 && <Days agenda={agenda} chosen={chosen} disabled={whole} set={set} />}
      {whole && <p className={controls.hint}>{late('export.whole')}</p>}
    </>
  )
}

interface DaysProps extends Pick<OptionsProps, 'agenda' | 'chosen' | 'set'> {
  disabled: boolean
}

function Days({ agenda, chosen, disabled, set }: DaysProps) {
  const t = useWords()
  const late = useLateWords()
  const language = useLanguage()
  const { days } = chosen
  const taken = agenda.days.map((day) => day.id).filter((id) => days === null || days.includes(id))
  return (
    <fieldset className={styles.group} disabled={disabled}>
      <legend className={controls.label}>{late('export.days')}</legend>
      <div className={controls.row}>
        {agenda.days.map(({ id, date }, index) => (
          <Check
            key={id}
            label={`${t('outline.day', { number: index + 1 })} · ${dateWords(date, language)}`}
            on={taken.includes(id)}
            // At least one day must stay chosen.
            disabled={taken.length === 1 && taken[0] === id}
            set={(on) => {
              const left = on ? [...taken, id] : taken.filter((one) => one !== id)
              set({ without: agenda.days.map((day) => day.id).filter((one) => !left.includes(one)) })
            }}
          />
        ))}
      </div>
      {days !== null && days.length < agenda.days.length && agenda.proposals.length > 0 && (
        <p className={controls.hint}>{late('export.someDays')}</p>
      )}
    </fieldset>
  )
}

interface CheckProps {
  label: string
  on: boolean
  set: (on: boolean) => void
  disabled?: boolean
}

function Check({ label, on, set, disabled = false }: CheckProps) {
  return (
    <label className={controls.check}>
      <input type="checkbox" checked={on} disabled={disabled} onChange={(event) => set(event.currentTarget.checked)} />
      {label}
    </label>
  )
}
