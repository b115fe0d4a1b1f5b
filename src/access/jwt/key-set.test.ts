import { exportJWK, generateKeyPair, jwtVerify, SignJWT } from "jose";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { silentLogger } from "../../telemetry/index.ts";
import { HOUR, MINUTE, SECOND } from "../../time.ts";
import { keysOfUrl } from "./key-set.ts";
import { parseKeySet } from "./parse-key-set.ts";

const keyPair = () => generateKeyPair("ES256", { extractable: true });
type Pair = Awaited<ReturnType<typeof keyPair>>;

let [first, second]: Pair[] = [];
beforeAll(async () => {
  [first, second] = [await keyPair(), await keyPair()];
});

const setOf = async (...keys: readonly [string, Pair][]): Promise<string> =>
  JSON.stringify({
    keys: await Promise.all(
      keys.map(async ([kid, { publicKey }]) => ({ ...(await exportJWK(publicKey)), kid })),
    ),
  });

describe("the keys behind a URL", () => {
  let nowMs = 0;
  let fetches = 0;
  let answer: () => Promise<string> = () => Promise.reject(new Error("away"));
  const open = () =>
    keysOfUrl("https://issuer.example/jwks", {
      logger: silentLogger,
      clock: { monotonicMs: () => nowMs },
      fetchText: () => {
        fetches += 1;
        return answer();
      },
    });
  beforeEach(() => {
    [nowMs, fetches] = [0, 0];
  });

  const tokenOf = (pair: Pair | undefined, kid: string): Promise<string> =>
    new SignJWT({}).setProtectedHeader({ alg: "ES256", kid }).sign(pair?.privateKey as Pair["privateKey"]);
  const outcome = async (find: ReturnType<typeof open>, token: string): Promise<string> =>
    jwtVerify(token, find).then(
      () => "ok",
      (error: unknown) => (error as { code: string }).code,
    );

  it("are fetched once for a thousand tokens, and twice for a thousand of made-up keys", async () => {
    answer = () => setOf(["a", first as Pair]);
    const find = open();
    const good = await tokenOf(first, "a");
    const outcomes = await Promise.all(Array.from({ length: 1000 }, () => outcome(find, good)));
    expect([new Set(outcomes), fetches]).toEqual([new Set(["ok"]), 1]);
    nowMs += 31 * SECOND;
    for (let n = 0; n < 1000; n += 1) {
      nowMs += 20;
      expect(await outcome(find, await tokenOf(first, `kid-${n}`))).toBe("ERR_JWKS_NO_MATCHING_KEY");
    }
    expect(fetches).toBe(2);
    expect(await outcome(find, good)).toBe("ok");
  });

  it("follow a rotation at once, when the last look is half a minute old", async () => {
    answer = () => setOf(["a", first as Pair]);
    const find = open();
    expect(await outcome(find, await tokenOf(first, "a"))).toBe("ok");
    answer = () => setOf(["a", first as Pair], ["b", second as Pair]);
    expect(await outcome(find, await tokenOf(second, "b"))).toBe("ERR_JWKS_NO_MATCHING_KEY");
    nowMs += 30 * SECOND;
    expect(await outcome(find, await tokenOf(second, "b"))).toBe("ok");
  });

  it("stay for a day while their issuer is away or answers nonsense, and no longer", async () => {
    answer = () => setOf(["a", first as Pair]);
    const find = open();
    const good = await tokenOf(first, "a");
    expect(await outcome(find, good)).toBe("ok");
    for (const nonsense of ["away", '{"keys":[]}', "<html>", '{"keys":[{"kty":"oct","k":"AA"}]}']) {
      answer = () => (nonsense === "away" ? Promise.reject(new Error(nonsense)) : Promise.resolve(nonsense));
      nowMs += 5 * HOUR;
      expect(await outcome(find, good)).toBe("ok");
    }
    nowMs += 5 * HOUR;
    expect(await outcome(find, good)).toBe("CALLER_KEYS_UNAVAILABLE");
  });

  it("are renewed without a call that waits", async () => {
    answer = () => setOf(["a", first as Pair]);
    const find = open();
    const good = await tokenOf(first, "a");
    await outcome(find, good);
    answer = () => new Promise(() => {});
    nowMs += 11 * MINUTE;
    expect(await outcome(find, good)).toBe("ok");
    expect(fetches).toBe(2);
  });

  it("that cannot be fetched at first are asked for again soon, and not by every call", async () => {
    answer = () => Promise.reject(new Error("away"));
    const find = open();
    const good = await tokenOf(first, "a");
    for (let call = 0; call < 20; call += 1)
      expect(await outcome(find, good)).toBe("CALLER_KEYS_UNAVAILABLE");
    expect(fetches).toBe(1);
    answer = () => setOf(["a", first as Pair]);
    nowMs += 5 * SECOND;
    expect(await outcome(find, good)).toBe("ok");
  });
});

describe("parseKeySet", () => {
  it("refuses private keys, symmetric ones, two of one id, none, too many, and what is no set", async () => {
    const one = JSON.parse(await setOf(["a", first as Pair])) as { keys: object[] };
    const [key = {}] = one.keys;
    const secret = await exportJWK((first as Pair).privateKey);
    const sets: unknown[] = [
      { keys: [secret] },
      { keys: [{ kty: "oct", k: "c2VjcmV0" }] },
      { keys: [key, key] },
      { keys: [] },
      { keys: Array.from({ length: 101 }, (_, n) => ({ ...key, kid: String(n) })) },
      { keys: [null] },
      {},
      null,
    ];
    for (const set of sets) expect(() => parseKeySet(JSON.stringify(set))).toThrow(/./);
    expect(() => parseKeySet("nonsense")).toThrow(/./);
    expect(() => parseKeySet(JSON.stringify(one))).not.toThrow();
  });
});
