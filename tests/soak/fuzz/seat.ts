import { WebSocket } from 'ws'
import { acknowledgeType, encodeAcknowledge, lackingType } from '../../../shared/wire/frame.ts'
import { soon } from '../../support/patience.ts'
import { below, chance, type Dice, pick } from './dice.ts'
import type { Ground, Hostile } from './ground.ts'
import { announcement } from './presence.ts'

/** A connection of somebody hostile. Of what comes down it only answers to questions are read. */
export interface Seat {
  /** Its Yjs client id. */
  readonly own: number
  /** Inputs that were sent over it. */
  sent(): number
  /** The code with which it has ended. */
  ended(): number | null
  /** Sends a frame and a question behind it. Null when the question is answered, so that the frame was looked at; or the end. */
  try(frame: Uint8Array | string): Promise<number | null>
  leave(): Promise<void>
}

/** Opens a connection in one way or another. It may have ended at once. */
export async function openSeat(random: Dice, ground: Ground, by: Hostile): Promise<Seat> {
  const address = `ws://127.0.0.1:${ground.server.port}/sync/${ground.meeting}/agenda`
  const query = chance(random, 0.7)
    ? ''
    : pick(random, ['?epoch=1', '?epoch=1', '?vector=AA', '?vector=_____w', '?epoch=99'])
  const socket = new WebSocket(`${address}${query}`, { headers: { cookie: by.cookie }, perMessageDeflate: false })
  const own = 1 + below(random, 2 ** 31)
  let code: number | null = null
  let questions = 0
  let sent = 0
  let answer = () => {}
  const closed = new Promise<void>((resolve) => {
    socket.on('close', (said) => {
      code = said
      resolve()
    })
  })
  socket.on('error', () => {})
  socket.on('message', (data: Buffer) => {
    // The one question that is open is the last.
    const own = data[0] === acknowledgeType && data.length === 6 && data.readUint32BE(2) === questions
    if (own || data[0] === lackingType) answer()
  })
  await soon('a hostile connection', Promise.race([closed, new Promise((resolve) => socket.once('open', resolve))]))
  const say = async (frame: Uint8Array | string): Promise<number | null> => {
    if (code !== null) return code
    questions += 1
    const question = Buffer.alloc(4)
    question.writeUint32BE(questions)
    const answered = new Promise<void>((resolve) => {
      answer = resolve
    })
    socket.send(frame)
    socket.send(encodeAcknowledge(question))
    await soon(() => `an answer to ${describeFrame(frame)}`, Promise.race([closed, answered]))
    return code
  }
  if (chance(random, 0.6)) await say(announcement(own))
  return {
    own,
    sent: () => sent,
    ended: () => code,
    try(frame) {
      sent += 1
      return say(frame)
    },
    async leave() {
      socket.terminate()
      await closed
    },
  }
}

export function describeFrame(frame: Uint8Array | string): string {
  return typeof frame === 'string' ? frame : Buffer.from(frame.subarray(0, 3000)).toString('base64')
}
