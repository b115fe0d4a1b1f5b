import { beforeEach, beforeAll, expect, it } from "vitest";
import { generateFernetKey, parseKeyRing } from "../../src/crypto/index.ts";
import { type Database, KeyCheckError } from "../../src/store/index.ts";
import { COLLIDING_KEYS } from "../crypto/colliding-keys.ts";
import { describeEachStore } from "../support/database.ts";
import { newAuthorization, newToken, stored, storeOn, grantKey } from "./fixtures.ts";

describeEachStore("keys.check", (backend) => {
  let database: Database;
  beforeAll(async () => {
    database = await backend.open();
  });
  beforeEach(async () => {
    for (const table of ["encryption_keys", "connection_tokens", "oauth_states"]) {
      await database.sql.run("", `delete from ${table}`, []);
    }
  });

  const check = (...keys: string[]) => storeOn(database, parseKeyRing(keys.join(","))).keys.check();
  const knownKeys = async () =>
    (
      await database.sql.run("", "select key_id from encryption_keys order by first_used_at, key_id", [])
    ).rows.map((row) => row["key_id"]);
  const idOf = (key: string) => parseKeyRing(key).primary.id;

  it("registers the key of a new database, once", async () => {
    const key = generateFernetKey();
    expect(await check(key)).toEqual({ missing: [] });
    expect(await check(key)).toEqual({ missing: [] });
    expect(await knownKeys()).toEqual([idOf(key)]);
  });

  it("refuses keys that this database does not know, and changes nothing", async () => {
    const [right, wrong] = [generateFernetKey(), generateFernetKey()];
    await check(right);
    const before = (await database.sql.run("", "select * from encryption_keys", [])).rows;
    await expect(check(wrong)).rejects.toThrow(KeyCheckError);
    await expect(check(wrong)).rejects.toThrow(idOf(right));
    await expect(check(wrong)).rejects.not.toThrow(right);
    expect((await database.sql.run("", "select * from encryption_keys", [])).rows).toEqual(before);
  });

  it("refuses another key of the same id", async () => {
    const [first, second] = COLLIDING_KEYS;
    await check(first);
    await expect(check(second)).rejects.toThrow(KeyCheckError);
  });

  it("takes a new first key beside a known one, and not a second one that never sealed", async () => {
    const [old, fresh, spare] = [generateFernetKey(), generateFernetKey(), generateFernetKey()];
    await check(old, spare);
    expect(await knownKeys()).toEqual([idOf(old)]);
    await expect(check(spare)).rejects.toThrow(KeyCheckError);
    expect(await check(fresh, old)).toEqual({ missing: [] });
    expect(new Set(await knownKeys())).toEqual(new Set([idOf(old), idOf(fresh)]));
  });

  it("starts without a key that rows still need, and counts them", async () => {
    const [old, fresh] = [generateFernetKey(), generateFernetKey()];
    await check(old);
    const before = storeOn(database, parseKeyRing(old));
    await stored(before);
    await before.tokens.putAuthorized(grantKey(), newToken({ refreshToken: undefined }));
    await before.authorizations.insert(newAuthorization());
    await check(fresh, old);
    await stored(storeOn(database, parseKeyRing(fresh)));
    // Access, refresh and raw token, then access and raw, then the verifier.
    expect(await check(fresh)).toEqual({ missing: [{ keyId: idOf(old), rows: 6 }] });
    expect(await check(fresh, old)).toEqual({ missing: [] });
  });

  it("does not report a retired key that no row needs", async () => {
    const [old, fresh] = [generateFernetKey(), generateFernetKey()];
    await check(old);
    await check(fresh, old);
    expect(await check(fresh)).toEqual({ missing: [] });
  });

  it("survives replicas that start at once", async () => {
    const key = generateFernetKey();
    const answers = await Promise.all(Array.from({ length: 5 }, () => check(key)));
    expect(answers).toEqual(Array.from({ length: 5 }, () => ({ missing: [] })));
    expect(await knownKeys()).toEqual([idOf(key)]);
  });
});
