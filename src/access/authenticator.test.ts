import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ConfigError, type ListenAddress } from "../config/index.ts";
import { BrokerError } from "../errors.ts";
import { type LogFields, type Logger, silentLogger } from "../telemetry/index.ts";
import { newApiKey } from "./api-key.ts";
import { type Authenticator, createAuthenticator } from "./authenticator.ts";
import type { Caller } from "./caller.ts";
import type { RequestHeaders } from "./request-headers.ts";

const LOOPBACK: ListenAddress = { kind: "tcp", host: "127.0.0.1", port: 8080 };

let directory: string;
let path: string;
let nowMs: number;
const clock = { monotonicMs: () => nowMs };

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "token-broker-keys-"));
  path = join(directory, "keys");
  nowMs = 0;
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

const rewrite = (...lines: string[]): void => {
  writeFileSync(path, `${lines.join("\n")}\n`);
  nowMs += 1000;
};

/** Keys need no waiting. */
const callerOf = (authenticator: Authenticator, headers: RequestHeaders): Caller =>
  authenticator.authenticate(headers) as Caller;

const byKey = (lines: readonly string[], logger: Logger = silentLogger) => {
  writeFileSync(path, `# callers\n\n${lines.join("\n")}\n`);
  return createAuthenticator({ apiKeysFile: path, rpcAddress: LOOPBACK }, { logger, clock });
};

const bearer = (key: string): RequestHeaders => ({ authorization: `Bearer ${key}` });

const codeOf = (call: () => unknown): string => {
  try {
    call();
  } catch (error) {
    if (error instanceof BrokerError) return error.code;
    throw error;
  }
  return "OK";
};

describe("newApiKey", () => {
  it("makes a key with 256 random bits and the line that accepts it", () => {
    const [one, two] = [newApiKey("billing"), newApiKey("billing")];
    expect(one.key).toMatch(/^tbk_billing_[A-Za-z0-9_-]{43}$/);
    expect(one.line).toMatch(/^billing [0-9a-f]{64}$/);
    expect(one.key).not.toBe(two.key);
    expect(one.line).not.toContain(one.key.slice(-43));
    expect(byKey([one.line]).authenticate(bearer(one.key))).toEqual({ id: "billing", method: "api_key" });
  });

  it.each(["", "Billing", "a_b", "a b", "a".repeat(64), "é"])("refuses the id %j", (id) => {
    expect(codeOf(() => newApiKey(id))).toBe("INVALID_REQUEST");
  });

  it("works for every id and secret, whatever characters base64url puts first", () => {
    for (let count = 0; count < 200; count++) {
      const { key, line } = newApiKey("a-b-0");
      expect(callerOf(byKey([line]), bearer(key)).id).toBe("a-b-0");
    }
  });
});

describe("an authenticator by API key", () => {
  const good = newApiKey("caller");
  const other = newApiKey("other");
  const secretOf = (key: string): string => key.slice(-43);

  it.each([
    ["node's headers", bearer(good.key)],
    ["Headers", new Headers({ Authorization: `Bearer ${good.key}` })],
    ["a scheme in capitals", { authorization: `BEARER ${good.key}` }],
    ["HTTP/2 headers", { ":authority": "evil.example", ...bearer(good.key) }],
  ])("accepts a key in %s", (_, headers) => {
    expect(byKey([good.line, other.line]).authenticate(headers)).toEqual({
      id: "caller",
      method: "api_key",
    });
  });

  it.each([
    ["no header", {}],
    ["an empty header", { authorization: "" }],
    ["another scheme", { authorization: `Basic ${good.key}` }],
    ["the key alone", { authorization: good.key }],
    ["an unknown caller", bearer(`tbk_nobody_${secretOf(good.key)}`)],
    ["another caller's secret", bearer(`tbk_caller_${secretOf(other.key)}`)],
    ["a secret that is cut", bearer(good.key.slice(0, -1))],
    ["a secret with more behind it", bearer(`${good.key}A`)],
    ["an id in capitals", bearer(good.key.replace("caller", "CALLER"))],
    ["two keys", { authorization: `Bearer ${good.key}, Bearer ${good.key}` }],
    ["a name that objects have", bearer(`tbk_constructor_${secretOf(good.key)}`)],
    ["the digest", bearer(`tbk_caller_${good.line.slice(-64)}`)],
    ["a megabyte", bearer("x".repeat(1024 * 1024))],
    ["a tab", { authorization: `Bearer\t${good.key}` }],
  ])("refuses %s, always with the same words", (_, headers: RequestHeaders) => {
    const authenticator = byKey([good.line, other.line]);
    expect(codeOf(() => authenticator.authenticate(headers))).toBe("UNAUTHENTICATED");
    expect(() => authenticator.authenticate(headers)).toThrow(
      "send a valid API key as `authorization: Bearer tbk_<id>_<secret>`",
    );
  });

  it("knows two live keys of one caller, and drops each when its line goes", () => {
    const next = newApiKey("caller");
    const authenticator = byKey([good.line]);
    expect(codeOf(() => authenticator.authenticate(bearer(next.key)))).toBe("UNAUTHENTICATED");
    rewrite(good.line, next.line);
    expect(callerOf(authenticator, bearer(good.key)).id).toBe("caller");
    expect(callerOf(authenticator, bearer(next.key)).id).toBe("caller");
    rewrite(next.line);
    expect(codeOf(() => authenticator.authenticate(bearer(good.key)))).toBe("UNAUTHENTICATED");
    expect(callerOf(authenticator, bearer(next.key)).id).toBe("caller");
  });

  it.each([
    ["damaged", (): void => rewrite("damaged line")],
    ["emptied", (): void => rewrite("")],
    [
      "removed",
      (): void => {
        rmSync(path);
        nowMs += 1000;
      },
    ],
  ])("keeps the last good keys when the file is %s, and logs it once without a line of it", (_, damage) => {
    const logged: [string, LogFields | undefined][] = [];
    const logger = {
      ...silentLogger,
      error: (event: string, fields?: LogFields) => logged.push([event, fields]),
    };
    const authenticator = byKey([good.line], logger);
    damage();
    for (let call = 0; call < 3; call++) {
      expect(callerOf(authenticator, bearer(good.key)).id).toBe("caller");
      nowMs += 1000;
    }
    expect(logged).toHaveLength(1);
    expect(logged[0]?.[1]).toMatchObject({ variable: "BROKER_API_KEYS_FILE", path });
    expect(JSON.stringify(logged)).not.toContain("damaged line");
  });

  it("does not open with a file that cannot be used", () => {
    expect(() => byKey(["nonsense"])).toThrow(ConfigError);
    expect(() => byKey(["nonsense"])).toThrow("line 3");
    const absent = { apiKeysFile: join(directory, "absent"), rpcAddress: LOOPBACK };
    expect(() => createAuthenticator(absent, { logger: silentLogger })).toThrow(ConfigError);
  });
});

describe("an open authenticator", () => {
  const open = createAuthenticator(
    { apiKeysFile: undefined, rpcAddress: LOOPBACK },
    { logger: silentLogger },
  );

  it.each([
    { host: "localhost" },
    { host: "localhost:8080" },
    { host: "LOCALHOST:8080" },
    { host: "127.0.0.1:65535" },
    { host: "[::1]:8080" },
    { ":authority": "localhost:8080" },
    { ":authority": "127.0.0.1:8080", host: "localhost:8080" },
    new Headers({ host: "localhost:8080" }),
  ])("lets a program on this machine in: %j", (headers: RequestHeaders) => {
    expect(open.authenticate(headers)).toEqual({ id: "anonymous", method: "open" });
  });

  it.each([
    {},
    { host: "" },
    { host: "evil.example" },
    { host: "localhost.evil.example:8080" },
    { host: "127.0.0.1.evil.example" },
    { host: "127.0.0.2:8080" },
    { host: "0.0.0.0:8080" },
    { host: "[::]:8080" },
    { host: "::1" },
    { host: "localhost:8080, evil.example" },
    { host: "localhost:" },
    { host: "user@localhost" },
    { ":authority": "evil.example:8080" },
    { ":authority": "evil.example:8080", host: "localhost" },
    { ":authority": "localhost", host: "evil.example" },
    { host: "localhost:8080", origin: "http://localhost:3000" },
    { host: "localhost:8080", origin: "null" },
    new Headers({ host: "localhost", origin: "https://evil.example" }),
  ])("keeps what may be a browser out: %j", (headers: RequestHeaders) => {
    expect(codeOf(() => open.authenticate(headers))).toBe("PERMISSION_DENIED");
  });

  it("asks nothing on a unix socket, which no browser can open", () => {
    const rpcAddress: ListenAddress = { kind: "unix", path: "/run/broker.sock" };
    const unix = createAuthenticator({ apiKeysFile: undefined, rpcAddress }, { logger: silentLogger });
    expect(callerOf(unix, {}).method).toBe("open");
  });

  it("does not exist off loopback", () => {
    const rpcAddress: ListenAddress = { kind: "tcp", host: "0.0.0.0", port: 8080 };
    expect(() =>
      createAuthenticator({ apiKeysFile: undefined, rpcAddress }, { logger: silentLogger }),
    ).toThrow(/BROKER_API_KEYS_FILE is required/);
  });
});
