import { beforeAll, describe, expect, it } from "vitest";
import type { Database } from "../../src/store/index.ts";
import { HOUR, MINUTE, SECOND } from "../../src/time.ts";
import { moveClock, storeUnderTest } from "../support/database.ts";
import { oauthError } from "../support/provider.ts";
import { createTokenFixture } from "./token-fixture.ts";

describe("GetConnection", () => {
  const backend = storeUnderTest("postgresql");
  let database: Database;
  beforeAll(async () => {
    database = await backend.open();
  });

  it("says when the refresh token ends, as the provider says it with each refresh", async () => {
    const { tokens, authorize, provider, row } = await createTokenFixture(database, {
      provider: { refreshIdleSeconds: 7200, refreshLifetimeSeconds: 100_000, listsRefreshLifetime: true },
    });
    const selector = await authorize();
    expect((await tokens.getConnection(selector)).refreshExpiresAt).toBeUndefined();
    for (let refresh = 0; refresh < 2; refresh += 1) {
      provider.server.clock.move(HOUR);
      await moveClock(database, HOUR);
      await tokens.refreshToken(selector);
      const { refreshExpiresAt, lastRefreshedAt } = await tokens.getConnection(selector);
      expect(refreshExpiresAt).toEqual((await row(selector)).refreshExpiresAt);
      const lifeMs = (refreshExpiresAt?.getTime() ?? 0) - (lastRefreshedAt?.getTime() ?? 0);
      expect(Math.abs(lifeMs - 7200 * SECOND)).toBeLessThan(5 * SECOND);
    }
  });

  it("shows the last failure, how often it came, and when it is tried again, until a refresh works", async () => {
    const { tokens, authorize, provider, row } = await createTokenFixture(database);
    const selector = await authorize();
    expect((await tokens.getConnection(selector)).lastError).toBeUndefined();
    provider.always("token", oauthError("temporarily_unavailable", 503));
    await moveClock(database, 56 * MINUTE);
    for (const consecutive of [1, 2, 3]) {
      await tokens.getToken(selector);
      const { failureAt, nextAttemptAt } = await row(selector);
      expect(await tokens.getConnection(selector)).toMatchObject({
        status: "degraded",
        refreshable: true,
        nextRefreshAt: nextAttemptAt,
        lastError: {
          reason: "PROVIDER_UNAVAILABLE",
          providerError: "temporarily_unavailable",
          occurredAt: failureAt,
          consecutive,
        },
      });
      await moveClock(database, 20 * SECOND);
    }
    provider.always("token", undefined);
    await tokens.getToken(selector);
    expect(await tokens.getConnection(selector)).toMatchObject({ status: "active", lastError: undefined });
  });

  it("shows what ended a grant, for as long as it is over", async () => {
    const { tokens, authorize, provider } = await createTokenFixture(database);
    const selector = await authorize();
    provider.grants.revokeAll();
    await moveClock(database, 56 * MINUTE);
    await tokens.getToken(selector);
    await moveClock(database, 100 * HOUR);
    expect(await tokens.getConnection(selector)).toMatchObject({
      status: "needs_reauth",
      refreshable: false,
      nextRefreshAt: undefined,
      lastError: { reason: "REAUTHORIZATION_REQUIRED", providerError: "invalid_grant", consecutive: 1 },
    });
    await authorize({ selector });
    expect(await tokens.getConnection(selector)).toMatchObject({ status: "active", lastError: undefined });
  });
});
