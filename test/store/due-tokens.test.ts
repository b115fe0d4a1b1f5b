import { beforeAll, describe, expect, it } from "vitest";
import type { Database, DueTokens, RefreshableRegistration, Store } from "../../src/store/index.ts";
import { describeEachStore, moveClock } from "../support/database.ts";
import { grantKey, pins, stored, storeOn, tokenUpdate } from "./fixtures.ts";

let registrations = 0;
/** A registration that no other test uses. */
const newRegistration = (): RefreshableRegistration => {
  registrations += 1;
  return { id: `environment:due-${registrations}`, clientId: "client-1" };
};

describeEachStore("tokens.claimDue", (backend) => {
  let database: Database;
  let store: Store;
  beforeAll(async () => {
    database = await backend.open();
    store = storeOn(database);
  });

  /** A token of the registration that is due since so many seconds. */
  const due = (registration: RefreshableRegistration, sinceSeconds = 10, overrides = {}) =>
    stored(store, {
      pins: pins({ registrationId: registration.id, clientId: registration.clientId }),
      nextRefresh: { afterSeconds: -sinceSeconds },
      ...overrides,
    });

  const claim = (
    wanted: readonly (RefreshableRegistration & { limit?: number })[],
    overrides: Partial<DueTokens> = {},
  ) =>
    store.tokens.claimDue({
      limit: 100,
      owner: "replica-1",
      leaseSeconds: 45,
      registrations: wanted.map((registration) => ({ limit: 100, ...registration })),
      idleDays: 0,
      ...overrides,
    });

  it("takes what is due, longest due first, with a lease and a version each", async () => {
    const acme = newRegistration();
    const [late, later, latest] = [await due(acme, 30), await due(acme, 10), await due(acme, 20)];
    await due(acme, -60);
    const claims = await claim([acme]);
    expect(claims.map(({ id }) => id)).toEqual([late.id, latest.id, later.id]);
    expect(new Set(claims.map(({ nextVersion }) => nextVersion)).size).toBe(3);
    expect(claims[0]).toMatchObject({ leaseOwner: "replica-1", leaseSeq: 1n, takenOverFrom: null });
    expect(await claim([acme])).toEqual([]);
    expect(await store.tokens.saveRefreshed(claims[0]!, tokenUpdate())).toMatchObject({
      version: claims[0]!.nextVersion,
    });
  });

  it("leaves alone what this replica has no credentials for", async () => {
    const acme = newRegistration();
    await due(acme);
    expect(await claim([])).toEqual([]);
    expect(await claim([{ ...acme, clientId: "client-2" }])).toEqual([]);
    expect(await claim([newRegistration()])).toEqual([]);
    expect(await claim([newRegistration(), acme])).toHaveLength(1);
  });

  it("leaves alone the dead, the blocked, the revoked and what has no refresh token or no due time", async () => {
    const acme = newRegistration();
    const dead = await due(acme);
    const lease = await store.tokens.claim(dead.id, dead.version, "replica-1", 45);
    await store.tokens.recordFailure(lease!, {
      status: "needs_reauth",
      reason: "REAUTHORIZATION_REQUIRED",
      providerError: "",
      nextAttempt: undefined,
    });
    const blocked = await due(acme);
    await database.sql.run("", "update connection_tokens set status = 'blocked' where id = $1", [blocked.id]);
    await store.tokens.revoke(await due(acme), undefined);
    await due(acme, 10, { refreshToken: undefined });
    await due(acme, 10, { nextRefresh: undefined });
    expect(await claim([acme])).toEqual([]);
  });

  it("waits for the next attempt after a failure", async () => {
    const acme = newRegistration();
    await due(acme);
    const [failed] = await claim([acme]);
    await store.tokens.recordFailure(failed!, {
      status: "degraded",
      reason: "PROVIDER_UNAVAILABLE",
      providerError: "",
      nextAttempt: { afterSeconds: 60 },
    });
    expect(await claim([acme])).toEqual([]);
    await moveClock(database, 61_000);
    expect(await claim([acme])).toHaveLength(1);
  });

  it("goes in turns over registrations: ten thousand of one do not keep another waiting", async () => {
    const [crowd, small] = [newRegistration(), newRegistration()];
    for (let i = 0; i < 8; i += 1) await due(crowd, 1000 + i);
    const single = await due(small, 1);
    const claims = await claim([crowd, small], { limit: 4 });
    expect(claims).toHaveLength(4);
    expect(claims.map(({ id }) => id)).toContain(single.id);
    expect(await claim([{ ...crowd, limit: 2 }])).toHaveLength(2);
  });

  it("takes as many of each registration as it has room for", async () => {
    const [wide, narrow] = [newRegistration(), newRegistration()];
    for (let i = 0; i < 4; i += 1) {
      await due(wide);
      await due(narrow);
    }
    const claims = await claim([
      { ...wide, limit: 3 },
      { ...narrow, limit: 1 },
    ]);
    expect(claims.map(({ pins: { registrationId } }) => registrationId).toSorted()).toEqual(
      [wide.id, wide.id, wide.id, narrow.id].toSorted(),
    );
  });

  it("leaves out what has been due for longer, if it is told to", async () => {
    const acme = newRegistration();
    const [, recent] = [await due(acme, 700), await due(acme, 500)];
    const claims = await claim([acme], { dueWithinSeconds: 600 });
    expect(claims.map(({ id }) => id)).toEqual([recent.id]);
    expect(await claim([acme])).toHaveLength(1);
  });

  it("gives each row to one of many replicas at once", async () => {
    const acme = newRegistration();
    for (let i = 0; i < 12; i += 1) await due(acme);
    const claims = await Promise.all(
      Array.from({ length: 6 }, (_, i) => claim([acme], { owner: `replica-${i}`, limit: 5 })),
    );
    const ids = claims.flat().map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const rest = await claim([acme]);
    expect(ids.length + rest.length).toBe(12);
  });

  it("spares grants that nobody read for the idle days", async () => {
    const acme = newRegistration();
    const [read] = [await due(acme), await due(acme)];
    await moveClock(database, 3 * 86_400_000);
    await store.tokens.touchLastUsed([{ id: read.id, usedAgoMs: 0 }]);
    const claims = await claim([acme], { idleDays: 2 });
    expect(claims.map(({ id }) => id)).toEqual([read.id]);
    expect(await claim([acme])).toHaveLength(1);
  });

  it("skips a row that was edited into something unreadable, and goes on", async () => {
    const acme = newRegistration();
    const [broken, fine] = [await due(acme), await due(acme)];
    await database.sql.run("", "update connection_tokens set version = -5 where id = $1", [broken.id]);
    expect((await claim([acme])).map(({ id }) => id)).toEqual([fine.id]);
    await expect(store.tokens.find(broken)).rejects.toMatchObject({
      code: "INTERNAL",
      metadata: { column: "version" },
    });
  });

  it("claims others instead of such rows, however many are due the longest", async () => {
    const [acme, other] = [newRegistration(), newRegistration()];
    for (let i = 0; i < 7; i += 1) {
      const broken = await due(acme, 1000 + i);
      await database.sql.run("", "update connection_tokens set revision = -1 where id = $1", [broken.id]);
    }
    const fine = [await due(acme, 30), await due(acme, 20), await due(other, 25)];
    await due(acme, 10);
    const claims = await claim([
      { ...acme, limit: 2 },
      { ...other, limit: 2 },
    ]);
    expect(claims.map(({ id }) => id)).toEqual([fine[0], fine[2], fine[1]].map((row) => row?.id));
    expect(await claim([acme], { limit: 3 })).toHaveLength(1);
  });
});

describe("the claim's plan", () => {
  describeEachStore("with many rows", (backend) => {
    it("uses the index on due rows for each registration", async () => {
      const database = await backend.open();
      const store = storeOn(database);
      const row = await stored(store, {}, grantKey());
      await database.sql.run(
        "",
        `insert into connection_tokens (namespace, connection_id, user_id, provider, mcp_server_url, token_name, status, version,
           revision, access_token, access_token_key_id, refresh_token, refresh_token_key_id, token_type, scopes, requested_scopes,
           issued_at, from_refresh, registration_id, client_id, token_url, revoke_url, issuer, resource, provider_config,
           provider_metadata, labels, account_label, next_refresh_at, created_at, authorized_at)
         select namespace, gen_random_uuid(), user_id, provider, mcp_server_url, token_name, status, version, revision, access_token,
           access_token_key_id, refresh_token, refresh_token_key_id, token_type, scopes, requested_scopes, issued_at, from_refresh,
           registration_id, client_id, token_url, revoke_url, issuer, resource, provider_config, provider_metadata, labels,
           account_label, now() + interval '1 hour', created_at, authorized_at
         from connection_tokens, generate_series(1, 5000) where id = $1`,
        [row.id],
      );
      await database.sql.run("", "analyze connection_tokens", []);
      const { rows } = await database.sql.run(
        "",
        `explain select t.id from unnest($1::text[], $2::text[]) as r (registration_id, client_id) cross join lateral (
           select t.id from connection_tokens t
           where t.registration_id = r.registration_id and t.client_id = r.client_id and t.next_refresh_at is not null and t.due_at <= broker_now()
             and t.revoked_at is null and t.status in ('active', 'degraded') and t.refresh_token is not null
           order by t.due_at limit 10 for update skip locked) t`,
        [[row.pins.registrationId], [row.pins.clientId]],
      );
      const plan = rows.map((line) => line["QUERY PLAN"]).join("\n");
      expect(plan).toContain("connection_tokens_due");
    });
  });
});
