/** A Content-Disposition header (RFC 6266): plain letters for old programs, and the true name. `inline` shows it. */
export function disposition(name: string, inline = false): string {
  const letters = name
    .replace(/[^\x20-\x7e]+/g, ' ')
    .replace(/["\\%]/g, '_')
    .trim()
  // What is left of a Chinese name is its date and its ending.
  const plain = (/^[a-z]/i.test(letters) ? letters : `agenda ${letters}`).replace(/ +(?=[ .])/g, '')
  const full = encodeURIComponent(name).replace(
    /['()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return `${inline ? 'inline' : 'attachment'}; filename="${plain}"; filename*=UTF-8''${full}`
}
