import { longestItem } from '../domain/fields.ts'

/** `1h15`, `1 h 15 min`, `1.5 hours`, `75 min`, `45分钟`, `1小时30分`, `一个半小时`: all repetitions are bounded. */
const forms: readonly [RegExp, (match: RegExpExecArray) => number][] = [
  [/(\d{1,2})\s?个?半\s?小时/, ([, hours]) => Number(hours) * 60 + 30],
  [/一个半小时/, () => 90],
  [/半个?小时/, () => 30],
  [/(\d{1,2}(?:\.\d{1,2})?)\s?个?小时(?:\s?零?(\d{1,2})\s?分钟?)?/, hoursAndMinutes],
  [
    /(?<![\w.])(\d{1,2}(?:\.\d{1,2})?)\s?(?:hours?|hrs?|h)(?![a-z])(?:\s?(?:and\s)?(\d{1,2})(?:\s?(?:minutes?|mins?|m|'|′)(?![a-z]))?)?/i,
    hoursAndMinutes,
  ],
  [/(?<![\w.])(\d{1,4})\s?-?(?:minutes?|mins?)(?![a-z])/i, ([, minutes]) => Number(minutes)],
  [/(?<![\w.])(\d{1,4})\s?(?:'|′)/, ([, minutes]) => Number(minutes)],
  [/(\d{1,4})\s?分(?:钟|鐘)/, ([, minutes]) => Number(minutes)],
]

function hoursAndMinutes([, hours, minutes]: RegExpExecArray): number {
  return Math.round(Number(hours) * 60) + Number(minutes ?? 0)
}

/** The minutes given in `text`, and the text around them; in a column of minutes, a plain number counts. */
export function minutesIn(text: string, column = false): { minutes: number; rest: string } | null {
  const window = text.slice(0, 2000)
  if (column && /^\s*\d{1,4}\s*$/.test(window)) return within(Number(window), '')
  for (const [form, value] of forms) {
    const match = form.exec(window)
    if (!match) continue
    const found = within(value(match), text.slice(0, match.index) + text.slice(match.index + match[0].length))
    if (found) return found
  }
  return null
}

/** The minutes at the very end of a title: `Opening (30 min)`, `开幕（30分钟）`, `Opening - 1h15`, `Break 10 minutes`. */
export function trailingMinutes(text: string): { minutes: number; rest: string } | null {
  const tail = text.slice(-60)
  const marked = [...tail.matchAll(/[(（[【,，·:：–—]|\s-\s/g)].at(-1)
  const bare = /^.{0,40}?\s(?=\d{1,3}\s?(?:minutes?|mins?|分钟)$)/i.exec(tail)
  const cut = marked ? marked.index + marked[0].length : bare && text.length < 50 ? bare[0].length : -1
  if (cut < 0) return null
  const said = tail
    .slice(cut)
    .replace(/[\s)）\]】.]{1,10}$/, '')
    .trim()
  const found = minutesIn(said.replace(/^(\d{1,3})\s?m$/, '$1 min'))
  if (found?.rest.trim() !== '') return null
  const rest = text.slice(0, text.length - tail.length + cut).replace(/[\s(（[【,，·:：–—-]{1,10}$/, '')
  return rest === '' ? null : { minutes: found.minutes, rest }
}

function within(minutes: number, rest: string): { minutes: number; rest: string } | null {
  return minutes >= 1 && minutes <= longestItem ? { minutes, rest } : null
}
