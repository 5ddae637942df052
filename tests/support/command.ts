import { allItems, assignments, type DayId, type ItemId, type ReadingId } from '../../shared/domain/agenda.ts'
import type { Command, Snapshot } from '../../shared/domain/command.ts'
import { refuse } from '../../shared/domain/refuse.ts'

/** Some command that may run, of every kind there is. */
export function someCommand(snapshot: Snapshot, random: () => number, newId: () => string): Command | null {
  const { agenda, removed } = snapshot
  const below = (limit: number) => Math.floor(random() * limit)
  const one = <T>(row: readonly T[]): T | undefined => row[below(row.length)]
  const items = allItems(agenda)
  const item = one(items)
  const day = random() < 0.8 ? one(agenda.days) : undefined
  const row = day ? day.items : agenda.proposals
  const place = { day: day?.id ?? null, after: random() < 0.3 ? null : (one(row)?.id ?? null) }
  const prose = [{ type: 'paragraph' as const, content: [{ type: 'text' as const, text: `${newId()} 文字` }] }]
  const person = one(agenda.people)
  const makers: (() => Command | null)[] = [
    () => ({ type: 'add-item', id: newId() as ItemId, place, settings: { minutes: 5 + below(90) } }),
    () => item && { type: 'set-item', id: item.id, settings: { minutes: 5 + below(90), pinned: null } },
    () => item && { type: 'set-title', id: item.id, title: { zh: `题 ${newId()}` } },
    () => item && { type: 'set-text', id: item.id, text: 'objective', language: random() < 0.5 ? 'en' : 'zh', prose },
    () => item && { type: 'move-items', ids: [item.id], place },
    () => item && { type: 'delete-items', ids: [item.id] },
    () => (removed.items[0] ? { type: 'restore-items', ids: [removed.items[0].id] } : null),
    () => ({ type: 'add-day', id: newId() as DayId, settings: { date: '2026-03-14', start: '10:00', end: null } }),
    () => day && { type: 'set-day', id: day.id, settings: { start: `0${7 + below(3)}:30` } },
    () => (agenda.days.length > 1 && day ? { type: 'delete-day', id: day.id } : null),
    () => person && { type: 'set-person', id: person.id, settings: { sector: 'industry' } },
    () => person && { type: 'delete-person', id: person.id },
    () => item && person && { type: 'assign', item: item.id, person: person.id, role: assignments[below(4)]! },
    () => (item?.roles[0] ? { type: 'unassign', item: item.id, ...item.roles[0] } : null),
    () =>
      item && {
        type: 'add-reading',
        item: item.id,
        id: newId() as ReadingId,
        settings: { title: { en: newId(), zh: '' }, url: 'https://example.org/' },
      },
    () => (item?.readings[0] ? { type: 'delete-reading', item: item.id, id: item.readings[0].id } : null),
    () => (agenda.glossary[0] ? { type: 'delete-term', id: agenda.glossary[0].id } : null),
    () => ({ type: 'set-meeting', settings: { place: { en: newId(), zh: '' } } }),
  ].map((make) => () => make() ?? null) as (() => Command | null)[]
  const command = one(makers)!()
  return command !== null && refuse(snapshot, command) === null ? command : null
}
