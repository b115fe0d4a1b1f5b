import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import type {
  Database,
  NewOAuthClient,
  OAuthClientKey,
  OAuthClientRepository,
  RegistrationClaim,
  Store,
} from "../../src/store/index.ts";
import { canary } from "../support/canaries.ts";
import { describeEachStore, moveClock } from "../support/database.ts";
import { grantKey, newKeyRing, pins, secondsAfter, stored, storeOn } from "./fixtures.ts";

const LEASE_SECONDS = 20;
const HOUR_MS = 3_600_000;

/** Every call names another client's place. */
const place = (changes: Partial<OAuthClientKey> = {}): OAuthClientKey => ({
  namespace: "default",
  issuer: `https://${randomUUID()}.test`,
  resource: "https://h.test/mcp",
  redirectUri: "https://broker.test/connect/callback/mcp/key",
  ...changes,
});

const byHand = (changes: Partial<OAuthClientKey> = {}) =>
  place({ resource: "", redirectUri: "", ...changes });

const client = (changes: Partial<NewOAuthClient> = {}): NewOAuthClient => ({
  clientId: `c-${randomUUID()}`,
  secret: canary("oauth_client_secret"),
  secretExpiresAt: undefined,
  tokenEndpointAuthMethod: "client_secret_basic",
  grantTypes: ["authorization_code"],
  metadata: { host: "h.test" },
  ...changes,
});

describeEachStore("OAuth clients", (backend) => {
  let database: Database;
  let store: Store;
  let clients: OAuthClientRepository;
  /** Another replica. */
  let others: OAuthClientRepository;
  beforeAll(async () => {
    database = await backend.open();
    const keyRing = newKeyRing();
    store = storeOn(database, keyRing);
    clients = store.oauthClients;
    others = storeOn(database, keyRing).oauthClients;
  });

  const claimed = async (key: OAuthClientKey, by = clients): Promise<RegistrationClaim> => {
    const outcome = await by.claim(key, "dynamic", LEASE_SECONDS);
    if (outcome.kind !== "claimed") throw new Error(`the claim is ${outcome.kind}`);
    return outcome.claim;
  };

  const registered = async (key: OAuthClientKey, changes: Partial<NewOAuthClient> = {}) => {
    const row = await clients.complete(await claimed(key), client(changes));
    if (!row) throw new Error("the claim was lost");
    return row;
  };

  describe("that the broker registers", () => {
    it("are what their server issued, for whoever comes next", async () => {
      const key = place();
      const secretExpiresAt = new Date("2033-05-18T03:33:20Z");
      const issued = client({ secretExpiresAt, registrationAccessToken: canary("registration_token") });
      const row = await clients.complete(await claimed(key), issued);
      expect(row).toMatchObject({
        ...key,
        clientId: issued.clientId,
        origin: "dynamic",
        tokenEndpointAuthMethod: "client_secret_basic",
        grantTypes: ["authorization_code"],
        metadata: { host: "h.test" },
        secretExpiresAt,
        retiredAt: null,
        retiredReason: "",
        refusals: 0,
      });
      const next = await others.claim(key, "dynamic", LEASE_SECONDS);
      if (next.kind !== "ready") throw new Error(next.kind);
      expect(next.client.id).toBe(row?.id);
      expect(others.openSecret(next.client)).toBe(issued.secret);
      expect(
        JSON.stringify(next.client, (_, value: unknown) =>
          typeof value === "bigint" ? String(value) : value,
        ),
      ).not.toContain("CANARY");
    });

    it("may have no secret", async () => {
      expect(clients.openSecret(await registered(place(), { secret: undefined }))).toBeUndefined();
    });

    it("are registered by one of 20 callers in two replicas", async () => {
      const key = place();
      const callers = Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? clients : others));
      const outcomes = await Promise.all(callers.map((by) => by.claim(key, "document", LEASE_SECONDS)));
      expect(outcomes.map(({ kind }) => kind).toSorted()).toEqual([
        ...Array.from({ length: 19 }, () => "busy"),
        "claimed",
      ]);
    });

    it("are invisible until they are complete", async () => {
      const key = place();
      const { id } = await claimed(key);
      expect([await clients.find(key), await clients.get(id)]).toEqual([undefined, undefined]);
      expect((await clients.listUsable()).map((usable) => usable.id)).not.toContain(id);
      expect(await clients.retire(id, "deleted")).toBe(false);
      expect(
        await clients.list(key.namespace, { ownOnly: false, afterId: "", limit: 1000 }),
      ).not.toContainEqual(expect.objectContaining({ id }));
    });

    it("can be registered by another as soon as one gives up", async () => {
      const key = place();
      const first = await claimed(key);
      await clients.abandon(first);
      const second = await claimed(key, others);
      await clients.abandon(first);
      expect(await clients.complete(first, client())).toBeUndefined();
      expect(await others.complete(second, client())).toMatchObject({ id: second.id });
    });

    it("can be registered by another when the first is late, who then has nothing", async () => {
      const key = place();
      const late = await claimed(key);
      await moveClock(database, (LEASE_SECONDS - 1) * 1000);
      expect((await others.claim(key, "dynamic", LEASE_SECONDS)).kind).toBe("busy");
      await moveClock(database, 2000);
      const outcomes = await Promise.all(
        [clients, others, clients].map((by) => by.claim(key, "dynamic", LEASE_SECONDS)),
      );
      const winners = outcomes.flatMap((outcome) => (outcome.kind === "claimed" ? [outcome.claim] : []));
      expect(winners).toHaveLength(1);
      expect(await clients.complete(late, client())).toBeUndefined();
      await clients.abandon(late);
      const row = await others.complete(winners[0]!, client());
      expect(row?.version).toBeGreaterThan(late.version);
      expect(others.openSecret(row!)).toContain("CANARY");
      expect(await others.complete(winners[0]!, client())).toBeUndefined();
    });

    it("are found by the whole key and by nothing else", async () => {
      const key = place();
      const { id } = await registered(key);
      expect((await clients.find(key))?.id).toBe(id);
      for (const change of [
        { namespace: "other" },
        { issuer: `${key.issuer}/` },
        { resource: "" },
        { resource: "https://h.test/mcp/" },
        { redirectUri: "" },
        { resource: key.redirectUri, redirectUri: key.resource },
      ])
        expect(await clients.find({ ...key, ...change })).toBeUndefined();
      expect(await clients.get("no-uuid")).toBeUndefined();
      expect(await clients.get(randomUUID())).toBeUndefined();
    });
  });

  describe("that an operator gives", () => {
    it("take another's place only when they shall", async () => {
      const key = byHand();
      const first = await clients.put(key, client(), false);
      expect(first).toMatchObject({ ...key, origin: "rpc" });
      expect(await clients.put(key, client(), false)).toBeUndefined();
      expect((await clients.find(key))?.id).toBe(first?.id);
      const secret = canary("oauth_client_secret");
      const second = await clients.put(key, client({ secret }), true);
      expect(second?.id).not.toBe(first?.id);
      expect((await clients.find(key))?.id).toBe(second?.id);
      expect(clients.openSecret(second!)).toBe(secret);
      expect(await clients.get(first!.id)).toMatchObject({ retiredReason: "replaced" });
      expect(clients.openSecret((await clients.get(first!.id))!)).toContain("CANARY");
    });

    it("replace nothing where there is nothing", async () => {
      const key = byHand();
      expect(await clients.put(key, client(), true)).toMatchObject(key);
    });

    it("leave one, however many come at once", async () => {
      const key = byHand();
      const callers = [clients, others, clients, others, clients, others];
      const first = await Promise.all(callers.map((by) => by.put(key, client(), false)));
      expect(first.filter((row) => row !== undefined)).toHaveLength(1);
      const replaced = (await Promise.all(callers.map((by) => by.put(key, client(), true)))).concat(
        await Promise.all(callers.map((by) => by.put(key, client(), true))),
      );
      expect(replaced.every((row) => row !== undefined)).toBe(true);
      const live = await clients.find(key);
      expect(replaced.map((row) => row?.id)).toContain(live?.id);
      const all = await Promise.all(replaced.map((row) => clients.get(row!.id)));
      expect(all.filter((row) => row?.retiredAt === null)).toHaveLength(1);
    });
  });

  describe("that are retired", () => {
    it("are not found any more, once, and still read for their grants", async () => {
      const key = place();
      const { id } = await registered(key);
      expect(await Promise.all([clients.retire(id, "expired"), others.retire(id, "deleted")])).toContain(
        true,
      );
      expect(await clients.retire(id, "deleted")).toBe(false);
      expect(await clients.find(key)).toBeUndefined();
      expect((await clients.get(id))?.retiredAt).toBeInstanceOf(Date);
      expect((await registered(key)).id).not.toBe(id);
      expect(await clients.retire(randomUUID(), "deleted")).toBe(false);
    });

    it("count for those after them while they were refused within the hour", async () => {
      const key = place();
      const first = await registered(key);
      await clients.retire(first.id, "refused");
      const second = await registered(key);
      await clients.retire(second.id, "expired");
      const third = await registered(key);
      expect([first.refusals, second.refusals, third.refusals]).toEqual([0, 1, 1]);
      expect((await registered(place())).refusals).toBe(0);
      await moveClock(database, HOUR_MS + 1000);
      await clients.retire(third.id, "refused");
      expect((await registered(key)).refusals).toBe(1);
    });

    it("are what the sweep may refresh with, but for refused and deleted ones", async () => {
      const rows = await Promise.all(
        ["live", "expired", "replaced", "refused", "deleted"].map(() => registered(place())),
      );
      for (const [index, reason] of (["expired", "replaced", "refused", "deleted"] as const).entries())
        await clients.retire(rows[index + 1]!.id, reason);
      const usable = (await clients.listUsable()).map(({ id }) => id);
      expect(rows.map(({ id }) => usable.includes(id))).toEqual([true, true, true, false, false]);
      expect(await clients.listUsable()).toContainEqual({ id: rows[0]!.id, clientId: rows[0]!.clientId });
    });

    it("are forgotten when they are old and no live grant was made with them", async () => {
      const [live, pinned, revoked, young, old] = await Promise.all(
        Array.from({ length: 5 }, () => registered(place())),
      );
      const grantOf = (id: string) =>
        stored(
          store,
          { pins: pins({ registrationId: `mcp:${id}` }) },
          grantKey({ provider: "", mcpServerUrl: "https://h.test/mcp" }),
        );
      await grantOf(pinned!.id);
      await store.tokens.revoke(await grantOf(revoked!.id), { owner: "replica-1", leaseSeconds: 1 });
      for (const { id } of [pinned!, revoked!, old!]) await clients.retire(id, "replaced");
      await moveClock(database, 2 * HOUR_MS);
      await clients.retire(young!.id, "replaced");
      const deleted = [
        await clients.deleteRetired(3600, 1),
        await clients.deleteRetired(3600, 1000),
        await clients.deleteRetired(3600, 1000),
      ];
      expect([deleted[0], deleted[2]]).toEqual([1, 0]);
      const left = await Promise.all([live, pinned, revoked, young, old].map((row) => clients.get(row!.id)));
      expect(left.map((row) => row !== undefined)).toEqual([true, true, false, true, false]);
    });
  });

  it("are listed by namespace, live ones, page by page", async () => {
    const namespace = `n-${randomUUID().slice(0, 8)}`;
    const ids: string[] = [];
    for (let count = 0; count < 5; count += 1)
      ids.push((await clients.put(byHand({ namespace }), client(), false))!.id);
    const own = await registered(place({ namespace }));
    await clients.retire(ids.pop()!, "deleted");
    await clients.put(byHand({ namespace: "elsewhere" }), client(), false);
    const pages: string[][] = [];
    for (let afterId = ""; pages.at(-1)?.length !== 0; afterId = pages.at(-1)?.at(-1) ?? "")
      pages.push((await clients.list(namespace, { ownOnly: true, afterId, limit: 3 })).map(({ id }) => id));
    expect(pages.map((page) => page.length)).toEqual([3, 1, 0]);
    expect(pages.flat()).toEqual(ids.toSorted());
    const all = await clients.list(namespace, { ownOnly: false, afterId: "", limit: 1000 });
    expect(all.map(({ id }) => id)).toEqual([...ids, own.id].toSorted());
  });

  it("are dated by the database", async () => {
    const row = await registered(place());
    expect(Math.abs(secondsAfter(row.now, row.createdAt))).toBeLessThan(10);
  });

  describe("of which a row was edited", () => {
    it.each([
      ["issuer", "https://evil.test"],
      ["namespace", "elsewhere"],
      ["resource", "https://evil.test/mcp"],
      ["redirect_uri", "https://evil.test/callback"],
      ["client_id", "c-2"],
      ["token_endpoint_auth_method", "client_secret_post"],
      ["grant_types", "{client_credentials}"],
      ["metadata", '{"host":"evil.test"}'],
      ["id", randomUUID()],
      ["version", "999999999"],
    ])("do not give their secret away: %s", async (column, value) => {
      const { id } = await registered(place());
      const edited = (
        await database.sql.run("", `update oauth_clients set ${column} = $1 where id = $2 returning id`, [
          value,
          id,
        ])
      ).rows[0];
      const row = await clients.get(String(edited?.["id"]));
      expect(() => clients.openSecret(row!)).toThrow(
        expect.objectContaining({ code: "KEY_UNAVAILABLE", metadata: { cause: "binding" } }),
      );
    });

    it("do not give another's away, or another field", async () => {
      const [a, b] = [
        await registered(place()),
        await registered(place(), { registrationAccessToken: canary("registration_token") }),
      ];
      await database.sql.run(
        "",
        "update oauth_clients t set client_secret = o.client_secret from oauth_clients o where t.id = $1 and o.id = $2",
        [a.id, b.id],
      );
      await database.sql.run(
        "",
        "update oauth_clients set client_secret = registration_access_token where id = $1",
        [b.id],
      );
      for (const { id } of [a, b]) {
        const row = await clients.get(id);
        expect(() => clients.openSecret(row!)).toThrow(expect.objectContaining({ code: "KEY_UNAVAILABLE" }));
      }
    });
  });
});
