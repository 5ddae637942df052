import type { Agenda } from '../domain/agenda.ts'

/** The canonical agenda as a file: two-space JSON with a final newline, keys in the order of the format. */
export function toJson(agenda: Agenda): string {
  return `${JSON.stringify(agenda, null, 2)}\n`
}
