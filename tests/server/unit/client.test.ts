import { expect, test } from 'vitest'
import { isForwarded, isLoopback, networkOf, trusting } from '../../../server/access/client.ts'

test('a proxy is trusted by its address or subnet, in whatever form the socket has it', () => {
  const trusts = trusting({ addresses: ['10.0.0.7', '192.168.0.0/24', 'fd00::/8'] })
  for (const address of ['10.0.0.7', '::ffff:10.0.0.7', '192.168.0.200', 'fd12::1'])
    expect(trusts(address, 3)).toBe(true)
  for (const address of ['10.0.0.8', '192.168.1.1', 'fe80::1', '10.0.0.7:80', 'unknown', '']) {
    expect(trusts(address, 0)).toBe(false)
  }
})

test('by their number, so many are trusted, whoever they are; without either, nobody', () => {
  const trusts = trusting({ hops: 2 })
  expect([0, 1, 2].map((hop) => trusts('203.0.113.9', hop))).toEqual([true, true, false])
  expect(trusting(null)('127.0.0.1', 0)).toBe(false)
})

test('this machine is known in whatever form, and nothing else passes for it', () => {
  for (const address of ['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1']) expect(isLoopback(address)).toBe(true)
  for (const address of ['128.0.0.1', '::2', 'localhost', '127.0.0.1.example.org', '']) {
    expect(isLoopback(address)).toBe(false)
  }
})

test('a request that a proxy has passed on is known by any of the headers that proxies write', () => {
  expect(isForwarded({ host: 'parley.example.org', 'user-agent': 'curl' })).toBe(false)
  for (const name of ['x-forwarded-for', 'forwarded', 'x-real-ip', 'via'])
    expect(isForwarded({ [name]: '' })).toBe(true)
})

test('one machine is one network, however many addresses of IPv6 it gives itself', () => {
  const alike = ['2001:db8:1:2::1', '2001:db8:1:2:ffff:ffff:ffff:ffff', '2001:0db8:0001:0002::', '2001:db8:1:2::1%eth0']
  expect(new Set(alike.map(networkOf))).toEqual(new Set(['2001:db8:1:2']))
  for (const other of ['2001:db8:1:3::1', '::1', 'fe80::1']) expect(networkOf(other)).not.toBe('2001:db8:1:2')
  for (const other of ['203.0.113.9', '::ffff:203.0.113.9']) expect(networkOf(other)).toBe(other)
})
