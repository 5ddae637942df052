import { expect, test } from 'vitest'
import type { Agenda, Bilingual, Item, Kind, Prose } from '../../shared/domain/agenda.ts'
import { minutesOf, timeOf } from '../../shared/domain/clock.ts'
import { findings } from '../../shared/domain/findings.ts'
import { sample } from '../support/agenda.ts'

const nothing: Bilingual<Prose> = { en: [], zh: [] }
const words = (text: string): Prose => [{ type: 'paragraph', content: [{ type: 'text', text }] }]

/** The sample in which nothing is found, with the third item of its first day as `change` makes it. */
function withItem(change: Partial<Item>): { readonly agenda: Agenda; readonly item: Item } {
  const agenda = whole()
  const item = { ...agenda.days[0]!.items[2]!, ...change }
  return { agenda: withDay(agenda, { items: agenda.days[0]!.items.with(2, item) }), item }
}

function withDay(agenda: Agenda, change: Partial<Agenda['days'][number]>): Agenda {
  return { ...agenda, days: agenda.days.with(0, { ...agenda.days[0]!, ...change }) }
}

/** The sample, with a chair and words wherever they are expected. */
function whole(): Agenda {
  const agenda = sample()
  const chair = { person: agenda.people[0]!.id, role: 'chair' } as const
  const filled = (item: Item): Item => ({ ...item, roles: [chair], objective: { en: words('Aim'), zh: words('目标') } })
  return { ...agenda, days: agenda.days.map((day) => ({ ...day, items: day.items.map(filled) })) }
}

const about = ({ id }: Item) => ({ type: 'item', item: id }) as const

test('an agenda with everything in both languages, chairs and days that end in time has no findings', () => {
  expect(findings(whole())).toEqual([])
})

test('what has a title in neither language is untitled, and blanks are no title', () => {
  const { agenda, item } = withItem({ title: { en: ' ', zh: '　' } })
  expect(findings(agenda)).toEqual([{ kind: 'untitled', severity: 'serious', where: about(item) }])
  const unnamed = { ...whole(), title: { en: '', zh: '' } }
  expect(findings(unnamed)).toEqual([{ kind: 'untitled', severity: 'serious', where: { type: 'meeting' } }])
})

test('what is in one language only names the other and the fields that lack it, each language by itself', () => {
  const { agenda, item } = withItem({
    title: { en: 'Terms', zh: '' },
    objective: { en: words('Aim'), zh: words(' ') },
    output: { en: [], zh: words('成果') },
  })
  const found = { kind: 'one-language', severity: 'serious', where: about(item) }
  expect(findings(agenda)).toEqual([
    { ...found, lacking: 'en', fields: ['output'] },
    { ...found, lacking: 'zh', fields: ['title', 'objective'] },
  ])
  expect(findings({ ...whole(), place: { en: '', zh: '新加坡' } })).toEqual([
    { kind: 'one-language', severity: 'serious', where: { type: 'meeting' }, lacking: 'en', fields: ['place'] },
  ])
})

test('a talk without a word or a chair is found; an opening, a break, a meal and a closing need neither', () => {
  const bare = { objective: nothing, questions: nothing, output: nothing, roles: [] }
  const kindsOf = (kind: Kind) => findings(withItem({ ...bare, kind }).agenda).map((one) => one.kind)
  for (const kind of ['session', 'breakout', 'drafting'] as const) expect(kindsOf(kind)).toEqual(['empty', 'no-chair'])
  for (const kind of ['opening', 'break', 'meal', 'closing'] as const) expect(kindsOf(kind)).toEqual([])
  const presented = whole()
    .people.slice(0, 1)
    .map(({ id }) => ({ person: id, role: 'presenter' }) as const)
  expect(findings(withItem({ roles: presented }).agenda).map((one) => one.kind)).toEqual(['no-chair'])
})

test('a day past its planned end says by how much, and a day without items is empty', () => {
  const day = whole().days[0]!
  const found = { where: { type: 'day', day: day.id } }
  const items = day.items.slice(0, 3)
  const minutes = items.reduce((sum, item) => sum + item.minutes, 0)
  const late = { ...found, kind: 'over-time', severity: 'serious', minutes: 30 }
  expect(findings(withDay(whole(), { items, end: timeOf(minutesOf(day.start) + minutes - 30) }))).toEqual([late])
  expect(findings(withDay(whole(), { items: [] }))).toEqual([{ ...found, kind: 'empty', severity: 'minor' }])
})

test('serious findings come first, and nothing is said of proposals', () => {
  const { agenda, item } = withItem({ roles: [] })
  const last = agenda.days[1]!.items.at(-1)!
  const days = agenda.days.with(1, {
    ...agenda.days[1]!,
    items: agenda.days[1]!.items.with(-1, { ...last, title: { en: '', zh: '' } }),
  })
  const proposals = [{ ...item, title: { en: '', zh: '' } }]
  expect(findings({ ...agenda, days, proposals }).map(({ kind, where }) => [kind, where])).toEqual([
    ['untitled', about(last)],
    ['no-chair', about(item)],
  ])
})
