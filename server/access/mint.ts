import { nanoid } from 'nanoid'

/** Letters and digits: an id goes into links, file names and command lines. */
export function mintId(): string {
  for (;;) {
    const id = nanoid(12)
    if (/^[A-Za-z0-9]+$/.test(id)) return id
  }
}
