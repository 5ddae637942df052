/**
 * Sets the time of every entry of a ZIP archive to `at` (milliseconds since 1970, shown as UTC) instead of the packer's
 * clock. So the same copy has the same bytes tomorrow, and its hash can be quoted. Changes `zip` in place. Layout:
 * APPNOTE.TXT 4.3; the end record has no comment in archives that we make.
 */
export function stampZip(zip: Uint8Array, at: number): Uint8Array {
  const view = new DataView(zip.buffer, zip.byteOffset, zip.byteLength)
  const moment = new Date(Math.max(at, Date.UTC(1980, 0, 1)))
  const time = (moment.getUTCHours() << 11) | (moment.getUTCMinutes() << 5) | (moment.getUTCSeconds() >> 1)
  const date = ((moment.getUTCFullYear() - 1980) << 9) | ((moment.getUTCMonth() + 1) << 5) | moment.getUTCDate()
  const stamp = (offset: number) => {
    view.setUint16(offset, time, true)
    view.setUint16(offset + 2, date, true)
  }
  const end = zip.byteLength - 22
  if (end < 0 || view.getUint32(end, true) !== 0x06054b50) throw new Error('not an archive of ours')
  let entry = view.getUint32(end + 16, true)
  for (let left = view.getUint16(end + 10, true); left > 0; left--) {
    stamp(entry + 12)
    stamp(view.getUint32(entry + 42, true) + 10)
    const named = view.getUint16(entry + 28, true) + view.getUint16(entry + 30, true) + view.getUint16(entry + 32, true)
    entry += 46 + named
  }
  return zip
}
