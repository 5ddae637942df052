import { below, chance, type Dice, pick } from './dice.ts'

/** Values that somebody forgot to think of. Functions, so that large ones are made when they are needed. */
const strange: readonly (() => unknown)[] = [
  () => null,
  () => true,
  () => 0,
  () => -1,
  () => 1.5,
  () => 1e308,
  () => Number.MAX_SAFE_INTEGER,
  () => 2 ** 53,
  () => '',
  () => ' ',
  () => '0',
  () => '__proto__',
  () => 'constructor',
  () => 'x'.repeat(300),
  () => '议'.repeat(3000),
  () => '\u0000',
  () => '\ud800',
  () => '\u202eabc',
  () => '../../etc/passwd',
  () => "'; drop table meetings; --",
  () => [],
  () => [[]],
  () => {
    return {}
  },
  () => JSON.parse('{"__proto__":{"polluted":true}}'),
  () => ({ toString: 1, valueOf: null, constructor: { prototype: { polluted: true } } }),
  () => nested(50),
]

/** What JSON has no value for, or no good one. */
const literals = ['NaN', '1e309', '-1e309', '-0', '00', '0x10', 'undefined', 'Infinity', '1e-400', '.5', "'x'"]

function nested(depth: number): unknown {
  let value: unknown = 1
  for (let i = 0; i < depth; i += 1) value = i % 2 === 0 ? [value] : { a: value }
  return value
}

export function strangeValue(random: Dice): unknown {
  return pick(random, strange)()
}

/** JSON of `value` with something changed in it: in its fields, or in its text. Not always JSON any more. */
export function spoilJson(random: Dice, value: unknown): string {
  let changed = value
  for (let left = 1 + below(random, 2); left > 0; left -= 1) changed = change(random, changed, 0)
  const text = JSON.stringify(changed) ?? 'undefined'
  return chance(random, 0.35) ? spoilText(random, text) : text
}

function change(random: Dice, value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null || depth > 6 || chance(random, 0.15)) return strangeValue(random)
  if (Array.isArray(value)) {
    const copy = [...value]
    const at = below(random, copy.length + 1)
    if (chance(random, 0.3)) copy.splice(at, 1)
    else copy[at] = at < copy.length ? change(random, copy[at], depth + 1) : strangeValue(random)
    return copy
  }
  const entries = Object.entries(value)
  const at = below(random, entries.length + 1)
  const entry = entries[at]
  if (entry === undefined || chance(random, 0.2)) entries.push([strangeName(random), strangeValue(random)])
  else if (chance(random, 0.3)) entries.splice(at, 1)
  else entries[at] = [chance(random, 0.1) ? strangeName(random) : entry[0], change(random, entry[1], depth + 1)]
  // Unlike an assignment this makes a field of `__proto__`.
  return Object.fromEntries(entries)
}

function strangeName(random: Dice): string {
  return pick(random, ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'extra', '', '0', '名'])
}

function spoilText(random: Dice, text: string): string {
  const at = below(random, text.length + 1)
  switch (below(random, 9)) {
    case 0:
      return text.slice(0, at)
    case 1:
      return `${text.slice(0, at)}${pick(random, ['"', '\\', '{', '}', ',', '\u0000', '\ud800', '//'])}${text.slice(at)}`
    case 2:
      return text.replace(/-?\d+|"[^"]*"|true|false|null/, pick(random, literals))
    case 3:
      return `${'['.repeat(5000)}${text}${']'.repeat(chance(random, 0.5) ? 5000 : 4999)}`
    case 4:
      return `${'{"a":'.repeat(2000)}${text}${'}'.repeat(2000)}`
    case 5:
      return `${text}${text}`
    case 6:
      return `\ufeff${text}`
    case 7:
      return text.replace(/"([^"]*)":/, '"$1":1,"$1":')
    default:
      return text.replace(/"([^"]*)":/, '"\\u005f_proto__":{"polluted":true},"$1":')
  }
}
