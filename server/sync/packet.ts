/**
 * A frame of our protocol as a binary WebSocket message from a server: unmasked, whole, not compressed (RFC 6455, 5.2).
 * It is one buffer, built once for all recipients: a separate header would cost each of them a second one.
 */
export function packetOf(frame: Uint8Array): Uint8Array {
  if (frame === recent?.frame) return recent.packet
  const packet = kept.get(frame) ?? pack(frame)
  // A broadcast sends the same frame to many clients in a row.
  if (frame.length <= largestRecent) recent = { frame, packet }
  // Large frames are mostly sync answers, which several clients get while `answers.ts` caches them.
  else kept.set(frame, packet)
  return packet
}

let recent: { readonly frame: Uint8Array; readonly packet: Uint8Array } | null = null
const largestRecent = 64 * 2 ** 10
const kept = new WeakMap<Uint8Array, Uint8Array>()

function pack(frame: Uint8Array): Uint8Array {
  const { length } = frame
  const head = length < 126 ? 2 : length < 65_536 ? 4 : 10
  const packet = new Uint8Array(head + length)
  const view = new DataView(packet.buffer)
  packet[0] = 0x82
  if (head === 2) packet[1] = length
  else if (head === 4) {
    packet[1] = 126
    view.setUint16(2, length)
  } else {
    packet[1] = 127
    view.setBigUint64(2, BigInt(length))
  }
  packet.set(frame, head)
  return packet
}
