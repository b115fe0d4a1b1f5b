import { describe, expect, it } from "vitest";
import { BrokerError } from "../errors.ts";
import type { TokenAnswer, TokenView } from "../tokens/index.ts";
import { createAudience } from "./audience.ts";
import { createWatchRegistry } from "./watch-registry.ts";
import { watchTokens } from "./watch-tokens.ts";

const clock = { monotonicMs: () => performance.now() };

const grantOf = (userId: string) => ({
  namespace: "default",
  connectionId: "7d9f2c1e-5b1a-4c59-9a8e-0f6f5d1c2b3a",
  userId,
  provider: "acme",
  mcpServerUrl: "",
});

/** Streams over tokens whose states a test sets. */
const setUp = () => {
  const registry = createWatchRegistry();
  const audience = createAudience({ clock, onTick: () => {}, onPresence: () => {} });
  const states = new Map<string, bigint | BrokerError>();
  let looks = 0;
  const look = async ({ userId }: { userId: string }): Promise<TokenAnswer> => {
    looks += 1;
    const state = states.get(userId) ?? 0n;
    await Promise.resolve();
    return typeof state === "bigint"
      ? { ok: true, revision: state, token: { asOf: new Date(), version: state } as TokenView }
      : { ok: false, revision: 0n, reason: state };
  };
  return {
    looks: () => looks,
    watch: (userIds: readonly string[], signal: AbortSignal = new AbortController().signal) => {
      const watches = userIds.map((userId) => ({ request: grantOf(userId), sinceRevision: 0n }));
      const deps = {
        audience,
        registry,
        looks: { look },
        clock,
        random: () => 0,
        grantOf: (r: object) => r as never,
      };
      return watchTokens(deps, watches, { signal });
    },
    set: (userId: string, state: bigint | BrokerError): void => {
      states.set(userId, state);
      registry.changed([{ ...grantOf(userId), tokenName: "", id: userId, revision: 0n }]);
    },
    watched: () => registry.size(),
    dismiss: () => audience.dismiss(),
  };
};

const turns = async (): Promise<void> => {
  for (let n = 0; n < 50; n += 1) await new Promise((resolve) => void setImmediate(resolve));
};

type Stream = ReturnType<ReturnType<typeof setUp>["watch"]>;

const next = async (stream: Stream) => {
  const { value } = await stream.next();
  if (value?.kind !== "state") return value?.kind;
  return `${value.index}: ${value.answer.ok ? value.answer.revision : (value.answer.reason as BrokerError).code}`;
};

describe("watchTokens", () => {
  it("tells a slow reader the latest state of each watch and none in between", async () => {
    const { watch, set, looks } = setUp();
    const stream = watch(["ada", "bob"]);
    expect([await next(stream), await next(stream)]).toEqual(["0: 0", "1: 0"]);
    const waiting = next(stream);
    set("ada", 1n);
    expect(await waiting).toBe("0: 1");
    const before = looks();
    for (let revision = 2n; revision <= 1000n; revision += 1n) {
      set("ada", revision);
      set("bob", revision);
      if (revision % 100n === 0n) await turns();
    }
    expect(new Set([await next(stream), await next(stream)])).toEqual(new Set(["0: 1000", "1: 1000"]));
    // The reader was away: nobody looked for it.
    expect(looks() - before).toBeLessThanOrEqual(4);
    await stream.return(undefined);
  });

  it("looks at no more than its reader has room for", async () => {
    const { watch, looks } = setUp();
    const stream = watch(Array.from({ length: 500 }, (_, index) => `user-${index}`));
    await next(stream);
    await turns();
    expect(looks()).toBeLessThanOrEqual(100);
    const rest = new Set<string | undefined>();
    for (let n = 0; n < 499; n += 1) rest.add(await next(stream));
    expect(rest.size).toBe(499);
    await stream.return(undefined);
  });

  it("does not repeat a state, and tells none of the broker's own trouble", async () => {
    const { watch, set } = setUp();
    const stream = watch(["ada"]);
    expect(await next(stream)).toBe("0: 0");
    const waiting = next(stream);
    set("ada", 0n);
    await turns();
    set("ada", new BrokerError("STORE_UNAVAILABLE", ""));
    await turns();
    set("ada", new BrokerError("BLOCKED", ""));
    expect(await waiting).toBe("0: BLOCKED");
    await stream.return(undefined);
  });

  it("ends with its caller, or with the replica, and leaves nothing behind", async () => {
    const { watch, watched, dismiss } = setUp();
    const leaving = new AbortController();
    const [one, two] = [watch(["ada"], leaving.signal), watch(["ada"])];
    await Promise.all([next(one), next(two)]);
    expect(watched()).toBe(2);
    const ending = one.next();
    leaving.abort();
    expect(await ending).toEqual({ done: true, value: undefined });
    const refused = two.next();
    dismiss();
    await expect(refused).rejects.toMatchObject({ code: "DRAINING" });
    expect(watched()).toBe(0);
  });
});
