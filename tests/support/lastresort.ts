/**
 * Makes `server/render/lastresort.ttf`, a font that draws an empty box for every character. As the last fallback it shows
 * a character that no other font has as a box, which can still be read aloud, searched and copied. Without it Typst
 * refuses to write PDF/UA. The one published font that covers all of Unicode as it does is in no package registry, and
 * weighs 600 kB.
 */
const lastResort = 'Parley Last Resort'

export function lastResortFont(): Buffer {
  const box = glyph()
  return sfnt({
    'OS/2': os2(),
    cmap: cmap(),
    // .notdef, the box, and an empty glyph for spaces and for what Typst uses as invisible characters.
    glyf: Buffer.concat([box, box]),
    head: head(),
    hhea: hhea(),
    hmtx: u16(width, left, width, left, width / 4, 0),
    loca: u32(0, box.length, 2 * box.length, 2 * box.length),
    maxp: Buffer.concat([u32(0x00010000), u16(3, 8, 2, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0)]),
    name: name(),
    post: u32(0x00030000, 0, 0, 0, 0, 0, 0, 0),
  })
}

/** In 1/1000 em: the width of an ideograph, and the box within it. */
const width = 1000
const left = 100
const [right, top, bottom, stroke] = [900, 800, -40, 50]

/** Two contours: the outer edge clockwise, the inner one the other way round. */
function glyph(): Buffer {
  const points = [
    [left, bottom],
    [left, top],
    [right, top],
    [right, bottom],
    [left + stroke, bottom + stroke],
    [right - stroke, bottom + stroke],
    [right - stroke, top - stroke],
    [left + stroke, top - stroke],
  ] as const
  const steps = (axis: 0 | 1) => points.map((point, at) => point[axis] - (points[at - 1]?.[axis] ?? 0))
  return Buffer.concat([
    u16(2, left, bottom, right, top),
    u16(3, 7, 0),
    // Every point is on the curve, with 16-bit coordinates.
    Buffer.alloc(points.length, 1),
    u16(...steps(0)),
    u16(...steps(1)),
  ])
}

/** Format 13, many characters to one glyph: all of Unicode but the surrogates. */
function cmap(): Buffer {
  const groups = [
    [0x20, 0x20, 2],
    [0x21, 0xd7ff, 1],
    [0xe000, 0x10ffff, 1],
  ] as const
  const table = u32(16 + 12 * groups.length, 0, groups.length, ...groups.flat())
  return Buffer.concat([u16(0, 1, 3, 10), u32(12), u16(13, 0), table])
}

function head(): Buffer {
  return Buffer.concat([
    u32(0x00010000, 0x00010000, 0, 0x5f0f3cf5),
    u16(0b11, 1000),
    u32(0, 0, 0, 0),
    // The last three: direction hint, long offsets in `loca`, glyph format.
    u16(left, bottom, right, top, 0, 8, 2, 1, 0),
  ])
}

function hhea(): Buffer {
  return Buffer.concat([u32(0x00010000), u16(880, -120, 0, width, left, left, right, 1, 0, 0, 0, 0, 0, 0, 0, 3)])
}

function os2(): Buffer {
  return Buffer.concat([
    // Version 4, regular weight and width, may be embedded.
    u16(4, width, 400, 5, 0, 650, 600, 0, 75, 650, 600, 0, 350, 50, 300, 0),
    Buffer.alloc(10),
    u32(0, 0, 0, 0),
    Buffer.from('PRLY', 'latin1'),
    u16(0x40, 0x20, 0xffff, 880, -120, 0, 880, 120),
    u32(0, 0),
    u16(500, 700, 0, 0x20, 0),
  ])
}

function name(): Buffer {
  const records = ([1, 2, 4, 6] as const).map((id) => {
    const text = { 1: lastResort, 2: 'Regular', 4: lastResort, 6: lastResort.replaceAll(' ', '') }[id]
    return { id, text: Buffer.from(text, 'utf16le').swap16() }
  })
  let at = 0
  const directory = records.map(({ id, text }) => {
    at += text.length
    return u16(3, 1, 0x0409, id, text.length, at - text.length)
  })
  return Buffer.concat([
    u16(0, records.length, 6 + 12 * records.length),
    ...directory,
    ...records.map((record) => record.text),
  ])
}

function sfnt(tables: Record<string, Buffer>): Buffer {
  const entries = Object.entries(tables).sort(([one], [other]) => (one < other ? -1 : 1))
  const power = Math.floor(Math.log2(entries.length))
  const search = 16 * 2 ** power
  let at = 12 + 16 * entries.length
  const directory: Buffer[] = []
  const bodies: Buffer[] = []
  for (const [tag, body] of entries) {
    const padded = Buffer.concat([body, Buffer.alloc(-body.length & 3)])
    directory.push(Buffer.from(tag, 'latin1'), u32(checksum(padded), at, body.length))
    bodies.push(padded)
    at += padded.length
  }
  return Buffer.concat([
    u32(0x00010000),
    u16(entries.length, search, power, 16 * entries.length - search),
    ...directory,
    ...bodies,
  ])
}

function checksum(table: Buffer): number {
  let sum = 0
  for (let at = 0; at < table.length; at += 4) sum = (sum + table.readUInt32BE(at)) >>> 0
  return sum
}

/** 16-bit big-endian values, signed ones too. */
function u16(...values: number[]): Buffer {
  const bytes = Buffer.alloc(2 * values.length)
  values.forEach((value, at) => {
    bytes.writeUInt16BE(value & 0xffff, 2 * at)
  })
  return bytes
}

function u32(...values: number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length)
  values.forEach((value, at) => {
    bytes.writeUInt32BE(value >>> 0, 4 * at)
  })
  return bytes
}
