import { describe, expect, it } from "vitest";
import { clientKeyOf } from "./client-key.ts";

const keyOf = (forwardedFor: string | undefined, hops: number): string =>
  clientKeyOf({ remoteAddress: "10.0.0.1", forwardedFor }, hops);

describe("the key of a client", () => {
  it.each([
    ["192.0.2.7", "192.0.2.7"],
    ["::ffff:192.0.2.7", "192.0.2.7"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:db8:1:2::9", "2001:db8:1:2::/64"],
    ["2001:DB8::1", "2001:db8:0:0::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
    ["::1", "0:0:0:0::/64"],
    [undefined, "unknown"],
  ])("of a connection from %s is %s", (remoteAddress, key) => {
    expect(clientKeyOf({ remoteAddress, forwardedFor: "203.0.113.9" }, 0)).toBe(key);
  });

  it.each([
    ["203.0.113.9", 1, "203.0.113.9"],
    ["198.51.100.1, 203.0.113.9", 1, "203.0.113.9"],
    ["forged, 203.0.113.9, 10.0.0.2", 2, "203.0.113.9"],
    ["203.0.113.9:4711", 1, "203.0.113.9"],
    ["[2001:db8::1]:4711", 1, "2001:db8:0:0::/64"],
    ["nonsense", 1, "10.0.0.1"],
    ["203.0.113.9", 2, "10.0.0.1"],
    ["", 1, "10.0.0.1"],
    [undefined, 1, "10.0.0.1"],
  ])("behind proxies that say %j, %i of them believed, is %s", (forwardedFor, hops, key) => {
    expect(keyOf(forwardedFor, hops)).toBe(key);
  });
});
