import { type ReactElement, useId } from 'react'
import { type NameRefusal, refuseName, tidyName } from '../../../shared/domain/name.ts'
import controls from '../../styles/controls.module.css'
import { useJoiningWords } from './joining.ts'

interface NameFieldProps {
  label: string
  hint: string
  missing?: string | null
  refused?: NameRefusal | null
  value: string
  change: (value: string) => void
  input?: React.RefObject<HTMLInputElement | null>
  autoComplete: string
  focused?: boolean
}

/** A field for a name, or for a part of one, which says at once what cannot stand in it. */
export function NameField({
  label,
  hint,
  missing,
  refused,
  value,
  change,
  input,
  autoComplete,
  focused = true,
}: NameFieldProps): ReactElement {
  const words = useJoiningWords()
  const id = useId()
  const tidy = tidyName(value)
  const found = tidy === '' ? null : (refuseName(tidy) ?? refused ?? null)
  const problem = missing ?? (found && words(`name.${found}`))
  return (
    <>
      <label className={controls.field}>
        <span className={controls.label}>{label}</span>
        <input
          ref={input}
          className={controls.input}
          value={value}
          maxLength={80}
          autoComplete={autoComplete}
          // biome-ignore lint/a11y/noAutofocus: the page exists for this one field
          autoFocus={focused}
          required
          aria-describedby={id}
          aria-invalid={problem !== null}
          onChange={(event) => change(event.target.value)}
        />
      </label>
      <p id={id} className={problem === null ? controls.hint : controls.problem}>
        {problem ?? hint}
      </p>
    </>
  )
}
