import { inspect } from "node:util";
import { beforeAll, expect, it } from "vitest";
import type { Database } from "../../src/store/index.ts";
import { HOUR, MINUTE, SECOND } from "../../src/time.ts";
import { STRICT } from "../mock-provider/index.ts";
import { canariesIn } from "../support/canaries.ts";
import { describeEachStore, moveClock } from "../support/database.ts";
import { fingerprint, type ScriptedAnswer } from "../support/provider.ts";
import { BAD_ANSWERS, type BadAnswer, leak, ONE_OF_EACH, type Verdict } from "./bad-answers.ts";
import {
  createTokenFixture,
  type FixtureOptions,
  refusal,
  type Selector,
  type TokenFixture,
} from "./token-fixture.ts";

/** A vendor that ends the grant if a refresh token comes twice. */
const options: FixtureOptions = {
  provider: STRICT,
  refresh: { rotates: true, graceSeconds: 0 },
};

interface Meaning {
  readonly status: string;
  readonly failureReason: string;
  /** What a caller is told who cannot be given the stored token. */
  readonly code: string;
  readonly degraded: string;
}

const MEANINGS: Readonly<Record<Verdict, Meaning>> = {
  failing: {
    status: "degraded",
    failureReason: "PROVIDER_UNAVAILABLE",
    code: "PROVIDER_UNAVAILABLE",
    degraded: "PROVIDER_UNAVAILABLE",
  },
  "in doubt": {
    status: "degraded",
    failureReason: "REFRESH_OUTCOME_UNKNOWN",
    code: "PROVIDER_UNAVAILABLE",
    degraded: "PROVIDER_UNAVAILABLE",
  },
  ours: {
    status: "degraded",
    failureReason: "PROVIDER_MISCONFIGURED",
    code: "PROVIDER_MISCONFIGURED",
    degraded: "PROVIDER_MISCONFIGURED",
  },
  dead: {
    status: "needs_reauth",
    failureReason: "REAUTHORIZATION_REQUIRED",
    code: "REAUTHORIZATION_REQUIRED",
    degraded: "REAUTHORIZATION_REQUIRED",
  },
};

const refreshTokenOf = async ({ row, store }: TokenFixture, selector: Selector): Promise<string> =>
  store.tokens.openRefreshToken(await row(selector)) ?? "";

/** Nothing that a vendor said, and nothing that is stored. */
const assertNothingSecret = async (
  fixture: TokenFixture,
  selector: Selector,
  shown: unknown,
): Promise<void> => {
  const { logLines, row, store } = fixture;
  const output = [inspect(shown, { depth: 20, showHidden: true }), ...logLines].join("\n");
  expect(canariesIn(output)).toEqual([]);
  for (const secret of [
    leak,
    store.tokens.openAccessToken(await row(selector)),
    await refreshTokenOf(fixture, selector),
  ])
    expect(output.includes(secret)).toBe(false);
};

describeEachStore("a refresh that is answered with", (backend) => {
  let database: Database;
  beforeAll(async () => {
    database = await backend.open();
  });

  /** Refreshes a token that still works, and is answered like this. */
  const answered = async (answer: ScriptedAnswer, more: FixtureOptions = {}) => {
    const fixture = await createTokenFixture(database, { ...options, ...more });
    const selector = await fixture.authorize();
    await moveClock(database, 56 * MINUTE);
    const before = {
      ...(await fixture.row(selector)),
      refreshToken: await refreshTokenOf(fixture, selector),
    };
    fixture.provider.script("token", answer);
    const error = await refusal(fixture.tokens.refreshToken(selector));
    await fixture.tokens.settle(10 * SECOND);
    return { fixture, selector, before, error };
  };

  const assertKept = async (
    { fixture, selector, before, error }: Awaited<ReturnType<typeof answered>>,
    verdict: Verdict,
    providerError: string,
  ): Promise<void> => {
    const { tokens, store, row } = fixture;
    const { status, failureReason, code, degraded } = MEANINGS[verdict];
    expect(error).toMatchObject({ code });
    const after = await row(selector);
    const { version } = before;
    expect(after).toMatchObject({
      version,
      status,
      failureReason,
      failureProviderError: providerError,
      failureCount: 1,
    });
    expect(await refreshTokenOf(fixture, selector)).toBe(before.refreshToken);
    const accessToken = store.tokens.openAccessToken(before);
    expect(await tokens.getToken(selector)).toMatchObject({
      accessToken,
      version,
      degraded: { reason: degraded },
    });
    expect((await tokens.getConnection(selector)).lastError).toEqual({
      reason: code,
      providerError,
      occurredAt: after.failureAt,
      consecutive: 1,
    });
    await assertNothingSecret(fixture, selector, error);
  };

  /** The next refresh is one call, with the refresh token from before, and works. */
  const assertIntact = async ({
    fixture,
    selector,
    before,
  }: Awaited<ReturnType<typeof answered>>): Promise<void> => {
    const { tokens, provider } = fixture;
    await moveClock(database, 2 * HOUR);
    const view = await tokens.getToken(selector);
    expect(view.degraded).toBeUndefined();
    expect(view.version).toBeGreaterThan(before.version);
    expect(provider.requestsTo("token").at(-1)?.fingerprint).toBe(fingerprint(before.refreshToken));
    expect(provider.grants.views().map(({ ended }) => ended)).toEqual([undefined]);
    expect(provider.grants.isLiveRefreshToken(await refreshTokenOf(fixture, selector))).toBe(true);
  };

  const rows = backend.kind === "postgresql" ? BAD_ANSWERS : ONE_OF_EACH;
  const named = ({ name, verdict }: BadAnswer): string => `${name}: ${verdict}`;

  it.each(rows.filter(({ verdict }) => verdict !== "dead").map((row) => ({ ...row, title: named(row) })))(
    "$title, and the old refresh token works",
    async ({ answer, verdict, providerError = "" }) => {
      const refreshed = await answered(answer);
      await assertKept(refreshed, verdict, providerError);
      await assertIntact(refreshed);
    },
  );

  it.each(rows.filter(({ verdict }) => verdict === "dead").map((row) => ({ ...row, title: named(row) })))(
    "$title, and the provider is not asked again",
    async ({ answer, verdict, providerError = "" }) => {
      const refreshed = await answered(answer);
      await assertKept(refreshed, verdict, providerError);
      const { fixture, selector } = refreshed;
      const made = fixture.calls();
      await moveClock(database, 2 * HOUR);
      const { tokens } = fixture;
      for (const call of [() => tokens.getToken(selector), () => tokens.refreshToken(selector)])
        expect(await refusal(call())).toMatchObject({ code: "REAUTHORIZATION_REQUIRED" });
      expect(fixture.calls()).toBe(made);
    },
  );

  it("nothing at all: in doubt, and the old refresh token works", async () => {
    const hanging = { ...options, settings: { providerTimeoutSeconds: 1 } };
    const refreshed = await answered({ fault: "hang" }, hanging);
    await assertKept(refreshed, "in doubt", "");
    await assertIntact(refreshed);
  });
});
