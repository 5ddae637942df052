/**
 * A frame of our protocol as a binary WebSocket message from a server: unmasked, whole, not compressed (RFC 6455, 5.2).
 * It is one buffer, built once for all to whom a frame is sent in a row: a separate header would cost each of them a
 * second one.
 */
export function packetOf(frame: Uint8Array): Uint8Array {
  if (frame !== recent?.frame) recent = { frame, packet: pack(frame) }
  return recent.packet
}

/** A larger frame is better written by ws, which does not copy it, bytes. */
export const largestPacket = 64 * 2 ** 10 - 1

let recent: { readonly frame: Uint8Array; readonly packet: Uint8Array } | null = null

function pack(frame: Uint8Array): Uint8Array {
  const { length } = frame
  const head = length < 126 ? 2 : 4
  const packet = new Uint8Array(head + length)
  packet[0] = 0x82
  if (head === 2) packet[1] = length
  else {
    packet[1] = 126
    new DataView(packet.buffer).setUint16(2, length)
  }
  packet.set(frame, head)
  return packet
}
