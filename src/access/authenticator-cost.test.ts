import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import type * as Crypto from "../crypto/index.ts";
import { silentLogger } from "../telemetry/index.ts";
import { newApiKey } from "./api-key.ts";
import { createAuthenticator } from "./authenticator.ts";

const done: string[] = [];

vi.mock("../crypto/index.ts", async (load) => {
  const real = await load<typeof Crypto>();
  const counted =
    <A extends unknown[], R>(name: string, call: (...args: A) => R) =>
    (...args: A): R => {
      done.push(name);
      return call(...args);
    };
  return {
    ...real,
    constantTimeEqual: counted("compare", real.constantTimeEqual),
    sha256Hex: counted("digest", real.sha256Hex),
  };
});

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "token-broker-cost-"));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

it("an unknown caller costs what a known one with a wrong secret costs", () => {
  const path = join(directory, "keys");
  const [good, other] = [newApiKey("caller"), newApiKey("other")];
  writeFileSync(path, good.line);
  const rpcAddress = { kind: "tcp", host: "127.0.0.1", port: 1 } as const;
  const authenticator = createAuthenticator({ apiKeysFile: path, rpcAddress }, { logger: silentLogger });
  const costOf = (key: string): string[] => {
    done.length = 0;
    expect(() => authenticator.authenticate({ authorization: `Bearer ${key}` })).toThrow(
      "send a valid API key",
    );
    return [...done];
  };
  const wrong = costOf(other.key.replace("other", "caller"));
  expect(costOf(other.key)).toEqual(wrong);
  expect(wrong).toEqual(["digest", "compare"]);
});
