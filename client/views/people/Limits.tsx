import { type FormEvent, type ReactElement, useId, useState } from 'react'
import type { Invitation } from '../../store/api.ts'
import controls from '../../styles/controls.module.css'
import { Choice } from '../shell/Choice.tsx'
import { onEscape } from '../shell/escape.ts'
import { useIdentityWords } from './identity.ts'
import styles from './Limits.module.css'

export type LinkLimits = Pick<Invitation, 'expiresAt' | 'mostPeople'>

/** Days from now; `keep` is what there was. */
const spells = { never: null, day: 1, week: 7, month: 30 } as const
type Spell = keyof typeof spells | 'keep'

/** The limits of a link as they are entered. */
interface Entered {
  readonly spell: Spell
  /** As typed; empty for no limit. */
  readonly most: string
}
export const noLimits: Entered = { spell: 'never', most: '' }

const mostCounted = 10_000

/** Null for no limit, undefined for what is no number of people. */
function peopleEntered(text: string): number | null | undefined {
  const tidy = text.normalize('NFKC').trim()
  if (tidy === '') return null
  return /^[1-9]\d*$/.test(tidy) && Number(tidy) <= mostCounted ? Number(tidy) : undefined
}

/** Whether the limits can be taken as they are entered. */
export function isEntered({ most }: Entered): boolean {
  return peopleEntered(most) !== undefined
}

/** `before`: when it expires if that is kept. */
export function limitsOf({ spell, most }: Entered, before: number | null = null): LinkLimits {
  const days = spell === 'keep' ? null : spells[spell]
  const count = peopleEntered(most)
  return {
    expiresAt: spell === 'keep' ? before : days === null ? null : Date.now() + days * 24 * 3600_000,
    mostPeople: count === undefined ? null : count,
  }
}

interface FieldProps {
  limits: Entered
  change: (limits: Entered) => void
}

export function ExpiryChoice({ limits, change, kept = false }: FieldProps & { kept?: boolean }): ReactElement {
  const words = useIdentityWords()
  const options: readonly Spell[] = [...(kept ? (['keep'] as const) : []), 'never', 'day', 'week', 'month']
  return (
    <Choice
      look="boxed"
      label={words('limits.expires')}
      value={limits.spell}
      options={options}
      name={(one) => words(`limits.${one}`)}
      choose={(spell) => change({ ...limits, spell })}
    />
  )
}

export function PeopleLimit({ limits, change }: FieldProps): ReactElement {
  const words = useIdentityWords()
  const id = useId()
  const wrong = peopleEntered(limits.most) === undefined
  return (
    <label className={controls.field}>
      <span className={controls.label}>{words('limits.people')}</span>
      <input
        className={controls.input}
        inputMode="numeric"
        value={limits.most}
        placeholder={words('limits.peopleHint')}
        maxLength={8}
        aria-invalid={wrong}
        aria-describedby={wrong ? id : undefined}
        onChange={(event) => change({ ...limits, most: event.target.value })}
      />
      {wrong && (
        <span id={id} role="alert" className={controls.problem}>
          {words('limits.peopleWrong')}
        </span>
      )}
    </label>
  )
}

interface FormProps {
  limits: LinkLimits
  /** A link for one person has no number of people. */
  personal: boolean
  save: (limits: LinkLimits) => Promise<boolean>
  close: () => void
}

/** The limits of a link that there is. */
export function LimitsForm({ limits: { expiresAt, mostPeople }, personal, save, close }: FormProps): ReactElement {
  const words = useIdentityWords()
  const [limits, setLimits] = useState<Entered>({
    spell: expiresAt === null ? 'never' : 'keep',
    most: mostPeople === null ? '' : String(mostPeople),
  })
  async function submit(event: FormEvent) {
    event.preventDefault()
    if (!isEntered(limits)) return
    if (await save(limitsOf(limits, expiresAt))) close()
  }
  return (
    <form className={styles.form} onSubmit={submit} onKeyDown={onEscape(close)}>
      <ExpiryChoice limits={limits} change={setLimits} kept={expiresAt !== null} />
      {!personal && <PeopleLimit limits={limits} change={setLimits} />}
      <p className={controls.hint}>{words('limits.meaning')}</p>
      <div className={controls.row}>
        <button type="submit" className={controls.button}>
          {words('limits.save')}
        </button>
        <button type="button" className={controls.button} onClick={close}>
          {words('limits.cancel')}
        </button>
      </div>
    </form>
  )
}
