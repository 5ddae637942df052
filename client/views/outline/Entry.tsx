import {
  type HTMLInputTypeAttribute,
  type KeyboardEvent,
  type ReactElement,
  useEffect,
  useId,
  useRef,
  useState,
} from 'react'
import type { Refusal } from '../../../shared/domain/command.ts'
import controls from '../../styles/controls.module.css'
import { useWords } from '../shell/shell.ts'

interface EntryProps {
  label: string
  value: string
  /** Runs the command of this entry. A refusal is shown below the field, and the typed text stays. */
  keep: (value: string) => Refusal | null
  hint?: string
  lang?: string
  type?: HTMLInputTypeAttribute
  list?: string
  disabled?: boolean
  autoFocus?: boolean
  placeholder?: string
}

/**
 * A field for a one-line register. Enter or leaving the field saves it, Escape restores the old value. Remote changes
 * appear here unless one is typing.
 */
export function Entry({
  label,
  value,
  keep,
  hint,
  lang,
  type = 'text',
  list,
  disabled = false,
  autoFocus = false,
  placeholder,
}: EntryProps): ReactElement {
  const t = useWords()
  const [typed, setTyped] = useState<string | null>(null)
  const [refusal, setRefusal] = useState<Refusal | null>(null)
  const note = useId()
  const latest = useRef({ typed, value, keep })
  latest.current = { typed, value, keep }

  function offer(text: string) {
    const problem = text === value ? null : keep(text.trim())
    const quiet = problem === null || problem.code === 'nothing-to-do'
    setRefusal(quiet ? null : problem)
    if (quiet) setTyped(null)
  }
  // Closing a dialog removes the field without a blur event.
  useEffect(
    () => () => {
      const { typed: left, value: old, keep: last } = latest.current
      if (left !== null && left !== old) last(left.trim())
    },
    [],
  )
  function press(event: KeyboardEvent<HTMLInputElement>) {
    if (event.nativeEvent.isComposing) return
    if (event.key === 'Enter') {
      event.preventDefault()
      offer(event.currentTarget.value)
    } else if (event.key === 'Escape' && typed !== null) {
      event.stopPropagation()
      setTyped(null)
      setRefusal(null)
    }
  }
  const said = refusal
    ? t(refusal.field === 'settings.end' && refusal.code === 'out-of-range' ? 'refusal.end' : `refusal.${refusal.code}`)
    : hint
  return (
    <label className={controls.field}>
      <span className={controls.label}>{label}</span>
      <input
        className={controls.input}
        type={type}
        lang={lang}
        list={list}
        value={typed ?? value}
        disabled={disabled}
        // biome-ignore lint/a11y/noAutofocus: only for an entry that the person has just asked for
        autoFocus={autoFocus}
        placeholder={placeholder}
        autoComplete="off"
        aria-invalid={refusal !== null}
        aria-describedby={said === undefined ? undefined : note}
        onChange={(event) => {
          setTyped(event.target.value)
          if (type === 'date') offer(event.target.value)
        }}
        onBlur={(event) => typed !== null && offer(event.currentTarget.value)}
        onKeyDown={press}
      />
      {said !== undefined && (
        <span id={note} role={refusal ? 'alert' : undefined} className={refusal ? controls.problem : controls.hint}>
          {said}
        </span>
      )}
    </label>
  )
}
