import { type KeyboardEvent, type ReactElement, type SyntheticEvent, useRef, useState } from 'react'
import type { ItemId } from '../../../shared/domain/agenda.ts'
import { minutesEntered } from '../../i18n/entry.ts'
import { mayEdit } from '../../store/meeting.ts'
import { useMeeting, useWorkspace } from '../shell/shell.ts'
import styles from './Minutes.module.css'

/** Minutes are edited in place. Arrow keys change them by five; Enter or leaving saves, Escape cancels. */
export function Minutes({ id, minutes, label }: { id: ItemId; minutes: number; label: string }): ReactElement {
  const workspace = useWorkspace()
  const edits = useMeeting(mayEdit)
  const [typed, setTyped] = useState<string | null>(null)
  /** Escape and Enter blur the field; the blur must not save what Escape has discarded. */
  const done = useRef(false)
  if (!edits) {
    return (
      <span className={styles.fixed}>
        <span className="visually-hidden">{label} </span>
        {minutes}
      </span>
    )
  }

  function keep(text: string) {
    const entered = minutesEntered(text)
    if (entered !== minutes) {
      if (entered === null)
        workspace.notify({ type: 'refused', refusal: { code: 'not-a-number', field: 'settings.minutes' } })
      else workspace.run({ type: 'set-item', id, settings: { minutes: entered } })
    }
    setTyped(null)
  }
  function press(event: KeyboardEvent<HTMLInputElement>) {
    if (event.nativeEvent.isComposing || event.altKey) return
    const field = event.currentTarget
    if (event.key === 'Enter') {
      keep(field.value)
      requestAnimationFrame(() => field.select())
    } else if (event.key === 'Escape') {
      done.current = true
      setTyped(null)
      field.blur()
      field.closest<HTMLElement>('[data-item]')?.focus()
    } else if (event.key === 'ArrowUp' || event.key === 'ArrowDown') {
      event.preventDefault()
      const now = minutesEntered(field.value) ?? minutes
      const next = event.key === 'ArrowUp' ? Math.floor(now / 5) * 5 + 5 : Math.ceil(now / 5) * 5 - 5
      setTyped(null)
      workspace.run({ type: 'set-item', id, settings: { minutes: Math.max(5, next) } })
    }
  }

  return (
    <input
      className={styles.input}
      aria-label={label}
      inputMode="numeric"
      autoComplete="off"
      maxLength={12}
      value={typed ?? String(minutes)}
      onChange={(event) => setTyped(event.target.value)}
      onFocus={(event) => {
        done.current = false
        event.currentTarget.select()
      }}
      onBlur={(event) => {
        if (!done.current && typed !== null) keep(event.currentTarget.value)
      }}
      onKeyDown={press}
      // The row underneath opens on a press and moves on a drag; the field must do neither.
      onPointerDown={stop}
      onMouseDown={stop}
      onClick={stop}
      onDragStart={stop}
    />
  )
}

function stop(event: SyntheticEvent) {
  event.stopPropagation()
}
