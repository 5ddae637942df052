import { type ReactElement, useId } from 'react'
import controls from '../../styles/controls.module.css'

interface ChoiceProps<T extends string> {
  label: string
  value: T
  options: readonly T[]
  name: (option: T) => string
  choose: (option: T) => void
  disabled?: boolean
  /** `text` looks like a word of the page until pointed at; `boxed` is a form field with its label above. */
  look?: 'text' | 'boxed'
}

/** A choice of a few options, as the browser's own select, which phones and screen readers know. */
export function Choice<T extends string>({
  label,
  value,
  options,
  name,
  choose,
  disabled = false,
  look = 'text',
}: ChoiceProps<T>): ReactElement {
  const id = useId()
  const list = (
    <select
      id={id}
      className={look === 'boxed' ? controls.boxed : controls.choice}
      aria-label={look === 'boxed' ? undefined : label}
      value={value}
      disabled={disabled}
      onChange={(event) => {
        const next = options.find((one) => one === event.target.value)
        if (next !== undefined) choose(next)
      }}
    >
      {options.map((one) => (
        <option key={one} value={one}>
          {name(one)}
        </option>
      ))}
    </select>
  )
  if (look === 'text') return list
  return (
    <div className={controls.field}>
      <label htmlFor={id} className={controls.label}>
        {label}
      </label>
      {list}
    </div>
  )
}
