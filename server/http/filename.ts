import { create } from 'content-disposition'

/** A Content-Disposition header: an ASCII fallback for old programs, and the real name. `inline` displays the file. */
export function disposition(name: string, inline = false): string {
  const letters = name
    .replace(/[^\x20-\x7e]+/g, ' ')
    .replace(/["\\%]/g, '_')
    .trim()
  // A Chinese name is reduced to its date and its extension.
  const fallback = (/^[a-z]/i.test(letters) ? letters : `agenda ${letters}`).replace(/ +(?=[ .])/g, '')
  return create(name, { type: inline ? 'inline' : 'attachment', fallback })
}
