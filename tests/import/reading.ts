import { readFileSync } from 'node:fs'
import { expect } from 'vitest'
import { type Agenda, type Item, type Language, type Mark, proseText } from '../../shared/domain/agenda.ts'
import { timeOf } from '../../shared/domain/clock.ts'
import { itemFlags } from '../../shared/domain/fields.ts'
import { timetable } from '../../shared/domain/timetable.ts'
import { toJson } from '../../shared/export/json.ts'
import { fromJson } from '../../shared/export/parse.ts'
import { readHeading } from '../../shared/import/agenda/heading.ts'
import { readParagraph } from '../../shared/import/agenda/paragraph.ts'
import { openState, type State } from '../../shared/import/agenda/state.ts'
import { readAgendaFile } from '../../shared/import/file.ts'
import { plainLine, type Written } from '../../shared/import/passage.ts'
import type { FileLine, ReadOptions, Understanding } from '../../shared/import/understanding.ts'
import { counter } from '../support/agenda.ts'

export function options(): ReadOptions {
  return {
    language: 'en',
    newId: counter('read-'),
    zones: { venue: 'Asia/Singapore', us: 'America/New_York', cn: 'Asia/Shanghai' },
    today: '2026-02-01',
  }
}

export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

export function read(
  name: string,
  content: string | Uint8Array,
  changes: Partial<ReadOptions> = {},
): Promise<Understanding> {
  const bytes = typeof content === 'string' ? bytesOf(content) : content
  return readAgendaFile({ name, bytes }, { ...options(), ...changes })
}

/** Reads what must be understood; whatever is understood keeps to the format. */
export async function understood(
  name: string,
  content: string | Uint8Array,
  changes: Partial<ReadOptions> = {},
): Promise<{ agenda: Agenda; lines: readonly FileLine[] }> {
  const result = await read(name, content, changes)
  if (result.status !== 'understood') throw new Error(result.message)
  canonical(result.agenda)
  return result
}

export function canonical(agenda: Agenda): void {
  expect(fromJson(toJson(agenda))).toMatchObject({ ok: true })
}

export function fixture(name: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(`files/${name}`, import.meta.url)))
}

/** `09:30–10:45 Opening / 开幕` for each item of each day. */
export function programme(agenda: Agenda): string[][] {
  return agenda.days.map((day) =>
    timetable(day).slots.map(({ item, start, end }) => `${timeOf(start)}–${timeOf(end)} ${both(item.title)}`),
  )
}

export function both({ en, zh }: { en: string; zh: string }): string {
  return [en, zh].filter((text) => text !== '').join(' / ')
}

/** What a copy in `languages` carries of an item, without ids and in no order of people. */
export function itemFacts(agenda: Agenda, item: Item, languages: readonly Language[]): unknown {
  const shown = (pair: { en: string; zh: string }) => languages.map((language) => pair[language])
  const names = new Map(agenda.people.map((person) => [person.id, shown(person.name).join(' / ')]))
  const prose = (name: 'objective' | 'questions' | 'output') =>
    languages.map((language) => proseText(item[name][language]))
  return {
    title: shown(item.title),
    kind: item.kind,
    // Copies name neither of the two topics that say least.
    topic: item.topic === 'logistics' ? 'other' : item.topic,
    minutes: item.minutes,
    interpretation: item.interpretation,
    flags: itemFlags.filter((flag) => item[flag]),
    proposedBy: item.proposedBy,
    objective: prose('objective'),
    questions: prose('questions'),
    output: prose('output'),
    roles: item.roles.map((role) => `${role.role}: ${names.get(role.person)}`).sort(),
    readings: item.readings.map((reading) => [shown(reading.title), reading.url]),
  }
}

export function peopleFacts(agenda: Agenda, languages: readonly Language[]): unknown[] {
  return agenda.people
    .map(({ name, affiliation, side, sector }) => ({
      name: languages.map((language) => name[language]),
      affiliation: languages.map((language) => affiliation[language]),
      side,
      sector,
    }))
    .sort((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)))
}

/** A line of a file, with marks on all of it. */
export function written(text: string, ...marks: Mark[]): Written {
  const line = plainLine({ type: 'line', number: 1 }, text)
  return { ...line, runs: line.runs.map((run) => (marks.length > 0 ? { ...run, marks } : run)) }
}

/** How far a file has been read after these lines, each a paragraph of its own; `# ` begins a heading. */
export function stateAfter(...lines: readonly string[]): State {
  const state = openState(options())
  for (const text of lines) {
    const level = /^#*/.exec(text)![0].length
    if (level > 0) readHeading(state, { type: 'heading', level, lines: [written(text.slice(level).trim())] })
    else readParagraph(state, [written(text)])
  }
  return state
}

/** `Line 3: item ← 09:00 Opening`, `Line 4: unused, empty ← TBC` for each line of a file. */
export function account(lines: readonly FileLine[]): string[] {
  return lines.map(({ where, text, outcome }) =>
    outcome.type === 'used' ? `${where}: ${outcome.as} ← ${text}` : `${where}: unused, ${outcome.why} ← ${text}`,
  )
}
