import { isIP } from "node:net";
import ipaddr from "ipaddr.js";

/**
 * What an address is to the broker. `forbidden` covers what nobody may reach by any setting: link-local, metadata services, multicast,
 * unspecified, reserved, and transition addresses that hide another one.
 */
export type AddressKind = "public" | "private" | "loopback" | "forbidden";

/** Where clouds hand out machine credentials, besides 169.254.0.0/16. Some lie inside ranges that are otherwise private or public. */
const METADATA_SERVICES: ReadonlySet<string> = new Set([
  "fd00:ec2::254",
  "fd20:ce::254",
  "100.100.100.200",
  "192.0.0.192",
  "168.63.129.16",
]);

const KINDS: Readonly<Record<string, AddressKind>> = {
  unicast: "public",
  private: "private",
  carrierGradeNat: "private",
  uniqueLocal: "private",
  loopback: "loopback",
};

/** RFC 4291 section 2.4: all global unicast addresses assigned so far; everything unassigned around it is not "public". */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR("2000::/3");
/** RFC 6052 section 2.1: what DNS64 makes of an IPv4 address. */
const NAT64 = ipaddr.IPv6.parseCIDR("64:ff9b::/96");

/** Judges one address as a resolver or `URL` writes it, also with a zone. Any other text is forbidden: "0x7f.1" means different things to different readers. */
export const classifyAddress = (text: string): AddressKind => {
  if (isIP(text) === 0) return "forbidden";
  const address = ipaddr.parse(text);
  return address instanceof ipaddr.IPv6 ? classifyIpv6(address) : classifyIpv4(address);
};

const classifyIpv4 = (address: ipaddr.IPv4): AddressKind => {
  if (METADATA_SERVICES.has(address.toString())) return "forbidden";
  return KINDS[address.range()] ?? "forbidden";
};

const classifyIpv6 = (address: ipaddr.IPv6): AddressKind => {
  if (METADATA_SERVICES.has(withoutZone(address))) return "forbidden";
  if (address.isIPv4MappedAddress()) return classifyIpv4(address.toIPv4Address());
  if (address.match(NAT64)) return classifyNat64(address);
  const range = address.range();
  if (range === "unicast" && !address.match(GLOBAL_UNICAST)) return "forbidden";
  return KINDS[range] ?? "forbidden";
};

/** RFC 6052 section 3.1: the well-known prefix stands for global IPv4 addresses alone; anything else behind it is an attempt to hide. */
const classifyNat64 = (address: ipaddr.IPv6): AddressKind => {
  const embedded = new ipaddr.IPv4(address.toByteArray().slice(12));
  return classifyIpv4(embedded) === "public" ? "public" : "forbidden";
};

const withoutZone = (address: ipaddr.IPv6): string => new ipaddr.IPv6(address.parts).toString();
