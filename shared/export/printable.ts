/**
 * Text that every format can hold: line breaks of all kinds are `\n`, and control characters and halves of characters
 * are gone, because XML, HTML and calendar files have no way to say them. Nothing that anybody can see is lost.
 */
export function printable(text: string): string {
  return text
    .replace(/\r\n?|[\u0085\u2028\u2029]/g, '\n')
    .replace(/[\v\f]/g, ' ')
    .replace(/[^\P{Cc}\n\t]/gu, '')
    .replace(/\p{Surrogate}/gu, '\uFFFD')
}

/** The same on one line. */
export function printableLine(text: string): string {
  return printable(text).replace(/[\n\t]+/g, ' ')
}
