import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { KeyRing } from "../../src/crypto/index.ts";
import { openSpool, type SpooledToken } from "../../src/store/index.ts";
import { type LogFields, silentLogger } from "../../src/telemetry/index.ts";
import { canary } from "../support/canaries.ts";
import { grantKey, newKeyRing } from "./fixtures.ts";

const spooled = (overrides: Partial<SpooledToken> = {}): SpooledToken => ({
  key: grantKey({ userId: 'ünï"c\\ode user', tokenName: "bot" }),
  id: "9007199254740993",
  version: 41n,
  nextVersion: 9_223_372_036_854_775_807n,
  receivedAt: new Date("2026-11-23T10:00:00.123Z"),
  update: {
    accessToken: canary("access_token"),
    refreshToken: canary("refresh_token"),
    raw: '{"access_token":"…"}',
    tokenType: "Bearer",
    scopes: ["read", ""],
    expires: { afterSeconds: 3600.5 },
    refreshExpires: { at: new Date("2027-01-01T00:00:00.000Z") },
    nextRefresh: undefined,
    providerMetadata: { instance_url: "https://eu.acme.test" },
  },
  ...overrides,
});

describe("the spool", () => {
  let scratch: string;
  let directory: string;
  let keyRing: KeyRing;
  let logged: (LogFields & { readonly event: string })[];
  beforeEach(() => {
    scratch = mkdtempSync(join(tmpdir(), "token-broker-spool-"));
    directory = join(scratch, "deep", "spool");
    keyRing = newKeyRing();
    logged = [];
  });
  afterEach(() => rmSync(scratch, { recursive: true, force: true }));

  const open = (ring: KeyRing = keyRing) =>
    openSpool({
      directory,
      keyRing: ring,
      logger: { ...silentLogger, error: (event, fields) => void logged.push({ event, ...fields }) },
    });
  const files = () => readdirSync(directory);
  const onlyFile = (): string => join(directory, files()[0] ?? "");

  it("gives back to another process what was put, as it was put", async () => {
    const tokens = [
      spooled(),
      spooled({
        id: "2",
        update: {
          ...spooled().update,
          refreshToken: undefined,
          expires: undefined,
          providerMetadata: undefined,
        },
      }),
    ];
    for (const token of tokens) await open().put(token);
    expect(await open().read()).toEqual(expect.arrayContaining(tokens));
    expect(files()).toHaveLength(2);
    expect(logged).toEqual([]);
  });

  it("is read by its owner alone, and shows nothing", async () => {
    await open().put(spooled());
    expect([statSync(directory).mode & 0o777, statSync(onlyFile()).mode & 0o777]).toEqual([0o700, 0o600]);
    expect(files()).toEqual(["9007199254740993-9223372036854775807.token"]);
    expect(readFileSync(onlyFile(), "utf8")).not.toMatch(/CANARY|eu\.acme|unï|bot/);
  });

  it("keeps one file for a token, however often it is put, and none after it was removed", async () => {
    const spool = open();
    await spool.put(spooled());
    await spool.put(spooled());
    expect(files()).toHaveLength(1);
    await spool.remove(spooled());
    await spool.remove(spooled());
    expect(files()).toEqual([]);
    expect(await spool.read()).toEqual([]);
  });

  it.each<[string, (path: string) => void, string]>([
    ["was torn", (path) => writeFileSync(path, readFileSync(path, "utf8").slice(0, 200)), "corrupt"],
    ["is empty", (path) => writeFileSync(path, ""), "unknown_key"],
    [
      "was changed",
      (path) => writeFileSync(path, readFileSync(path, "utf8").replace(/.{9}\n$/, "AAAAAAAAA\n")),
      "corrupt",
    ],
    ["was renamed", (path) => renameSync(path, join(path, "../1-2.token")), "binding"],
  ])("says of a file that %s that it cannot be read, leaves it, and goes on", async (_, damage, cause) => {
    await open().put(spooled());
    damage(onlyFile());
    await open().put(spooled({ id: "7" }));
    expect((await open().read()).map(({ id }) => id)).toEqual(["7"]);
    expect(logged).toEqual([
      {
        event: "spooled token cannot be read and stays where it is",
        path: expect.stringMatching(/^\d+-\d+\.token$/),
        cause,
      },
    ]);
    expect(files()).toHaveLength(2);
  });

  it("says so when the key is not configured, and opens again with it", async () => {
    await open().put(spooled());
    expect(await open(newKeyRing()).read()).toEqual([]);
    expect(logged).toMatchObject([{ cause: "unknown_key" }]);
    expect(await open().read()).toHaveLength(1);
  });

  it("finds a token whose process was killed before it gave the file its name", async () => {
    await open().put(spooled());
    renameSync(onlyFile(), `${onlyFile()}.AbC-_1.tmp`);
    expect(await open().read()).toEqual([spooled()].map(({ id }) => expect.objectContaining({ id })));
    expect(files()).toEqual(["9007199254740993-9223372036854775807.token"]);
    await open().remove(spooled());
    expect(files()).toEqual([]);
  });

  it("passes over what is not its own, and clears away writes that were cut off long ago", async () => {
    await open().put(spooled());
    const [old, fresh] = [join(directory, "1-2.token.abc.tmp"), join(directory, "1-3.token.def.tmp")];
    for (const path of [old, fresh, join(directory, "README"), join(directory, "x-1.token")])
      writeFileSync(path, "torn");
    utimesSync(old, new Date(0), new Date(0));
    expect(await open().read()).toHaveLength(1);
    expect([existsSync(old), existsSync(fresh)]).toEqual([false, true]);
    expect(logged).toEqual([]);
  });

  it("leaves nothing behind when it cannot write, and says which variable is wrong when it cannot begin", async () => {
    const spool = open();
    rmSync(directory, { recursive: true });
    await expect(spool.put(spooled())).rejects.toMatchObject({ code: "ENOENT" });
    expect(existsSync(directory)).toBe(false);
    writeFileSync(join(scratch, "file"), "");
    directory = join(scratch, "file", "spool");
    expect(open).toThrow("BROKER_SPOOL_DIR");
  });
});
