import type { LookupAddress } from "node:dns";
import { describe, expect, it } from "vitest";
import { guardedLookup, type ResolvedAddress } from "./egress-lookup.ts";
import { isInReach } from "./egress-policy.ts";

const ask = (addresses: readonly ResolvedAddress[], all: boolean) =>
  new Promise<unknown>((resolve) => {
    const lookup = guardedLookup(
      async () => addresses,
      (address) => address !== "10.0.0.1",
    );
    lookup("idp.example", { all }, (error, address: string | LookupAddress[], family) =>
      resolve(error ? error.message : all ? address : [address, family]),
    );
  });

const good = { address: "8.8.8.8", family: 4 };
const goodIpv6 = { address: "2606:4700::1", family: 6 };
const bad = { address: "10.0.0.1", family: 4 };
const denial = "idp.example is not called: its address is not public (private ones: BROKER_EGRESS_ALLOW)";

describe("guardedLookup", () => {
  it("answers in both forms that net.connect asks for", async () => {
    expect(await ask([good, goodIpv6], true)).toEqual([good, goodIpv6]);
    expect(await ask([goodIpv6, good], false)).toEqual(["2606:4700::1", 6]);
  });

  it.each([[[bad]], [[good, bad]], [[bad, goodIpv6]], [[]]])("condemns a name with %j", async (addresses) => {
    expect(await ask(addresses, true)).toBe(denial);
    expect(await ask(addresses, false)).toBe(denial);
  });

  it.each([
    ["public", "10.0.0.1", false],
    ["private", "10.0.0.1", true],
    ["private", "fd00::1", true],
    ["private", "127.0.0.1", false],
    ["private", "169.254.169.254", false],
    ["loopback", "127.0.0.1", true],
    ["loopback", "10.0.0.1", false],
  ] as const)("with %s in reach, a name at %s is answered: %j", async (reach, address, isAnswered) => {
    const lookup = guardedLookup(
      async () => [{ address, family: 4 }],
      (candidate) => isInReach(reach, candidate),
    );
    const error = await new Promise((resolve) => lookup("idp.example", { all: true }, resolve));
    expect(error === null).toBe(isAnswered);
  });

  it("passes on that a name does not exist", async () => {
    const lookup = guardedLookup(
      () => Promise.reject(Object.assign(new Error("getaddrinfo ENOTFOUND"), { code: "ENOTFOUND" })),
      () => true,
    );
    const error = await new Promise((resolve) => lookup("nowhere.example", { all: true }, resolve));
    expect(error).toMatchObject({ code: "ENOTFOUND" });
  });
});
