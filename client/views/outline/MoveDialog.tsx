import { type KeyboardEvent, type ReactElement, useMemo, useState } from 'react'
import type { ItemId } from '../../../shared/domain/agenda.ts'
import { timeOf } from '../../../shared/domain/clock.ts'
import type { Place } from '../../../shared/domain/command.ts'
import { refuse } from '../../../shared/domain/refuse.ts'
import { dateWords, speak } from '../../i18n/format.ts'
import { moveTo } from '../../store/actions.ts'
import type { MeetingState } from '../../store/meeting.ts'
import controls from '../../styles/controls.module.css'
import { Sheet } from '../shell/Sheet.tsx'
import { useLanguage, useMeeting, useWords, useWorkspace } from '../shell/shell.ts'
import { useDialogWords } from './dialogs.ts'
import styles from './MoveDialog.module.css'
import { keepUnderEye } from './underEye.ts'

interface Choice {
  readonly key: string
  readonly place: Place
  readonly label: string
  readonly time: string
  readonly group: string
  /** All words that find it, in both languages, in lower case. */
  readonly words: string
  readonly here: boolean
}

/** Lists every position of the agenda; a few letters of a day or a title, in either language, find one. */
export function MoveDialog({ ids, close }: { ids: readonly ItemId[]; close: () => void }): ReactElement {
  const t = useWords()
  const d = useDialogWords()
  const workspace = useWorkspace()
  const language = useLanguage()
  const snapshot = useMeeting((state) => state.snapshot)
  const [query, setQuery] = useState('')
  const [active, setActive] = useState(0)
  // The positions, updated while the dialog is open; typing in a text does not recompute them.
  const outline = useMeeting((state) => state.outline)
  // biome-ignore lint/correctness/useExhaustiveDependencies: `outline` stands for all of the agenda that is drawn
  const choices = useMemo(() => choicesOf(workspace.store.getState(), ids), [outline, ids, language])
  const wanted = query.trim().toLowerCase().split(/\s+/)
  const found = choices.filter((one) => wanted.every((word) => one.words.includes(word)))
  const at = Math.min(active, found.length - 1)
  const first = ids[0]
  const firstTitle = first && snapshot ? workspace.store.getState().items.get(first)?.title : undefined

  function choicesOf(state: MeetingState, moving: readonly ItemId[]): Choice[] {
    if (!state.snapshot || !state.outline) return []
    const { agenda } = state.snapshot
    const list: Choice[] = []
    const add = (key: string, place: Place, label: string, time: string, group: string, words: string) => {
      const refusal = state.snapshot && refuse(state.snapshot, { type: 'move-items', ids: moving, place })
      if (refusal && refusal.code !== 'nothing-to-do') return
      list.push({ key, place, label, time, group, words: words.toLowerCase(), here: refusal !== null })
    }
    for (const [index, day] of agenda.days.entries()) {
      const name = t('outline.day', { number: index + 1 })
      const group = `${name} · ${dateWords(day.date, language)}`
      const dayWords = `${group} day ${index + 1} 第 ${index + 1} 天 第${index + 1}天 ${dateWords(day.date, 'en')} ${dateWords(day.date, 'zh')} ${day.date}`
      add(`${day.id}:first`, { day: day.id, after: null }, d('move.first', { day: name }), day.start, group, dayWords)
      for (const item of day.items) {
        if (moving.includes(item.id)) continue
        const title = speak(item.title, language)?.text ?? t('outline.untitled')
        const end = state.outline.rows.get(item.id)?.end
        add(
          item.id,
          { day: day.id, after: item.id },
          d('move.after', { title }),
          end === null || end === undefined ? '' : timeOf(end),
          group,
          `${dayWords} ${item.title.en} ${item.title.zh}`,
        )
      }
    }
    const group = t('outline.proposals')
    const words = `${group} proposals 待定议题`
    add('proposals:first', { day: null, after: null }, d('move.firstProposals'), '', group, words)
    for (const item of agenda.proposals) {
      if (moving.includes(item.id)) continue
      const title = speak(item.title, language)?.text ?? t('outline.untitled')
      add(
        item.id,
        { day: null, after: item.id },
        d('move.after', { title }),
        '',
        group,
        `${words} ${item.title.en} ${item.title.zh}`,
      )
    }
    return list
  }

  function take(choice: Choice | undefined) {
    if (!choice || choice.here || !first) return
    close()
    // The dialog restores the focus first; then the moved row takes it.
    requestAnimationFrame(() => keepUnderEye(first, () => moveTo(workspace, ids, choice.place)))
  }
  function press(event: KeyboardEvent) {
    if (event.nativeEvent.isComposing) return
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault()
      const next = Math.max(0, Math.min(found.length - 1, at + (event.key === 'ArrowDown' ? 1 : -1)))
      setActive(next)
      document.getElementById(`place-${next}`)?.scrollIntoView({ block: 'nearest' })
    } else if (event.key === 'Enter') {
      event.preventDefault()
      take(found[at])
    }
  }

  const title =
    ids.length === 1
      ? d('move.title', {
          count: 1,
          title: (firstTitle && speak(firstTitle, language)?.text) || t('outline.untitled'),
        })
      : d('move.title', { count: ids.length, title: '' })
  return (
    <Sheet title={title} close={close}>
      <label className={controls.field}>
        <span className={controls.label}>{d('move.search')}</span>
        <input
          className={controls.input}
          value={query}
          // biome-ignore lint/a11y/noAutofocus: the dialog was opened to type here
          autoFocus
          role="combobox"
          aria-expanded="true"
          aria-controls="places"
          aria-activedescendant={found.length > 0 ? `place-${at}` : undefined}
          aria-describedby="move-hint"
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => {
            setQuery(event.target.value)
            setActive(0)
          }}
          onKeyDown={press}
        />
        <span id="move-hint" className={controls.hint}>
          {d('move.searchHint')}
        </span>
      </label>
      <p className="visually-hidden" role="status">
        {d('move.results', { count: found.length })}
      </p>
      {found.length === 0 ? (
        <p className={controls.hint}>{d('move.nowhere')}</p>
      ) : (
        <div id="places" role="listbox" aria-label={d('move.search')} className={styles.places}>
          {found.map((choice, index) => (
            <div key={choice.key} role="presentation">
              {choice.group !== found[index - 1]?.group && (
                <p className={styles.group} role="presentation">
                  {choice.group}
                </p>
              )}
              {/* biome-ignore lint/a11y/useKeyWithClickEvents: the field above has the keys, as a combobox does */}
              <div
                id={`place-${index}`}
                role="option"
                tabIndex={-1}
                aria-selected={index === at}
                aria-disabled={choice.here}
                className={styles.place}
                onClick={() => take(choice)}
              >
                <span className={styles.time}>{choice.time}</span>
                <span className={styles.label}>{choice.label}</span>
                {choice.here && <span className={styles.here}>{d('move.here')}</span>}
              </div>
            </div>
          ))}
        </div>
      )}
    </Sheet>
  )
}
