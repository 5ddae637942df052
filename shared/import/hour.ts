/** Minutes after midnight of a start, and of an end if the text has one. */
export interface Hours {
  readonly start: number
  readonly end: number | null
}

interface Clock {
  readonly hour: number
  readonly minute: number
  readonly half: 'am' | 'pm' | null
  /** Where the rest of the text begins. */
  readonly at: number
  /** False for `9` and `0930`, which are times only if something else says so. */
  readonly sure: boolean
}

/**
 * The time at the start of `text`, and the rest: `09:30–10:45 Opening`, `9.30 am`, `上午9:30`, `14时30分至15时`. In a column
 * of times (`column`) forms that could be plain numbers count, too.
 */
export function leadingHours(text: string, column = false): { hours: Hours; rest: string } | null {
  const opening = /^[\s([【（]*/.exec(text.slice(0, 20))![0].length
  const first = clockAt(text, opening)
  if (!first) return null
  const range = rangeAt(text, first)
  if (range) return { hours: range.hours, rest: restOf(text, range.at) }
  if (!first.sure && !column) return null
  if (followedByMore(text, first.at)) return null
  const start = minuteOf(first)
  return start === null ? null : { hours: { start, end: null }, rest: restOf(text, first.at) }
}

/** The time range at the end of `text`, in brackets or on its own: `Opening (09:30–10:45)`. */
export function trailingHours(text: string): { hours: Hours; rest: string } | null {
  const tail = text.slice(-60)
  const from = text.length - tail.length
  for (const match of tail.matchAll(/[\s(（,，](?=[\d上下中晚早凌])/g)) {
    const found = leadingHours(tail.slice(match.index + 1))
    if (found && found.hours.end !== null && /^[\s)）]*$/.test(found.rest)) {
      return { hours: found.hours, rest: text.slice(0, from + match.index).replace(/[\s(（,，:：–—-]+$/, '') }
    }
  }
  return null
}

function restOf(text: string, at: number): string {
  return text
    .slice(at)
    .replace(/^[\s:：,，.。、|｜·)）\]】–—-]{1,20}/, '')
    .trim()
}

/** `9.30.1`, `12:30:15Z`, `09:30/2026`: not a complete time of day. */
function followedByMore(text: string, at: number): boolean {
  return /^(?:[.:/]\d|\d|%|\s?(?:年|月|日|号|分钟|小时|min))/.test(text.slice(at, at + 5))
}

function rangeAt(text: string, first: Clock): { hours: Hours; at: number } | null {
  const mark = /^\s{0,3}(?:[-–—−‐‑~～〜]{1,2}|to\b|until\b|至|到)\s{0,3}/i.exec(text.slice(first.at, first.at + 14))
  if (!mark) return null
  const second = clockAt(text, first.at + mark[0].length)
  if (!second || followedByMore(text, second.at)) return null
  if (!first.sure && !second.sure && !bothBare(first, second, text)) return null
  const late = minuteOf(second)
  if (late === null) return null
  // In `1:00–2:00 pm` both are in the afternoon, in `11:00–1:00 pm` they are not; in `下午2点至4点` both are.
  const options = first.half === null && second.half !== null ? [second.half, null] : [first.half]
  for (const half of options) {
    const early = minuteOf({ ...first, half })
    if (early === null) continue
    const inherited = second.half === null && first.half === 'pm' ? minuteOf({ ...second, half: 'pm' }) : null
    const end = inherited !== null && inherited > early && late < early ? inherited : late
    if (half === options.at(-1) || early < end) return { hours: { start: early, end }, at: second.at }
  }
  return null
}

/** Accepts `0930-1045`, but not `2026-2027`. */
function bothBare(first: Clock, second: Clock, text: string): boolean {
  const four = /^\d{4}$/
  const one = text.slice(first.at - 4, first.at)
  const two = text.slice(second.at - 4, second.at)
  return (
    four.test(one) &&
    four.test(two) &&
    !(/^(?:19|20)/.test(one) && /^(?:19|20)/.test(two) && !/^[0-5]0/.test(one.slice(2)))
  )
}

const parts: readonly [RegExp, 'am' | 'pm' | 'noon'][] = [
  [/^(?:上午|早上|早晨|清晨|凌晨)\s?/, 'am'],
  [/^(?:下午|晚上|晚间|傍晚|晚)\s?/, 'pm'],
  [/^中午\s?/, 'noon'],
]

/** One clock time at `from`; parsed by hand so that no text can make it slow. */
function clockAt(text: string, from: number): Clock | null {
  const window = text.slice(from, from + 32)
  const part = parts.find(([pattern]) => pattern.test(window))
  const named = part ? part[0].exec(window)![0].length : 0
  const digits = /^\d{1,4}/.exec(window.slice(named))?.[0]
  if (!digits || digits.length === 3) return null
  let at = named + digits.length
  let hour = Number(digits)
  let minute = 0
  let sure = part !== undefined
  if (digits.length === 4) {
    hour = Number(digits.slice(0, 2))
    minute = Number(digits.slice(2))
    const suffix = /^\s?(?:hrs?|h)\b/i.exec(window.slice(at))
    if (suffix) at += suffix[0].length
    sure ||=
      suffix !== null ||
      (/^[01]/.test(digits) && !/^(?:19)/.test(digits) && minute % 5 === 0 && /^(?:\s|$)/.test(window.slice(at)))
  } else {
    const rest = window.slice(at)
    const colon = /^\s?([:：.．])\s?(\d{2})(?!\d)/.exec(rest)
    const chinese = /^\s?[点點时時](?:\s?(?:(半)|(一刻)|(三刻)|(\d{1,2})\s?分?|整))?(?!间)/.exec(rest)
    const letter = /^h(\d{2})?\b/i.exec(rest)
    if (colon) {
      minute = Number(colon[2])
      at += colon[0].length
      sure ||= /[:：]/.test(colon[1]!) || (hour >= 7 && minute % 5 === 0)
      if (/^\.\d/.test(window.slice(at))) return null
    } else if (chinese && !/^\s?小/.test(rest)) {
      minute = chinese[1] ? 30 : chinese[2] ? 15 : chinese[3] ? 45 : Number(chinese[4] ?? 0)
      at += chinese[0].length
      sure = true
    } else if (letter) {
      minute = Number(letter[1] ?? 0)
      at += letter[0].length
      sure ||= letter[1] !== undefined && hour >= 6
    }
  }
  const half = /^\s?(?:([ap])\.?m\b\.?|(noon)\b)/i.exec(window.slice(at))
  if (half) at += half[0].length
  const named12 = half?.[1]?.toLowerCase() === 'a' ? 'am' : half ? 'pm' : null
  const by = part?.[1] === 'noon' ? (hour < 3 ? 'pm' : null) : (part?.[1] ?? null)
  return { hour, minute, half: (named12 ?? by) as Clock['half'], at: from + at, sure: sure || half !== null }
}

function minuteOf({ hour, minute, half }: Pick<Clock, 'hour' | 'minute' | 'half'>): number | null {
  if (hour > 24 || minute > 59 || (hour === 24 && minute > 0)) return null
  if (half === 'pm' && hour < 12) return (hour + 12) * 60 + minute
  if (half === 'am' && hour === 12) return minute
  return (hour % 24) * 60 + minute
}
