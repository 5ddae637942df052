import fc from 'fast-check'
import * as Y from 'yjs'

/** What a replica does, as data, so that a failure prints and shrinks. */
export type Deed =
  | { type: 'type'; at: number; text: string }
  | { type: 'erase'; at: number; length: number }
  | { type: 'set'; key: string; value: unknown }
  | { type: 'unset'; key: string }
  | { type: 'bold'; at: number; length: number }
  | { type: 'paragraph'; at: number; text: string }
  | { type: 'list'; value: unknown }
  | { type: 'nest'; key: string }
  | { type: 'bytes'; length: number }
  | { type: 'meet' }

const value = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.double({ noNaN: true }),
  fc.integer(),
  fc.bigInt({ min: -(2n ** 60n), max: 2n ** 60n }),
  fc.constant(undefined),
)
const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 12 })

export const deed: fc.Arbitrary<Deed> = fc.oneof(
  fc.record({ type: fc.constant('type' as const), at: fc.nat(200), text }),
  fc.record({ type: fc.constant('erase' as const), at: fc.nat(200), length: fc.integer({ min: 1, max: 9 }) }),
  fc.record({ type: fc.constant('set' as const), key: fc.constantFrom('a', 'b', '标题'), value }),
  fc.record({ type: fc.constant('unset' as const), key: fc.constantFrom('a', 'b', '标题') }),
  fc.record({ type: fc.constant('bold' as const), at: fc.nat(200), length: fc.integer({ min: 1, max: 9 }) }),
  fc.record({ type: fc.constant('paragraph' as const), at: fc.nat(20), text }),
  fc.record({ type: fc.constant('list' as const), value }),
  fc.record({ type: fc.constant('nest' as const), key: fc.constantFrom('m', 'n') }),
  fc.record({ type: fc.constant('bytes' as const), length: fc.nat(20) }),
  fc.record({ type: fc.constant('meet' as const) }),
)

/** Two replicas doing these deeds in turn; every update that either sent, in order. */
export function updatesOf(deeds: readonly Deed[]): { updates: Uint8Array[]; docs: readonly [Y.Doc, Y.Doc] } {
  const docs = [new Y.Doc(), new Y.Doc()] as const
  docs[0].clientID = 11
  docs[1].clientID = 4_000_000_007
  const updates: Uint8Array[] = []
  for (const doc of docs) {
    doc.on('update', (update: Uint8Array, origin: unknown) => {
      if (origin !== 'meet') updates.push(update)
    })
  }
  deeds.forEach((one, turn) => {
    if (one.type === 'meet') meet(docs)
    else perform(docs[turn % 2 === 0 ? 0 : 1], one)
  })
  meet(docs)
  return { updates, docs }
}

export function meet(docs: readonly [Y.Doc, Y.Doc]): void {
  Y.applyUpdate(docs[0], Y.encodeStateAsUpdate(docs[1]), 'meet')
  Y.applyUpdate(docs[1], Y.encodeStateAsUpdate(docs[0]), 'meet')
}

function perform(doc: Y.Doc, one: Exclude<Deed, { type: 'meet' }>): void {
  const words = doc.getText('words')
  const map = doc.getMap<unknown>('map')
  const prose = doc.getXmlFragment('prose')
  // Never within a character of two UTF-16 units, as no editor does: Yjs puts U+FFFD in place of both halves where a
  // format splits one, and whether replicas split there depends on the order in which updates come.
  const whole = (at: number): number => {
    const text = words.toString()
    const within = at > 0 && at < text.length && /[\uD800-\uDBFF][\uDC00-\uDFFF]/.test(text.slice(at - 1, at + 1))
    return within ? at + 1 : Math.min(at, text.length)
  }
  switch (one.type) {
    case 'type':
      words.insert(whole(one.at), one.text)
      return
    case 'erase': {
      const from = whole(one.at)
      const to = whole(one.at + one.length)
      if (from < to) words.delete(from, to - from)
      return
    }
    case 'bold': {
      const from = whole(one.at)
      const to = whole(one.at + one.length)
      if (from < to) words.format(from, to - from, { bold: true })
      return
    }
    case 'set':
      map.set(one.key, one.value)
      return
    case 'unset':
      map.delete(one.key)
      return
    case 'paragraph': {
      const paragraph = new Y.XmlElement('paragraph')
      const line = new Y.XmlText()
      line.insert(0, one.text)
      paragraph.insert(0, [line])
      prose.insert(Math.min(one.at, prose.length), [paragraph])
      if (prose.length > 3) prose.delete(0, 1)
      return
    }
    case 'list':
      doc.getArray<unknown>('list').push([plain(one.value), plain(one.value)])
      return
    case 'nest':
      map.set(one.key, new Y.Map([['inner', new Y.Text('x')]]))
      return
    case 'bytes':
      map.set('bytes', new Uint8Array(one.length))
      return
  }
}

/** Arrays take no undefined and no bigint. */
function plain(value: unknown): unknown {
  return value === undefined || typeof value === 'bigint' ? null : value
}
