import { type ComponentProps, createContext, memo, type ReactElement, useContext } from 'react'
import { Button } from 'react-aria-components/Button'
import { Checkbox } from 'react-aria-components/Checkbox'
import { GridListItem } from 'react-aria-components/GridList'
import { useStore } from 'zustand'
import type { Item, ItemId } from '../../../shared/domain/agenda.ts'
import { timeOf } from '../../../shared/domain/clock.ts'
import { moveDown, moveUp } from '../../../shared/domain/move.ts'
import { speak } from '../../i18n/format.ts'
import {
  addItemAfter,
  concerned,
  deleteItems,
  duplicateItems,
  openNewVersion,
  stepDown,
  stepUp,
} from '../../store/actions.ts'
import { mayEdit, mayOpen } from '../../store/meeting.ts'
import type { Row } from '../../store/outline.ts'
import { useDialogs } from '../shell/Dialogs.tsx'
import { Localized, OtherLanguage } from '../shell/Localized.tsx'
import { MenuButton, type MenuEntry } from '../shell/MenuButton.tsx'
import { SideMark } from '../shell/Side.tsx'
import { useLanguage, useMeeting, useShell, useWords, useWorkspace } from '../shell/shell.ts'
import { Dots } from './Dots.tsx'
import styles from './ItemRow.module.css'
import { Minutes } from './Minutes.tsx'
import { keepUnderEye } from './underEye.ts'

/** The items as they were when somebody last came into the list that a row is in. */
export const EnteredWith = createContext<ReadonlyMap<ItemId, Item>>(new Map())

/**
 * One row of the outline. The list knows only its id; everything that changes is read in here, below what the list
 * keeps: a list renders all its rows when what it knows of one of them changes.
 */
export function ItemRow({ id }: { id: ItemId }): ReactElement {
  const t = useWords()
  const workspace = useWorkspace()
  const language = useLanguage()
  const title = (useContext(EnteredWith).get(id) ?? workspace.store.getState().items.get(id))?.title
  return (
    <GridListItem
      id={id}
      // For the list's own words on dragging.
      textValue={(title && speak(title, language)?.text) || t('outline.untitled')}
      data-item={id}
      className={styles.row ?? ''}
      render={(props) => <RowElement {...(props as ComponentProps<'div'>)} item={id} />}
    >
      <RowBody id={id} />
    </GridListItem>
  )
}

/** The element of a row, named by its title of now. */
function RowElement({ item: id, ...props }: ComponentProps<'div'> & { item: ItemId }) {
  const t = useWords()
  const { router } = useShell()
  const language = useLanguage()
  const current = useStore(router.store, (route) => route.type === 'item' && route.item === id)
  const title = useMeeting((state) => state.items.get(id)?.title)
  const marked = useMeeting((state) => state.marked.get(id))
  const name = (title && speak(title, language)?.text) || t('outline.untitled')
  const named = { ...props, 'aria-label': name }
  return <div {...named} data-current={current || undefined} data-marked={marked} />
}

const RowBody = memo(function RowBody({ id }: { id: ItemId }) {
  const t = useWords()
  const language = useLanguage()
  const item = useMeeting((state) => state.items.get(id))
  const row = useMeeting((state) => state.outline?.rows.get(id))
  const edits = useMeeting(mayEdit)
  const opens = useMeeting(mayOpen)
  if (!item || !row) return null
  const title = speak(item.title, language)?.text ?? t('outline.untitled')
  const quiet = item.kind === 'break' || item.kind === 'meal'
  return (
    <div className={styles.line} data-quiet={quiet || undefined} data-parallel={row.parallel || undefined}>
      {edits && (
        <span className={`${styles.gutter} screen-only`}>
          <Button slot="drag" className={styles.grip ?? ''}>
            <span aria-hidden="true">⠿</span>
          </Button>
          <Checkbox slot="selection" className={styles.check ?? ''} aria-label={t('outline.select', { title })}>
            <span className={styles.box} aria-hidden="true" />
          </Checkbox>
        </span>
      )}
      <span className={styles.time}>{row.start === null ? '' : timeOf(row.start)}</span>
      <span className={styles.minutes}>
        <Minutes id={id} minutes={item.minutes} label={t('outline.minutes', { title })} />
      </span>
      <span className={styles.words}>
        <Unread id={id} />
        <span className={styles.names}>
          <span className={styles.title} data-untitled={speak(item.title, language) === null || undefined}>
            <Localized value={item.title} empty={t('outline.untitled')} />
          </span>
          <OtherLanguage value={item.title} className={styles.too} />
        </span>
        <Attention pinned={item.pinned} row={row} />
      </span>
      <Inside id={id} />
      {(edits || opens) && <RowMenu id={id} title={title} />}
    </div>
  )
})

/** Only what needs somebody's attention. */
function Attention({ pinned, row }: { pinned: string | undefined; row: Row }) {
  const t = useWords()
  const nextDay = row.start !== null && row.start >= 1440
  if (row.parallel && pinned === undefined && !nextDay && row.overlap === 0 && row.gap === 0 && !row.late) {
    return <span className="visually-hidden">{t('outline.parallel')}</span>
  }
  if (pinned === undefined && !nextDay && row.overlap === 0 && row.gap === 0 && !row.late) return null
  return (
    <span className={styles.attention}>
      {row.parallel && <span className="visually-hidden">{t('outline.parallel')}</span>}
      {nextDay && <span>{t('outline.nextDay')}</span>}
      {pinned !== undefined && <span title={t('outline.pinnedTo', { time: pinned })}>{t('outline.pinned')}</span>}
      {row.gap > 0 && <span>{t('outline.gap', { minutes: row.gap })}</span>}
      {row.overlap > 0 && <span className={styles.warn}>{t('outline.overlap', { minutes: row.overlap })}</span>}
      {row.late && <span className={styles.warn}>{t('outline.late')}</span>}
    </span>
  )
}

/** Somebody else has changed it since it was last open here. */
function Unread({ id }: { id: ItemId }) {
  const t = useWords()
  const unread = useMeeting((state) => state.unread.has(id))
  if (!unread) return null
  return (
    <span className={`${styles.unread} screen-only`} title={t('outline.unread')}>
      <span className="visually-hidden">
        {t('outline.unread')}
        {t('common.colon')}
      </span>
    </span>
  )
}

/** The other people who have it open. */
function Inside({ id }: { id: ItemId }) {
  const t = useWords()
  const visitors = useMeeting((state) => state.presence.byItem.get(id))
  if (!visitors || visitors.length === 0) return null
  const names = visitors.map((one) => one.name).join(t('common.list'))
  return (
    <span className={styles.inside} title={names}>
      <span className="visually-hidden">
        {t('outline.visitors', { count: visitors.length })}
        {t('common.colon')}
        {names}
      </span>
      {visitors.slice(0, 3).map((one) => (
        <span key={one.id} aria-hidden="true">
          <SideMark side={one.side} bare />
        </span>
      ))}
      {visitors.length > 3 && <span aria-hidden="true">{visitors.length}</span>}
    </span>
  )
}

function RowMenu({ id, title }: { id: ItemId; title: string }) {
  const t = useWords()
  const workspace = useWorkspace()
  const { router } = useShell()
  const { open } = useDialogs()
  function entries(): MenuEntry[] {
    const { snapshot, selection, membership } = workspace.store.getState()
    if (!snapshot) return []
    const ids = concerned(workspace, id)
    const go = (item: ItemId) => router.go({ type: 'item', meeting: membership.meeting, item })
    if (mayOpen(workspace.store.getState())) {
      return [
        { id: 'open', label: t('outline.open'), run: () => go(id) },
        { id: 'final', label: t('final.open'), apart: true, run: () => openNewVersion(workspace) },
      ]
    }
    return [
      { id: 'open', label: t('outline.open'), run: () => go(id) },
      {
        id: 'up',
        label: t('outline.moveUp'),
        keys: 'Alt ↑',
        apart: true,
        disabled: moveUp(snapshot.agenda, ids) === null,
        run: () => keepUnderEye(id, () => stepUp(workspace, ids)),
      },
      {
        id: 'down',
        label: t('outline.moveDown'),
        keys: 'Alt ↓',
        disabled: moveDown(snapshot.agenda, ids) === null,
        run: () => keepUnderEye(id, () => stepDown(workspace, ids)),
      },
      { id: 'to', label: t('outline.moveTo'), keys: 'M', run: () => open({ type: 'move', ids }) },
      {
        id: 'select',
        label: selection.has(id) ? t('outline.unselectShort') : t('outline.selectShort'),
        keys: t('outline.space'),
        apart: true,
        run: () => {
          const next = new Set(workspace.store.getState().selection)
          if (!next.delete(id)) next.add(id)
          workspace.select(next)
        },
      },
      {
        id: 'add',
        label: t('outline.addBelow'),
        keys: 'N',
        run: () => {
          const added = addItemAfter(workspace, id)
          if (added) go(added)
        },
      },
      { id: 'copy', label: t('outline.duplicate'), keys: 'D', run: () => void duplicateItems(workspace, ids) },
      { id: 'delete', label: t('outline.delete'), keys: 'Del', apart: true, run: () => deleteItems(workspace, ids) },
    ]
  }
  return (
    <MenuButton className={styles.menu} label={t('outline.rowActions', { title })} entries={entries}>
      <Dots />
    </MenuButton>
  )
}
