// Which IP addresses belong to the public internet. Fails closed: what is not known to be public is not, and
// what carries an IPv4 address inside is judged by that address, or refused where its place is not certain.

import { isIP, isIPv4 } from 'node:net';
import ipaddr from 'ipaddr.js';

/** The only part of IPv6 from which public addresses are given out (RFC 4291, IANA). */
const GLOBAL_UNICAST = ipaddr.IPv6.parse('2000::');
const GLOBAL_UNICAST_BITS = 3;
const MAPPED = ipaddr.IPv6.parse('::ffff:0:0');
/** NAT64 with the well-known prefix: a DNS64 resolver answers with these on networks without IPv4 (RFC 6052). */
const NAT64 = ipaddr.IPv6.parse('64:ff9b::');
const EMBEDDING_BITS = 96;

/**
 * Whether a canonical IP address is one of the public internet. False for anything else: private, loopback,
 * link-local, carrier, documentation, reserved and multicast addresses, tunnels, zones, and what is no address.
 */
export function isPublicAddress(address: string): boolean {
  // Only canonical spellings: the parser below accepts more spellings than the code that connects.
  if (isIP(address) === 0 || address.includes('%')) return false;
  return isIPv4(address)
    ? isPublicIPv4(ipaddr.IPv4.parse(address))
    : isPublicIPv6(ipaddr.IPv6.parse(inHex(address)));
}

/** All groups in hex: ipaddr.js reads the IPv4-compatible `::1.2.3.4` as if it were IPv4-mapped. */
function inHex(ipv6: string): string {
  return new URL(`http://[${ipv6}]`).hostname.slice(1, -1);
}

function isPublicIPv4(address: ipaddr.IPv4): boolean {
  return address.range() === 'unicast';
}

function isPublicIPv6(address: ipaddr.IPv6): boolean {
  if (address.match(MAPPED, EMBEDDING_BITS) || address.match(NAT64, EMBEDDING_BITS)) {
    return isPublicIPv4(new ipaddr.IPv4(address.toByteArray().slice(12)));
  }
  return (
    address.match(GLOBAL_UNICAST, GLOBAL_UNICAST_BITS) && address.range() === 'unicast' && !isIsatap(address)
  );
}

/** An interface id of ISATAP ends in an IPv4 address that a router of the local net may unpack (RFC 5214). */
function isIsatap({ parts }: ipaddr.IPv6): boolean {
  return (parts[4] === 0 || parts[4] === 0x200) && parts[5] === 0x5efe;
}
