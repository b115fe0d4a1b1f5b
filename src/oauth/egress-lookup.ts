import { lookup } from "node:dns/promises";
import type { LookupFunction } from "node:net";
import { callbackify } from "node:util";
import { addressDenied } from "./egress-policy.ts";

export interface ResolvedAddress {
  readonly address: string;
  readonly family: number;
}

/** Every address of a name. */
export type Resolve = (hostname: string) => Promise<readonly ResolvedAddress[]>;

export const systemResolve: Resolve = (hostname) => lookup(hostname, { all: true, order: "verbatim" });

/**
 * The resolver that `net.connect` itself asks, so that what is judged is what is connected to: a name that answers differently a moment later
 * (DNS rebinding) gains nothing. One address out of reach condemns the name.
 */
export const guardedLookup = (resolve: Resolve, isAllowed: (address: string) => boolean): LookupFunction => {
  const resolveAllowed = callbackify(async (hostname: string) => {
    const addresses = await resolve(hostname);
    if (addresses.length === 0 || !addresses.every(({ address }) => isAllowed(address)))
      throw addressDenied(hostname);
    return addresses;
  });
  return (hostname, options, callback) =>
    resolveAllowed(hostname, (error, addresses) => {
      const [first] = addresses ?? [];
      if (error || first === undefined) callback(error, "");
      else if (options.all) callback(null, [...addresses]);
      else callback(null, first.address, first.family);
    });
};
