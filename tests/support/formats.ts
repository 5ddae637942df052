import type { Format } from '../../shared/export/formats.ts'

/** What a file of each format says it is, and how it begins. Letters may be of either case. */
export const kindsOfFile: Record<Format, readonly [mediaType: string, start: string]> = {
  json: ['application/json; charset=utf-8', '{\n  "format"'],
  md: ['text/markdown; charset=utf-8', '# '],
  html: ['text/html; charset=utf-8', '<!doctype html>'],
  docx: ['application/vnd.openxmlformats-officedocument.wordprocessingml.document', 'PK'],
  pdf: ['application/pdf', '%PDF-'],
  ics: ['text/calendar; charset=utf-8', 'BEGIN:VCALENDAR\r\n'],
}

/** Whether a file begins as one of that format does. A byte order mark is no part of its text. */
export function beginsAs(format: Format, bytes: Uint8Array): boolean {
  const [, start] = kindsOfFile[format]
  return new TextDecoder().decode(bytes.subarray(0, 100)).toLowerCase().startsWith(start.toLowerCase())
}
