import { expect, test } from 'vitest'
import type { Agenda, Bilingual, Item, MeetingId, Prose } from '../../shared/domain/agenda.ts'
import { proseText } from '../../shared/domain/agenda.ts'
import { itemFlags } from '../../shared/domain/fields.ts'
import { type CopyOptions, wholeCopy } from '../../shared/export/copy.ts'
import { toDocx } from '../../shared/export/docx.ts'
import { toHtml } from '../../shared/export/html.ts'
import { toIcs } from '../../shared/export/ics.ts'
import { toMarkdown } from '../../shared/export/markdown.ts'
import { sample } from '../support/agenda.ts'
import { account, both, fixture, programme, read } from './reading.ts'

const copy = (language: CopyOptions['language']): CopyOptions => ({ ...wholeCopy, language, lead: 'cn' })
const calendar = { meeting: 'm1' as MeetingId, link: null, revisions: {}, now: 0 }

/** A programme as institutes send theirs, with something in it that nobody can read. Synthetic. */
const letter = `AI safety dialogue
人工智能安全对话

Time: 12-13 March 2026
Venue: Singapore / 新加坡
Hosts: U.S. Institute A; 中方某大学

Dear colleagues, the agenda follows.

Day 1 / 第一天 (12 March)
09:00-09:30 Opening
开幕致辞
Co-chairs / 联合主席: A; 乙
9:30 - 10:45 Shared terms / 共同术语
Objective: Agree on ten terms.
目标：商定十个术语。
Guiding questions:
- Which terms differ?
- 谁来维护术语表？
Presenter: TBC
10:45 Coffee break
茶歇（15分钟）
1:30 Benchmarks (45 min)
Readings:
A paper https://example.org/a
Room: 201

第二天
上午9点至10点半 案文磋商
Closing (20 min)

Participants:
美方：
Zhang San (Institute A)
中方：
李四，某大学
`

const files: readonly (readonly [string, () => string | Uint8Array | Promise<Uint8Array>])[] = [
  ['table.docx', () => fixture('table.docx')],
  ['pandoc.docx', () => fixture('pandoc.docx')],
  ['table.html', () => fixture('table.html')],
  ['letter.txt', () => letter],
  ['copy.md', () => toMarkdown(sample(), copy('both'))],
  ['copy.docx', () => toDocx(sample(), { ...copy('zh'), at: 0 })],
  ['copy.html', () => toHtml(sample(), copy('en'))],
  ['copy.ics', () => toIcs(sample(), { ...copy('en'), ...calendar }).text],
]

/** What an organizer sees of an item: a word on every field that says something. */
function outline(agenda: Agenda, item: Item): string[] {
  const name = (id: string) => both(agenda.people.find((person) => person.id === id)!.name)
  const prose = (label: string, { en, zh }: Bilingual<Prose>) => {
    const text = both({ en: proseText(en), zh: proseText(zh) })
    return text === '' ? [] : [`    ${label}: ${text.replace(/\n/g, ' ¶ ')}`]
  }
  const { kind, topic, pinned, proposedBy, interpretation } = item
  const facts = [
    kind,
    topic,
    pinned && `pinned ${pinned}`,
    proposedBy && `by ${proposedBy}`,
    interpretation,
    ...itemFlags.filter((flag) => item[flag]),
  ]
  return [
    `    ${facts.filter((fact) => fact && fact !== 'none').join(', ')}`,
    ...prose('objective', item.objective),
    ...prose('questions', item.questions),
    ...prose('output', item.output),
    ...item.roles.map(({ role, person }) => `    ${role}: ${name(person)}`),
    ...item.readings.map(({ title, url }) => `    reading: ${both(title)} ${url}`),
  ]
}

function said(agenda: Agenda): string[] {
  const times = programme(agenda)
  return [
    `${both(agenda.title)} | ${both(agenda.place)} | track ${agenda.track} | ${agenda.rule} | ${agenda.zones.venue}`,
    ...agenda.hosts.map(({ side, name }) => `host, ${side}: ${both(name)}`),
    ...agenda.days.flatMap((day, at) => [
      `${day.date} from ${day.start}`,
      ...day.items.flatMap((item, index) => [`  ${times[at]![index]}`, ...outline(agenda, item)]),
    ]),
    ...agenda.proposals.flatMap((item) => [
      `proposal, ${item.minutes} min: ${both(item.title)}`,
      ...outline(agenda, item),
    ]),
    ...agenda.people.map(
      ({ name, affiliation, side, sector, expertise }) =>
        `person, ${side}, ${sector}, ${expertise}: ${both(name)} | ${both(affiliation)}`,
    ),
    ...agenda.glossary.map((term) => `term, ${term.status}: ${both(term)} | ${both(term.definition)}`),
  ]
}

/** A change of these files is a change of what people see; `vitest -u` writes them anew. */
test.each(files)('%s is read as it was, with a word on every line', async (name, content) => {
  const result = await read(name, await content())
  const text =
    result.status === 'refused'
      ? `${result.reason}: ${result.message}\n`
      : [...said(result.agenda), '', ...account(result.lines), ''].join('\n')
  await expect(text).toMatchFileSnapshot(`accounts/${name}.txt`)
})
