import { expect, test, vi } from 'vitest'
import * as Y from 'yjs'
import { inspect } from '../../shared/wire/inspect.ts'
import { compact } from '../../shared/wire/sync.ts'
import { counted } from '../../shared/wire/yjs.ts'
import { rivalries, updatesOf } from '../support/rivals.ts'

/** A document with two texts, `kept` and `gone`, in one entry. */
function two(): { doc: Y.Doc; base: Uint8Array } {
  const seed = new Y.Doc()
  seed.clientID = 1
  const entry = new Y.Map<Y.Text>()
  seed.getMap('items').set('entry', entry)
  for (const name of ['kept', 'gone']) entry.set(name, new Y.Text(name))
  const base = Y.encodeStateAsUpdate(seed)
  const doc = new Y.Doc()
  doc.clientID = 11
  Y.applyUpdate(doc, base)
  return { doc, base }
}
const entryOf = (doc: Y.Doc) => doc.getMap('items').get('entry') as Y.Map<Y.Text>
const wordsOf = (doc: Y.Doc) => String(entryOf(doc).get('kept'))
const after = (...updates: Uint8Array[]) => {
  const doc = new Y.Doc()
  for (const update of updates) Y.applyUpdate(doc, update)
  return doc
}

/** A letter of a stranger behind the last of `kept`, whose right neighbour is a letter of `gone`. */
function between(doc: Y.Doc): Uint8Array {
  const last = (name: string) => {
    const item = (entryOf(doc).get(name) as unknown as { _start: Y.Item })._start
    return Y.createID(item.id.client, item.id.clock + item.length - 1)
  }
  const encoder = new Y.UpdateEncoderV1()
  for (const n of [1, 1, 66, 0]) encoder.restEncoder.cbuf[encoder.restEncoder.cpos++] = n
  const content = new Y.ContentString('X')
  new Y.Item(Y.createID(66, 0), null, last('kept'), null, last('gone'), null, null, content).write(encoder, 0)
  encoder.restEncoder.cbuf[encoder.restEncoder.cpos++] = 0
  return encoder.toUint8Array()
}

test('P1: what others write behind a letter with neighbours in two texts stays when one of these is deleted', () => {
  const { doc, base } = two()
  const hostile = between(doc)
  expect(inspect(hostile)).not.toBeNull()
  const log = [base, hostile]
  doc.on('update', (update: Uint8Array) => log.push(update))
  Y.applyUpdate(doc, hostile)
  entryOf(doc).get('kept')!.insert(5, ' honest')
  entryOf(doc).delete('gone')
  expect(wordsOf(doc)).toBe('keptX honest')
  expect(wordsOf(after(...log))).toBe('keptX honest')
  expect(wordsOf(after(compact(log)))).toBe('keptX honest')
  expect(wordsOf(after(Y.encodeStateAsUpdate(doc)))).toBe('keptX honest')
})

test('P1: nor is it of any matter whether that one was collected before', () => {
  const { doc, base } = two()
  const hostile = between(doc)
  const log = [base]
  doc.on('update', (update: Uint8Array) => log.push(update))
  entryOf(doc).delete('gone')
  const collected = Y.encodeStateAsUpdate(doc)
  // Whoever has it still, and whoever has collected it, see the same, and what is typed behind it is there for both.
  const late = after(base, hostile)
  late.clientID = 12
  Y.applyUpdate(late, collected)
  entryOf(late).get('kept')!.insert(5, ' honest')
  Y.applyUpdate(doc, hostile)
  Y.applyUpdate(doc, Y.encodeStateAsUpdate(late))
  expect([wordsOf(late), wordsOf(doc)]).toEqual(['keptX honest', 'keptX honest'])
  expect(wordsOf(after(compact([collected, Y.encodeStateAsUpdate(late)])))).toBe('keptX honest')
})

test.each(Object.keys(rivalries))('in haste a document of %s is read at a price, with all that is in it', (name) => {
  const updates = updatesOf(rivalries[name]!(300), 100)
  const open = () => {
    const doc = new Y.Doc()
    for (const update of updates) Y.applyUpdate(doc, update)
    return doc
  }
  const lettersOf = (doc: Y.Doc) =>
    [...JSON.stringify([doc.getText('glossary'), doc.getMap('meta').get('text')])].sort()
  const whole = counted(open)
  // Yjs puts every item that it passes into sets.
  const passed = vi.spyOn(Set.prototype, 'add')
  const hasty = counted(open, 1000)
  expect(passed.mock.calls.length).toBeLessThan(20_000)
  passed.mockRestore()
  expect(whole.steps).toBeGreaterThan(hasty.steps)
  expect(lettersOf(hasty.result)).toEqual(lettersOf(whole.result))
  // Where there is no haste, nothing is different.
  expect(Y.encodeStateAsUpdate(open())).toEqual(Y.encodeStateAsUpdate(whole.result))
})
