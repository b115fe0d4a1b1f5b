import { describe, expect, it } from "vitest";
import { formatListenAddress, isLocalAddress, parseListenAddress } from "./address.ts";

describe("parseListenAddress", () => {
  it.each([
    ["127.0.0.1:8080", { kind: "tcp", host: "127.0.0.1", port: 8080 }],
    ["[::1]:0", { kind: "tcp", host: "::1", port: 0 }],
    ["[::]:443", { kind: "tcp", host: "::", port: 443 }],
    ["localhost:65535", { kind: "tcp", host: "localhost", port: 65_535 }],
    ["broker.internal:1", { kind: "tcp", host: "broker.internal", port: 1 }],
    ["unix:///run/broker.sock", { kind: "unix", path: "/run/broker.sock" }],
  ])("reads %s, and formats it back", (text, expected) => {
    const address = parseListenAddress(text);
    expect(address).toEqual(expected);
    expect(address && formatListenAddress(address)).toBe(text);
  });

  it.each([
    "",
    "8080",
    ":8080",
    "*:8080",
    "127.0.0.1",
    "127.0.0.1:65536",
    "127.0.0.1:-1",
    "127.1:80",
    "::1:80",
    "[::1]",
    "[localhost]:80",
    "unix://",
    "unix:///",
    "unix://run/x",
    "/run/x",
    "host name:80",
    "host_name:80",
    "http://127.0.0.1:80",
  ])("refuses %j", (text) => {
    expect(parseListenAddress(text)).toBeUndefined();
  });
});

describe("isLocalAddress", () => {
  it.each([
    ["127.0.0.1:1", true],
    ["127.9.9.9:1", true],
    ["[::1]:1", true],
    ["localhost:1", true],
    ["unix:///x", true],
    ["0.0.0.0:1", false],
    ["[::]:1", false],
    ["10.0.0.1:1", false],
    ["broker.internal:1", false],
  ])("%s: %s", (text, expected) => {
    const address = parseListenAddress(text);
    expect(address && isLocalAddress(address)).toBe(expected);
  });
});
