import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isPublicAddress } from './address.ts';

const toHex = (byte: number): string => byte.toString(16).padStart(2, '0');

/** The last 32 bits of an IPv6 address, as two groups. */
function asGroups(ipv4: string): string {
  const [a = '', b = '', c = '', d = ''] = ipv4.split('.').map((part) => toHex(Number(part)));
  return `${a}${b}:${c}${d}`;
}

describe('an address of the public internet', () => {
  test.each([
    '1.1.1.1',
    '93.184.215.14',
    '100.63.255.255',
    '100.128.0.0',
    '172.15.255.255',
    '172.32.0.0',
    '198.17.255.255',
    '198.20.0.0',
    '223.255.255.255',
    '2606:2800:21f:cb07:6820:80da:af6b:8b2c',
    '2a00:1450:4001:81b::200e',
    '::ffff:93.184.215.14',
    '::ffff:5db8:d70e',
    '64:ff9b::5db8:d70e',
  ])('is %s', (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });
});

describe('no address of the public internet', () => {
  test.each([
    ['this host', '0.0.0.0'],
    ['this network', '0.1.2.3'],
    ['private', '10.0.0.1'],
    ['carrier-grade NAT', '100.64.0.1'],
    ['carrier-grade NAT, its end', '100.127.255.255'],
    ['loopback', '127.0.0.1'],
    ['loopback, its end', '127.255.255.255'],
    ['link-local', '169.254.0.1'],
    ['the metadata service of clouds', '169.254.169.254'],
    ['private', '172.16.0.1'],
    ['private', '172.31.255.255'],
    ['protocol assignments', '192.0.0.1'],
    ['documentation', '192.0.2.1'],
    ['6to4 relays', '192.88.99.1'],
    ['private', '192.168.1.1'],
    ['benchmarking', '198.18.0.1'],
    ['benchmarking, its end', '198.19.255.255'],
    ['documentation', '198.51.100.1'],
    ['documentation', '203.0.113.1'],
    ['multicast', '224.0.0.1'],
    ['reserved', '240.0.0.1'],
    ['broadcast', '255.255.255.255'],
    ['unspecified', '::'],
    ['loopback', '::1'],
    ['loopback in full', '0:0:0:0:0:0:0:1'],
    ['IPv4-compatible', '::127.0.0.1'],
    ['IPv4-compatible, though public', '::93.184.215.14'],
    ['IPv4-mapped', '::ffff:127.0.0.1'],
    ['IPv4-mapped in hex', '::ffff:7f00:1'],
    ['IPv4-mapped metadata service', '::ffff:a9fe:a9fe'],
    ['IPv4-translated', '::ffff:0:127.0.0.1'],
    ['NAT64 of loopback', '64:ff9b::7f00:1'],
    ['NAT64 of a private one', '64:ff9b::10.0.0.1'],
    ['NAT64 for local use', '64:ff9b:1::7f00:1'],
    ['NAT64 for local use, though public', '64:ff9b:1::5db8:d70e'],
    ['discard-only', '100::1'],
    ['6to4 of loopback', '2002:7f00:1::'],
    ['6to4, though public', '2002:5db8:d70e::1'],
    ['Teredo', '2001:0:5db8:d70e::1'],
    ['benchmarking', '2001:2::1'],
    ['ORCHID', '2001:10::1'],
    ['ORCHIDv2', '2001:20::1'],
    ['documentation', '2001:db8::1'],
    ['documentation', '3fff::1'],
    ['segment routing', '5f00::1'],
    ['not given out', '4000::1'],
    ['unique local', 'fc00::1'],
    ['unique local', 'fd12:3456:789a::1'],
    ['link-local', 'fe80::1'],
    ['link-local with a zone', 'fe80::1%eth0'],
    ['public with a zone', '2606:2800:21f::1%1'],
    ['site-local', 'fec0::1'],
    ['multicast', 'ff02::1'],
    ['ISATAP of loopback', '2606:2800:21f:1:0:5efe:7f00:1'],
    ['ISATAP, universal', '2606:2800:21f:1:200:5efe:127.0.0.1'],
    ['octal', '0177.0.0.1'],
    ['short', '127.1'],
    ['a number', '2130706433'],
    ['in brackets', '[2606:2800:21f::1]'],
    ['with a port', '93.184.215.14:443'],
    ['with a space', ' 93.184.215.14'],
    ['a name', 'example.com'],
    ['nothing', ''],
  ])('%s: %s', (_, address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  test('an IPv4 address is judged the same inside IPv6, in either spelling', () => {
    fc.assert(
      fc.property(fc.ipV4(), (ipv4) => {
        const verdict = isPublicAddress(ipv4);
        expect(isPublicAddress(`::ffff:${ipv4}`)).toBe(verdict);
        expect(isPublicAddress(`::ffff:${asGroups(ipv4)}`)).toBe(verdict);
        expect(isPublicAddress(`64:ff9b::${asGroups(ipv4)}`)).toBe(verdict);
      }),
    );
  });

  test('no IPv6 address outside 2000::/3 is public, except for an embedded IPv4 address', () => {
    fc.assert(
      fc.property(fc.ipV6(), (ipv6) => {
        const first = Number.parseInt(ipv6.split(':')[0] || '0', 16);
        if (ipv6.startsWith('::ffff:') || ipv6.startsWith('64:ff9b:')) return;
        if (first >> 13 !== 1) expect(isPublicAddress(ipv6)).toBe(false);
      }),
    );
  });

  test('text of any kind is judged and never throws', () => {
    fc.assert(fc.property(fc.string(), (text) => expect(typeof isPublicAddress(text)).toBe('boolean')));
  });
});
