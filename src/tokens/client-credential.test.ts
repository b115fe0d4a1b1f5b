import { expect, it } from "vitest";
import { Secret } from "../config/index.ts";
import { credentialOf } from "./client-credential.ts";

const of = (clientId: string, secret?: string, previous?: string): string =>
  credentialOf({
    clientId,
    clientSecret: secret === undefined ? undefined : new Secret(secret),
    previousClientSecret: previous === undefined ? undefined : new Secret(previous),
  });

it("names credentials without showing them, the same ones always alike", () => {
  expect(of("client", "secret")).toMatch(/^[0-9a-f]{16}$/);
  expect(of("client", "secret")).toBe(of("client", "secret"));
});

it("tells any others apart, wherever the difference stands", () => {
  const all = [
    of("client"),
    of("client", ""),
    of("client", "secret"),
    of("client", "secret", "old"),
    of("client", undefined, "secret"),
    of("clientsecret"),
    of("client-2", "secret"),
  ];
  expect(new Set(all).size).toBe(all.length);
});
