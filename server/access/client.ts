import type { IncomingHttpHeaders } from 'node:http'
import { BlockList, isIP } from 'node:net'

/**
 * The proxies that requests come through: their addresses and subnets, or how many there are. With a number, whoever reaches
 * the port past them can claim any address.
 */
export type Proxies = { readonly hops: number } | { readonly addresses: readonly string[] }

/** Whether an address is that of a proxy of ours. `hop`: 0 for who has connected, 1 for whom that proxy names, and so on. */
export type Trusts = (address: string, hop: number) => boolean

const most = { 4: 32, 6: 128 } as const

/** Null unless it is an address or a subnet. */
export function subnetOf(text: string): { readonly address: string; readonly bits: number } | null {
  const [address = '', bits, ...more] = text.split('/')
  const version = isIP(address)
  if (version === 0 || more.length > 0) return null
  const longest = most[version as 4 | 6]
  if (bits === undefined) return { address, bits: longest }
  return /^\d{1,3}$/.test(bits) && Number(bits) <= longest ? { address, bits: Number(bits) } : null
}

export function trusting(proxies: Proxies | null): Trusts {
  if (proxies === null) return () => false
  if ('hops' in proxies) return (_address, hop) => hop < proxies.hops
  const list = new BlockList()
  for (const text of proxies.addresses) {
    const found = subnetOf(text)
    if (found !== null) list.addSubnet(found.address, found.bits, familyOf(found.address))
  }
  return (address) => isIP(address) !== 0 && list.check(address, familyOf(address))
}

/** What one household or institute has: of IPv6 the first 64 bits, which one machine may fill by itself. */
export function networkOf(address: string): string {
  if (isIP(address) !== 6 || address.includes('.')) return address
  const [head = '', tail] = address.replace(/%.*/, '').split('::')
  const groups = (text: string | undefined) => (text ? text.split(':') : [])
  const left = groups(head)
  const right = groups(tail)
  const all = [...left, ...Array.from({ length: 8 - left.length - right.length }, () => '0'), ...right]
  return all
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')
}

/** Whether a proxy has passed the request on, ours or not. */
export function isForwarded(headers: IncomingHttpHeaders): boolean {
  return ['x-forwarded-for', 'forwarded', 'x-real-ip', 'via'].some((name) => headers[name] !== undefined)
}

export function isLoopback(address: string): boolean {
  return isIP(address) !== 0 && loopback.check(address, familyOf(address))
}

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4'
}
