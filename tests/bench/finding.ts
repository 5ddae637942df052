import { entriesOf, loadPinyin } from '../../client/store/find.ts'
import type { ReadingId } from '../../shared/domain/agenda.ts'
import { find, indexOf } from '../../shared/domain/find.ts'
import { large } from '../support/agenda.ts'
import { median } from './figures.ts'
import type { Report } from './report.ts'

/** Typed letter by letter: a word of the titles, its pinyin, its initials, and what nothing has. */
const typed = ['session', '专题讨论', 'zhuantitaolun', 'zttl', 'xyzzy']
/** Milliseconds: a frame. */
const aim = 16

/** What a keystroke in Find takes, over 500 items with their readings and people. */
export async function finding({ rounds }: { rounds: number }): Promise<Report> {
  const pinyin = await loadPinyin()
  if (pinyin === null) throw new Error('the table of pinyin did not load')
  const agenda = large(500)
  const days = agenda.days.map((day) => ({
    ...day,
    items: day.items.map((item) => ({
      ...item,
      readings: [{ id: `r-${item.id}` as ReadingId, title: { en: 'Testing protocols', zh: '测试规程' }, url: '' }],
    })),
  }))
  const entries = entriesOf({ ...agenda, days }, [], 'us')
  const opening: number[] = []
  const all: number[] = []
  const rows: string[][] = []
  for (const word of typed) {
    const times: number[] = []
    for (let round = 0; round < rounds; round++) {
      const start = performance.now()
      const index = indexOf(entries)
      opening.push(performance.now() - start)
      for (let length = 1; length <= word.length; length++) {
        const before = performance.now()
        find(index, word.slice(0, length), pinyin)
        times.push(performance.now() - before)
      }
    }
    all.push(...times)
    rows.push([`  ${word}`, median(times).toFixed(2), Math.max(...times).toFixed(2), `${aim}`])
  }
  return {
    tables: [
      {
        title: `Find, ${entries.length} entries, ms`,
        columns: ['', 'median', 'worst', 'aim'],
        rows: [
          ['find: 500 items, keystroke to result', median(all).toFixed(2), Math.max(...all).toFixed(2), `${aim}`],
          ...rows,
          ['making the index', median(opening).toFixed(2), Math.max(...opening).toFixed(2), ''],
        ],
      },
    ],
    notes: [],
    wrong: [],
  }
}
