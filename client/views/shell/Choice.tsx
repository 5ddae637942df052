import { type ReactElement, useId } from 'react'
import controls from '../../styles/controls.module.css'

interface ChoiceProps<T extends string> {
  label: string
  value: T
  options: readonly T[]
  name: (option: T) => string
  choose: (option: T) => void
  disabled?: boolean
  /** `text` reads as a word of the page until it is pointed at; `boxed` is a field of a form with its label above. */
  look?: 'text' | 'boxed'
}

/** One of a few. The browser's own list, which every phone and every reader knows. */
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
