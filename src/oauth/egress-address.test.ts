import { describe, expect, it } from "vitest";
import { type AddressKind, classifyAddress } from "./egress-address.ts";

const ADDRESSES: Record<AddressKind, readonly string[]> = {
  public: [
    "8.8.8.8",
    "1.1.1.1",
    "172.15.255.255",
    "172.32.0.1",
    "100.63.255.255",
    "100.128.0.1",
    "2606:4700:4700::1111",
    "::ffff:8.8.8.8",
    "64:ff9b::808:808",
  ],
  private: [
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "100.64.0.1",
    "fc00::1",
    "fdff::1",
    "::ffff:10.0.0.1",
  ],
  loopback: ["127.0.0.1", "127.255.255.254", "::1", "::ffff:127.0.0.1", "::ffff:7f00:1"],
  forbidden: [
    "0.0.0.0",
    "0.1.2.3",
    "::",
    "169.254.169.254",
    "169.254.0.1",
    "::ffff:169.254.169.254",
    "fe80::1",
    "fe80::1%eth0",
    "fd00:ec2::254",
    "fd20:ce::254",
    "100.100.100.200",
    "192.0.0.192",
    "168.63.129.16",
    "::ffff:168.63.129.16",
    "224.0.0.1",
    "255.255.255.255",
    "ff02::1",
    "240.0.0.1",
    "192.0.2.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "192.88.99.1",
    "::7f00:1",
    "::808:808",
    "::ffff:0:7f00:1",
    "64:ff9b::7f00:1",
    "64:ff9b::a00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::808:808",
    "2002:7f00:1::",
    "2002:808:808::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2001:db8::1",
    "3fff::1",
    "100::1",
    "fec0::1",
    "5f00::1",
    "4000::1",
    "",
    "localhost",
    "127.1",
    "0x7f.1",
    "2130706433",
    "10.0.0.1/8",
  ],
};

describe("classifyAddress", () => {
  const rows = Object.entries(ADDRESSES).flatMap(([kind, list]) =>
    list.map((address) => ({ address, kind })),
  );
  it.each(rows)("$address is $kind", ({ address, kind }) => {
    expect(classifyAddress(address)).toBe(kind);
  });
});
