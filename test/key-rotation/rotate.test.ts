import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { generateFernetKey, type KeyRing, parseKeyRing } from "../../src/crypto/index.ts";
import { createKeyRotation } from "../../src/key-rotation/index.ts";
import { createStore, type Database, type Store } from "../../src/store/index.ts";
import { RESEALABLE_TABLES } from "../../src/store/keys/resealable-tables.ts";
import { SEALED_COLUMNS } from "../../src/store/keys/sealed-columns.ts";
import { silentLogger } from "../../src/telemetry/index.ts";
import { systemClock } from "../../src/time.ts";
import { grantKey, namedToken, newAuthorization, newToken, storeOn, tokenUpdate } from "../store/fixtures.ts";
import { describeEachStore } from "../support/database.ts";

const QUEUE = { owner: "replica-1", leaseSeconds: 45 };

describe("the tables that are sealed anew", () => {
  it("are all that hold ciphertexts", () => {
    const tables = new Set(SEALED_COLUMNS.map(([table]) => table));
    expect(new Set(RESEALABLE_TABLES.map(({ name }) => name))).toEqual(tables);
  });
});

describeEachStore("key rotation", (backend) => {
  let database: Database;
  beforeAll(async () => {
    database = await backend.open();
  });

  const [old, fresh] = [generateFernetKey(), generateFernetKey()];
  const ringOf = (...keys: string[]): KeyRing => parseKeyRing(keys.join(","));
  const idOf = (key: string): string => ringOf(key).primary.id;
  const run = async (text: string) => (await database.sql.run("", text, [])).rows;
  const rotationOn = (keyRing: KeyRing, store: Store = storeOn(database, keyRing), logger = silentLogger) =>
    createKeyRotation({ store, keyRing, clock: systemClock, logger });
  const usesOf = async (): Promise<Record<string, number>> =>
    Object.fromEntries(
      (await storeOn(database, ringOf(fresh)).keys.uses()).map(({ keyId, ciphertexts }) => [
        keyId,
        ciphertexts,
      ]),
    );

  beforeEach(async () => {
    for (const [table] of [...SEALED_COLUMNS, ["encryption_keys"]]) await run(`delete from ${table}`);
    await storeOn(database, ringOf(old)).keys.check();
  });

  /** A row of every table, and how each of its secrets is read. */
  const fill = async () => {
    const before = storeOn(database, ringOf(old));
    const key = grantKey();
    const token = newToken({ named: [namedToken("bot")], account: "ada" });
    await before.tokens.putAuthorized(key, token);
    const revokedKey = grantKey();
    const revokedToken = newToken();
    await before.tokens.putAuthorized(revokedKey, revokedToken);
    await before.tokens.revoke(revokedKey, QUEUE);
    const flow = newAuthorization();
    const { id } = await before.authorizations.insert(flow);
    const consumed = await before.authorizations.consumeByState(flow.stateHash);
    await before.authorizations.park(consumed!, { code: "code-1", ticketHash: id, forSeconds: 60 });
    const provider = { template: "", clientId: "c", hosts: ["acme.test"], definition: "{}" };
    await before.providers.insert("default", "acme", provider);
    const place = {
      namespace: "default",
      issuer: "https://as.test",
      resource: "https://mcp.test",
      redirectUri: "r",
    };
    const claimed = await before.oauthClients.claim(place, "dynamic", 60);
    if (claimed.kind !== "claimed") throw new Error(claimed.kind);
    await before.oauthClients.complete(claimed.claim, {
      clientId: "c",
      secret: "client-secret",
      secretExpiresAt: undefined,
      registrationAccessToken: "registration-token",
      tokenEndpointAuthMethod: "client_secret_basic",
      grantTypes: ["authorization_code"],
      metadata: { host: "mcp.test" },
    });
    const readAll = async (store: Store) => {
      const row = (await store.tokens.find(key))!;
      const named = (await store.tokens.find({ ...key, tokenName: "bot" }))!;
      const [queued] = await expireLeases().then(() => store.revocations.claimDue({ limit: 9, ...QUEUE }));
      const parked = (await store.authorizations.findByTicket(id))!;
      expect([
        store.tokens.openAccessToken(row),
        store.tokens.openRefreshToken(row),
        store.tokens.openAccessToken(named),
        store.tokens.openAccount(key, (await store.tokens.findAccount(key))!),
        store.revocations.openAccessToken(queued!),
        store.revocations.openRefreshToken(queued!),
        store.authorizations.openCodeVerifier(parked),
        store.authorizations.openParkedCode(parked),
        (await store.providers.find("default", "acme"))?.definition,
        store.oauthClients.openSecret((await store.oauthClients.find(place))!),
      ]).toEqual([
        token.accessToken,
        token.refreshToken,
        token.named![0]!.accessToken,
        "ada",
        revokedToken.accessToken,
        revokedToken.refreshToken,
        flow.codeVerifier,
        "code-1",
        "{}",
        "client-secret",
      ]);
    };
    return { key, token, readAll };
  };

  const expireLeases = () =>
    run("update revocation_outbox set lease_until = null, next_attempt_at = broker_now()");

  it("seals a row of every table anew, and moves nothing that anybody sees", async () => {
    const { readAll } = await fill();
    const visible =
      "select id, version, revision, issued_at, authorized_at from connection_tokens order by id";
    const before = await run(visible);
    const rotated = await rotationOn(ringOf(fresh, old)).rotate();
    // Two token rows of three, an account, an outbox entry of two, a flow of two, a definition, a client of two.
    expect(rotated).toMatchObject({ done: true, resealed: 14, unreadable: 0 });
    expect(await usesOf()).toEqual({ [idOf(old)]: 0, [idOf(fresh)]: 14 });
    expect(await run(visible)).toEqual(before);
    await readAll(storeOn(database, ringOf(fresh)));
    const raw = await run("select raw_token_key_id from connection_tokens where raw_token is not null");
    expect(new Set(raw.map((row) => row["raw_token_key_id"]))).toEqual(new Set([idOf(fresh)]));
  });

  it("is done at once when nothing needs another key, and can be repeated", async () => {
    await fill();
    await rotationOn(ringOf(fresh, old)).rotate();
    expect(await rotationOn(ringOf(fresh, old)).rotate()).toMatchObject({ done: true, resealed: 0 });
    expect(await rotationOn(ringOf(fresh)).rotate()).toMatchObject({ done: true, resealed: 0 });
  });

  it("is not done while a ciphertext needs a key that is not configured, and leaves it as it is", async () => {
    const { readAll } = await fill();
    const rotated = await rotationOn(ringOf(fresh)).rotate();
    expect(rotated).toMatchObject({ done: false, resealed: 0, unreadable: 14 });
    expect(rotated.keys.map(({ keyId, isConfigured }) => [keyId, isConfigured])).toEqual([
      [idOf(fresh), true],
      [idOf(old), false],
    ]);
    await readAll(storeOn(database, ringOf(old)));
  });

  it("is not done while a row that somebody changed does not open, and seals all others", async () => {
    const { key } = await fill();
    const other = grantKey();
    await storeOn(database, ringOf(old)).tokens.putAuthorized(other, newToken());
    await run(`update connection_tokens set user_id = 'eve' where connection_id = '${other.connectionId}'`);
    const lines: [string, unknown][] = [];
    const keyRing = ringOf(fresh, old);
    const logger = {
      ...silentLogger,
      error: (event: string, fields: unknown) => void lines.push([event, fields]),
    };
    const store = createStore(database, { keyRing, logger });
    expect(await rotationOn(keyRing, store).rotate()).toMatchObject({
      done: false,
      resealed: 14,
      unreadable: 3,
    });
    expect(lines[0]).toEqual([
      "stored secret does not open and keeps its key",
      {
        table: "connection_tokens",
        namespace: "default",
        connection_id: other.connectionId,
        key_id: idOf(old),
        code: "KEY_UNAVAILABLE",
        cause: "binding",
      },
    ]);
    expect(
      storeOn(database, ringOf(fresh)).tokens.openAccessToken((await store.tokens.find(key))!),
    ).toBeTruthy();
  });

  it("goes on where it was stopped", async () => {
    const before = storeOn(database, ringOf(old));
    for (let count = 0; count < 25; count += 1) await before.tokens.putAuthorized(grantKey(), newToken());
    const rotation = rotationOn(ringOf(fresh, old));
    const stop = new AbortController();
    const first = await rotation.rotate({
      rowsPerSecond: 10,
      signal: stop.signal,
      onProgress: ({ resealed, total }) => {
        expect(total).toBe(75);
        if (resealed >= 30) stop.abort();
      },
    });
    expect(first).toMatchObject({ done: false, resealed: 30 });
    expect(await rotation.rotate()).toMatchObject({ done: true, resealed: 45 });
  });

  it("keeps to its rate", async () => {
    const before = storeOn(database, ringOf(old));
    for (let count = 0; count < 12; count += 1) await before.tokens.putAuthorized(grantKey(), newToken());
    const begunMs = performance.now();
    expect(await rotationOn(ringOf(fresh, old)).rotate({ rowsPerSecond: 40 })).toMatchObject({ done: true });
    // Three batches of four rows, a tenth of a second after each.
    expect(performance.now() - begunMs).toBeGreaterThan(290);
  });

  it("ends when its time is over", async () => {
    const before = storeOn(database, ringOf(old));
    for (let count = 0; count < 4; count += 1) await before.tokens.putAuthorized(grantKey(), newToken());
    const rotated = await rotationOn(ringOf(fresh, old)).rotate({ rowsPerSecond: 1, forMs: 900 });
    expect(rotated).toMatchObject({ done: false, resealed: 3 });
  });

  it("never overwrites what is written between its read and its write", async () => {
    const keyRing = ringOf(fresh, old);
    const writer = storeOn(database, ringOf(old));
    const key = grantKey();
    const row = await writer.tokens.putAuthorized(key, newToken());
    const update = tokenUpdate();
    let interfered = false;
    const racing: Database["sql"] = {
      ...database.sql,
      poolUse: () => database.sql.poolUse(),
      async run(name, text, parameters) {
        if (name === "keys.reseal.connection_tokens" && !interfered) {
          interfered = true;
          const claimed = await writer.tokens.claim(row.id, row.version, "replica-2", 45);
          await writer.tokens.saveRefreshed(claimed!, update);
        }
        return database.sql.run(name, text, parameters);
      },
    };
    const store = createStore({ sql: racing }, { keyRing, logger: silentLogger });
    const first = await rotationOn(keyRing, store).rotate();
    expect(first).toMatchObject({ done: false, resealed: 0 });
    expect(await rotationOn(keyRing).rotate()).toMatchObject({ done: true, resealed: 3 });
    const after = (await store.tokens.find(key))!;
    expect(store.tokens.openAccessToken(after)).toBe(update.accessToken);
    expect(store.tokens.openRefreshToken(after)).toBe(update.refreshToken);
  });

  it("may run twice at once", async () => {
    await fill();
    const rotated = await Promise.all([1, 2].map(() => rotationOn(ringOf(fresh, old)).rotate()));
    expect(rotated.map(({ done }) => done)).toContain(true);
    expect(rotated.reduce((sum, { resealed }) => sum + resealed, 0)).toBe(14);
  });
});
