import { type FocusEvent, type KeyboardEvent, type ReactElement, useMemo, useState } from 'react'
import { GridList } from 'react-aria-components/GridList'
import { useDragAndDrop } from 'react-aria-components/useDragAndDrop'
import type { DayId, ItemId } from '../../../shared/domain/agenda.ts'
import type { Place } from '../../../shared/domain/command.ts'
import { speak } from '../../i18n/format.ts'
import { addItemAtEnd, moveTo } from '../../store/actions.ts'
import { mayEdit } from '../../store/meeting.ts'
import { useLanguage, useMeeting, useShell, useWords, useWorkspace } from '../shell/shell.ts'
import styles from './ItemList.module.css'
import { EnteredWith, ItemRow } from './ItemRow.tsx'
import { keepUnderEye } from './underEye.ts'

interface ItemListProps {
  day: DayId | null
  items: readonly ItemId[]
  label: string
  addLabel: string
  empty: string
}

const dragType = 'parley/item'

/** Milliseconds. A list selects whatever comes into it within 50 ms of a drop, which nobody asked for. */
const dropSettles = 60

/** The items of a day, or the proposals: to open, select, drag and drop. It renders the order; rows render the rest. */
export function ItemList({ day, items, label, addLabel, empty }: ItemListProps): ReactElement {
  const t = useWords()
  const workspace = useWorkspace()
  const { router } = useShell()
  const language = useLanguage()
  const edits = useMeeting(mayEdit)
  const meeting = useMeeting((state) => state.membership.meeting)
  const selection = useMeeting((state) => state.selection)
  const [entered, setEntered] = useState(() => workspace.store.getState().items)
  const entries = useMemo(() => items.map((id) => ({ id })), [items])
  const chosen = useMemo(() => items.filter((id) => selection.has(id)), [items, selection])

  function drop(ids: ItemId[], place: Place) {
    const first = ids[0]
    if (first === undefined) return
    keepUnderEye(first, () => moveTo(workspace, ids, place))
    workspace.select([])
  }
  /** The position before or after `key`, for a drop between two rows. */
  function placeAt(key: unknown, position: 'before' | 'after' | 'on'): Place {
    const index = items.indexOf(key as ItemId)
    return { day, after: position === 'before' ? (items[index - 1] ?? null) : (items[index] ?? null) }
  }
  const { dragAndDropHooks } = useDragAndDrop<{ id: ItemId }>({
    getItems: (keys) =>
      [...keys].map((key) => {
        const item = workspace.store.getState().items.get(key as ItemId)
        const title = item ? (speak(item.title, language)?.text ?? '') : ''
        return { [dragType]: String(key), 'text/plain': title }
      }),
    acceptedDragTypes: [dragType],
    getDropOperation: () => 'move',
    onReorder: ({ keys, target }) =>
      drop(
        together(workspace.store.getState().selection, [...keys] as ItemId[]),
        placeAt(target.key, target.dropPosition),
      ),
    onInsert: async ({ items: dropped, target }) =>
      drop(await idsOf(dropped), placeAt(target.key, target.dropPosition)),
    onRootDrop: async ({ items: dropped }) => drop(await idsOf(dropped), { day, after: items.at(-1) ?? null }),
  })
  async function idsOf(dropped: readonly { kind: string }[]): Promise<ItemId[]> {
    const ids: ItemId[] = []
    for (const one of dropped) {
      if (one.kind === 'text') ids.push((await (one as unknown as DroppedText).getText(dragType)) as ItemId)
    }
    await new Promise((resolve) => setTimeout(resolve, dropSettles))
    return together(workspace.store.getState().selection, ids)
  }

  function add() {
    const id = addItemAtEnd(workspace, day)
    if (id) router.go({ type: 'item', meeting, item: id })
  }
  function leaveAdding(event: KeyboardEvent<HTMLButtonElement>) {
    if (event.key !== 'ArrowUp' && event.key !== 'ArrowDown') return
    const stops = [...document.querySelectorAll<HTMLElement>('[data-item], [data-add]')]
    const next = stops[stops.indexOf(event.currentTarget) + (event.key === 'ArrowUp' ? -1 : 1)]
    if (!next) return
    event.preventDefault()
    next.focus()
  }

  function come({ currentTarget, relatedTarget }: FocusEvent) {
    if (!currentTarget.contains(relatedTarget)) setEntered(workspace.store.getState().items)
  }

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: it only notices that the focus comes into the list
    <div className={styles.list} onFocus={come}>
      {/* The list fixes its drag hooks on mount; a person who may no longer edit gets another list. */}
      <EnteredWith value={entered}>
        <GridList
          key={edits ? 'edited' : 'read'}
          aria-label={label}
          items={entries}
          selectionMode={edits ? 'multiple' : 'none'}
          selectionBehavior="toggle"
          selectedKeys={chosen}
          onSelectionChange={(keys) => {
            const next = new Set(workspace.store.getState().selection)
            for (const id of items) next.delete(id)
            for (const key of keys === 'all' ? items : keys) next.add(key as ItemId)
            workspace.select(next)
          }}
          onAction={(key) => router.go({ type: 'item', meeting, item: key as ItemId })}
          keyboardNavigationBehavior="tab"
          disallowTypeAhead
          {...(edits ? { dragAndDropHooks } : {})}
          renderEmptyState={() => <p className={styles.empty}>{empty}</p>}
          className={styles.grid ?? ''}
        >
          {({ id }) => <ItemRow id={id} />}
        </GridList>
      </EnteredWith>
      {edits && (
        <button
          type="button"
          data-add=""
          className={`${styles.add} screen-only`}
          aria-label={addLabel}
          onClick={add}
          onKeyDown={leaveAdding}
        >
          <span aria-hidden="true">+</span> {t('outline.addItem')}
        </button>
      )}
    </div>
  )
}

interface DroppedText {
  getText(type: string): Promise<string>
}

/** Dragging one selected item drags all of them, including those in other lists. */
function together(selection: ReadonlySet<ItemId>, dragged: ItemId[]): ItemId[] {
  return dragged.some((id) => selection.has(id)) ? [...selection] : dragged
}
