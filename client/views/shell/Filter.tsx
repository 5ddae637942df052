import type { ReactElement, ReactNode } from 'react'
import styles from './Filter.module.css'

interface FilterProps<T extends string> {
  label: string
  value: T
  options: readonly T[]
  name: (option: T) => ReactNode
  /** The language tag of the name, where it differs from the page's. */
  lang?: (option: T) => string | undefined
  choose: (value: T) => void
}

/** One of a few views of what is below, side by side. */
export function Filter<T extends string>({ label, value, options, name, lang, choose }: FilterProps<T>): ReactElement {
  return (
    <fieldset className={`${styles.filter} screen-only`} aria-label={label}>
      {options.map((one) => (
        <button key={one} type="button" lang={lang?.(one)} aria-pressed={one === value} onClick={() => choose(one)}>
          {name(one)}
        </button>
      ))}
    </fieldset>
  )
}
