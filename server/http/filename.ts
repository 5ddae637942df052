import { create } from 'content-disposition'

/** A Content-Disposition header: plain letters for old programs, and the true name. `inline` shows it. */
export function disposition(name: string, inline = false): string {
  const letters = name
    .replace(/[^\x20-\x7e]+/g, ' ')
    .replace(/["\\%]/g, '_')
    .trim()
  // What is left of a Chinese name is its date and its ending.
  const fallback = (/^[a-z]/i.test(letters) ? letters : `agenda ${letters}`).replace(/ +(?=[ .])/g, '')
  return create(name, { type: inline ? 'inline' : 'attachment', fallback })
}
