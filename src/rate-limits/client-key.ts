import { isIP } from "node:net";

/** The address that a connection comes from, and the addresses that proxies say it was passed on for, nearest last. */
export interface ClientAddress {
  /** undefined = a unix socket. */
  readonly remoteAddress: string | undefined;
  /** `X-Forwarded-For`, as it is. */
  readonly forwardedFor: string | undefined;
}

const UNKNOWN = "unknown";

/**
 * What stands for one client: its IPv4 address, or the /64 that one IPv6 customer has. `proxyHops` proxies in front are believed, each of which adds the
 * address that it was called from; what a client wrote itself stands further left and is not read.
 */
export const clientKeyOf = (
  { remoteAddress, forwardedFor = "" }: ClientAddress,
  proxyHops: number,
): string => {
  const forwarded = forwardedFor.split(",").map((item) => item.trim());
  const named = proxyHops === 0 ? undefined : forwarded.at(-proxyHops);
  return networkOf(named ?? "") ?? networkOf(remoteAddress ?? "") ?? UNKNOWN;
};

/** With or without a port. */
const FORMS = [/^\[([^\]]+)\](?::\d+)?$/, /^(\d+\.\d+\.\d+\.\d+):\d+$/, /^(.*)$/];

const networkOf = (text: string): string | undefined => {
  const address = FORMS.map((form) => form.exec(text)?.[1]).find((match) => match !== undefined) ?? "";
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, "").replace(/%.*$/, "");
  switch (isIP(plain)) {
    case 4:
      return plain;
    case 6:
      return firstHalf(plain);
    default:
      return undefined;
  }
};

const GROUPS = 8;

/** The first four of the eight groups; `::` stands for as many zeros as are missing. */
const firstHalf = (address: string): string => {
  const [head = "", tail] = address.split("::");
  const groups = (text: string | undefined): string[] => (text ? text.split(":") : []);
  const missing = GROUPS - groups(head).length - groups(tail).length;
  const all =
    tail === undefined
      ? groups(head)
      : [...groups(head), ...Array<string>(missing).fill("0"), ...groups(tail)];
  return `${all
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(":")}::/64`;
};
