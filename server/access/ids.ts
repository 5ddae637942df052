import { nanoid } from 'nanoid'

/** Only letters and digits, because ids go into links, file names and command lines. */
export function newId(): string {
  for (;;) {
    const id = nanoid(12)
    if (/^[A-Za-z0-9]+$/.test(id)) return id
  }
}
