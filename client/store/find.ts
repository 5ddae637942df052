import type { Agenda, Item, ItemId, PersonId, ReadingId, Side } from '../../shared/domain/agenda.ts'
import { pairInOrder } from '../../shared/domain/alternat.ts'
import type { Entry, Pinyin } from '../../shared/domain/find.ts'
import type { Version, VersionId } from './api.ts'
import type { Workspace } from './workspace.ts'

/** What Find leads to. */
export type Target =
  | { readonly type: 'item'; readonly id: ItemId }
  | { readonly type: 'person'; readonly id: PersonId }
  | { readonly type: 'reading'; readonly id: ReadingId; readonly item: ItemId }
  | { readonly type: 'version'; readonly id: VersionId }
  | { readonly type: 'action'; readonly id: string }

/** All that is found in a meeting besides actions: names are [English, Chinese] where there are both. */
export function entriesOf(agenda: Agenda, versions: readonly Version[], lead: Side): Entry<Target>[] {
  const both = ({ en, zh }: { en: string; zh: string }) => [pairInOrder(en, 'en', lead), pairInOrder(zh, 'zh', lead)]
  const items: Entry<Target>[] = []
  const readings: Entry<Target>[] = []
  const add = (item: Item, more: readonly string[]) => {
    items.push({ target: { type: 'item', id: item.id }, names: both(item.title), more })
    for (const { id, title, url } of item.readings) {
      readings.push({ target: { type: 'reading', id, item: item.id }, names: both(title), more: [url] })
    }
  }
  for (const { date, items: those } of agenda.days) for (const item of those) add(item, [date])
  for (const item of agenda.proposals) add(item, [])
  return [
    ...items,
    ...agenda.people.map(
      ({ id, name, affiliation }): Entry<Target> => ({
        target: { type: 'person', id },
        names: both(name),
        more: both(affiliation),
      }),
    ),
    ...readings,
    ...versions.map(({ id, name }): Entry<Target> => ({ target: { type: 'version', id }, names: [name] })),
  ]
}

/** The sounds of Chinese characters, loaded when somebody first searches. Without them everything else is found. */
export function loadPinyin(): Promise<Pinyin | null> {
  return import('pinyin-match').then(
    ({ default: { match } }) => {
      // The first call builds the table; nobody's first letter waits for it.
      match('中', 'zhong')
      return match
    },
    () => null,
  )
}

const opened = new WeakMap<Workspace, readonly Target[]>()

/** What was opened by Find while this page was open, newest first. */
export function recentOf(workspace: Workspace): readonly Target[] {
  return opened.get(workspace) ?? []
}

export function remember(workspace: Workspace, target: Target): void {
  const before = recentOf(workspace).filter(({ type, id }) => type !== target.type || id !== target.id)
  opened.set(workspace, [target, ...before].slice(0, 5))
}
