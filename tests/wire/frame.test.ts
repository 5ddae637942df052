import fc from 'fast-check'
import { createDecoder } from 'lib0/decoding'
import { createEncoder, toUint8Array, writeVarUint } from 'lib0/encoding'
import { describe, expect, test } from 'vitest'
import { Awareness, applyAwarenessUpdate, encodeAwarenessUpdate } from 'y-protocols/awareness'
import * as sync from 'y-protocols/sync'
import * as Y from 'yjs'
import {
  decode,
  encodeAcknowledge,
  encodeAwareness,
  encodeStep1,
  encodeStep2,
  encodeUpdate,
} from '../../shared/wire/frame.ts'

function framed(type: number, write: (encoder: ReturnType<typeof createEncoder>) => void): Uint8Array {
  const encoder = createEncoder()
  writeVarUint(encoder, type)
  write(encoder)
  return toUint8Array(encoder)
}

describe('frames', () => {
  test('decoding never throws, whatever the bytes', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ maxLength: 80 }),
          fc.uint8Array({ maxLength: 40 }).map((rest) => Uint8Array.of(1, rest.length, ...rest)),
        ),
        (bytes) => {
          expect(() => decode(bytes)).not.toThrow()
        },
      ),
      { numRuns: 10_000 },
    )
  })

  test('what y-protocols writes is read, and what is written y-protocols reads', () => {
    const doc = new Y.Doc()
    doc.getText('words').insert(0, '人工智能 dialogue')
    const step1 = decode(framed(0, (encoder) => sync.writeSyncStep1(encoder, doc)))
    expect(step1).toEqual({ type: 'step-1', vector: Y.decodeStateVector(Y.encodeStateVector(doc)) })
    const state = Y.encodeStateAsUpdate(doc)
    expect(decode(framed(0, (encoder) => sync.writeSyncStep2(encoder, doc)))).toEqual({ type: 'step-2', update: state })
    expect(decode(framed(0, (encoder) => sync.writeUpdate(encoder, state)))).toEqual({ type: 'update', update: state })

    const other = new Y.Doc()
    for (const frame of [encodeStep2(state), encodeUpdate(state), encodeStep1(new Map([[3, 4]]))]) {
      const decoder = createDecoder(frame)
      decoder.pos = 1
      sync.readSyncMessage(decoder, createEncoder(), other, null)
    }
    expect(other.getText('words').toString()).toBe('人工智能 dialogue')
  })

  test('awareness goes both ways, and no entries at all is a frame too', () => {
    const awareness = new Awareness(new Y.Doc())
    awareness.setLocalState({ user: { name: '代表' } })
    const message = decode(
      framed(1, (encoder) => {
        const update = encodeAwarenessUpdate(awareness, [awareness.clientID])
        writeVarUint(encoder, update.length)
        for (const byte of update) encoder.cbuf[encoder.cpos++] = byte
      }),
    )
    expect(message).toMatchObject({ type: 'awareness', entries: [{ client: awareness.clientID, clock: 1 }] })

    const peer = new Awareness(new Y.Doc())
    const frame = encodeAwareness([{ client: 5, clock: 9, state: '{"user":{"name":"美方"}}' }])
    applyAwarenessUpdate(peer, frame.subarray(2), null)
    expect(peer.getStates().get(5)).toEqual({ user: { name: '美方' } })
    expect(decode(encodeAwareness([]))).toEqual({ type: 'awareness', entries: [] })
    for (const one of [awareness, peer]) one.destroy()
  })

  test('an acknowledgement carries its payload there and back', () => {
    expect(decode(encodeAcknowledge(Uint8Array.of(1, 2, 3)))).toEqual({
      type: 'acknowledge',
      payload: Uint8Array.of(1, 2, 3),
    })
  })

  test.each([
    ['nothing', []],
    ['a type that is not ours', [2, 0]],
    ['a sync step that does not exist', [0, 3, 0]],
    ['a length beyond the frame', [0, 2, 200, 1]],
    ['a second message in the frame', [3, 3]],
    ['a state vector that claims more than it holds', [0, 0, 1, 255]],
    ['a number padded without end', [0, 2, ...Array(40).fill(128), 0]],
    ['an awareness state that is not UTF-8', [1, 5, 1, 1, 1, 1, 255]],
  ])('%s is refused', (_name, bytes) => {
    expect(decode(Uint8Array.from(bytes as number[]))).toBeNull()
  })
})
