import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import type { Database } from "../../src/store/index.ts";
import { HOUR, MINUTE } from "../../src/time.ts";
import { describeEachStore, moveClock } from "../support/database.ts";
import { oauthError } from "../support/provider.ts";
import { createTokenFixture, refusal } from "./token-fixture.ts";

const untilDone = new AbortController().signal;

describeEachStore("RevokeConnection", (backend) => {
  let database: Database;
  beforeAll(async () => {
    database = await backend.open();
  });

  it("ends the grant here and at the vendor: refresh token first, then the access token", async () => {
    const { tokens, authorize, provider } = await createTokenFixture(database);
    const selector = await authorize();
    expect(await tokens.revokeConnection(selector)).toBe("done");
    expect(await refusal(tokens.getToken(selector))).toMatchObject({ code: "CONNECTION_NOT_FOUND" });
    expect(await refusal(tokens.getConnection(selector))).toMatchObject({ code: "CONNECTION_NOT_FOUND" });
    expect(provider.requestsTo("revoke").map(({ params }) => params["token_type_hint"])).toEqual([
      "refresh_token",
      "access_token",
    ]);
    expect(provider.grants.size).toBe(0);
  });

  it("is an error for an absent grant, unless the caller retries", async () => {
    const { tokens, authorize } = await createTokenFixture(database);
    const selector = await authorize();
    const absent = { ...selector, connectionId: randomUUID() };
    expect(await refusal(tokens.revokeConnection(absent))).toMatchObject({ code: "CONNECTION_NOT_FOUND" });
    expect(await tokens.revokeConnection({ ...absent, allowMissing: true })).toBe("not_supported");
    await tokens.revokeConnection(selector);
    expect(await tokens.revokeConnection({ ...selector, allowMissing: true })).toBe("not_supported");
  });

  it("says that a vendor without such an endpoint is not told", async () => {
    const { tokens, authorize, provider } = await createTokenFixture(database, {
      registration: { revokeUrl: "" },
    });
    const selector = await authorize();
    expect(await tokens.revokeConnection(selector)).toBe("not_supported");
    expect(provider.requests).toHaveLength(0);
  });

  it("tells a vendor that fails later, and keeps trying", async () => {
    const { tokens, authorize, provider } = await createTokenFixture(database);
    const selector = await authorize();
    provider.always("revoke", { status: 503 });
    expect(await tokens.revokeConnection(selector)).toBe("queued");
    await moveClock(database, MINUTE);
    expect(await tokens.deliverRevocations(untilDone)).toBe(1);
    provider.always("revoke", undefined);
    await moveClock(database, 20 * MINUTE);
    expect(await tokens.deliverRevocations(untilDone)).toBe(1);
    expect(provider.grants.size).toBe(0);
    await moveClock(database, HOUR);
    expect(await tokens.deliverRevocations(untilDone)).toBe(0);
  });

  it("gives up after 24 hours and keeps nothing", async () => {
    const { tokens, authorize, provider, store } = await createTokenFixture(database);
    const selector = await authorize();
    provider.always("revoke", { status: 503 });
    await tokens.revokeConnection(selector);
    const asked = provider.requestsTo("revoke").length;
    await moveClock(database, 25 * HOUR);
    expect(await tokens.deliverRevocations(untilDone)).toBe(0);
    expect(provider.requestsTo("revoke")).toHaveLength(asked);
    expect(await store.revocations.deleteExpired(1000)).toBe(1);
  });

  it("waits for a slow vendor as long as its caller does; the grant has ended by then", async () => {
    const { tokens, authorize, provider } = await createTokenFixture(database, {
      settings: { providerTimeoutSeconds: 15 },
    });
    const selector = await authorize();
    provider.always("revoke", { delayMs: 1500 });
    const startedMs = performance.now();
    const caller = new AbortController();
    expect(await tokens.revokeConnection(selector, { signal: caller.signal })).toBe("done");
    expect(performance.now() - startedMs).toBeLessThan(5000);
    const other = await authorize();
    setTimeout(() => caller.abort(), 100);
    expect(await refusal(tokens.revokeConnection(other, { signal: caller.signal }))).toMatchObject({
      code: "DEADLINE_EXCEEDED",
    });
    expect(await refusal(tokens.getToken(other))).toMatchObject({ code: "CONNECTION_NOT_FOUND" });
  });

  it("is content where the vendor takes refresh tokens only", async () => {
    const { tokens, authorize, provider } = await createTokenFixture(database);
    const selector = await authorize();
    provider.script("revoke", {}, oauthError("unsupported_token_type"));
    expect(await tokens.revokeConnection(selector)).toBe("done");
  });

  describe("where revoking ends the person's whole consent", () => {
    it("leaves the vendor alone while another connection of the person lives, unless forced", async () => {
      const { tokens, authorize, provider } = await createTokenFixture(database, {
        definition: { revokeEndsConsent: true },
      });
      const [first, second, third] = [await authorize(), await authorize(), await authorize()];
      await authorize({ selector: { userId: "somebody else" } });
      expect(await tokens.revokeConnection(first)).toBe("skipped_shared");
      expect(await refusal(tokens.getToken(first))).toMatchObject({ code: "CONNECTION_NOT_FOUND" });
      expect(provider.requests).toHaveLength(0);
      expect(await tokens.revokeConnection({ ...second, forceShared: true })).toBe("done");
      expect(await tokens.revokeConnection(third)).toBe("done");
    });
  });

  it("moves the version: the grant that comes after has a greater one", async () => {
    const { tokens, authorize, row } = await createTokenFixture(database);
    const selector = await authorize();
    const { version, id } = await row(selector);
    await tokens.revokeConnection(selector);
    await authorize({ selector });
    const after = await row(selector);
    expect(after.version).toBeGreaterThan(version);
    expect(after.id).toBe(id);
    expect((await tokens.getToken({ ...selector, rejectedVersion: version })).version).toBe(after.version);
  });
});
