import { randomUUID } from "node:crypto";
import { afterEach, describe, expect, it } from "vitest";
import { AuthorizationStatus } from "../../gen/ts/tokenbroker/v1/authorization_pb.ts";
import { canary } from "../support/canaries.ts";
import { json } from "../support/provider.ts";
import { useAcmeApp } from "./acme-app.ts";

const ISSUER = "https://id.example";

const idToken = (subject: string): string =>
  [
    "e30",
    Buffer.from(JSON.stringify({ iss: ISSUER, sub: subject, aud: "client" })).toString("base64url"),
    "x",
  ].join(".");

const tokens = (more: object = {}) =>
  json({
    access_token: canary("access_token"),
    refresh_token: canary("refresh_token"),
    token_type: "Bearer",
    expires_in: 3600,
    ...more,
  });

const of = (subject: string) => tokens({ id_token: idToken(subject) });

const useAccounts = (env: Readonly<Record<string, string>>) => {
  const app = useAcmeApp({ env });
  const broker = () => app.broker.client();
  afterEach(() => {
    app.provider.always("token", undefined);
    app.provider.always("userinfo", undefined);
  });
  const newGrant = () => ({ connectionId: randomUUID(), userId: "user-1", provider: "acme" });
  type Grant = ReturnType<typeof newGrant>;
  /** How the browser leaves, and what GetAuthorization says. */
  const authorize = async (grant: Grant, answer: ReturnType<typeof tokens>, request: object = {}) => {
    app.provider.script("token", answer);
    const started = await broker().startAuthorization({
      ...grant,
      redirectUri: "http://localhost:9/done",
      ...request,
    });
    const callback = await app.provider.authorize(started.authorizeUrl);
    const response = await fetch(callback, { redirect: "manual" });
    await response.text();
    const { searchParams } = new URL(response.headers.get("location") ?? "about:blank");
    const { status, reason } = await broker().getAuthorization({ authorizationId: started.authorizationId });
    return { error: searchParams.get("error"), status, reason };
  };
  const pinned = async (grant: Grant) => (await broker().getConnection(grant)).connection?.accountPinned;
  const events = (grant: Grant) =>
    app.broker.logLines
      .filter(
        ({ event, connection_id: id }) => event.includes("another account") && id === grant.connectionId,
      )
      .map(({ outcome }) => outcome);
  const queued = async (grant: Grant) =>
    (
      await app.database.sql.run("", "select count(*) as n from revocation_outbox where connection_id = $1", [
        grant.connectionId,
      ])
    ).rows[0]?.["n"];
  return { app, broker, newGrant, authorize, pinned, events, queued };
};

const SUCCEEDED = { error: null, status: AuthorizationStatus.SUCCEEDED, reason: "" };
const REFUSED = {
  error: "account_mismatch",
  status: AuthorizationStatus.FAILED,
  reason: "ACCOUNT_MISMATCH",
};

describe("accounts without BROKER_PIN_ACCOUNTS", () => {
  const { broker, newGrant, authorize, pinned, events, queued, app } = useAccounts({});

  it("are pinned where the answer tells whose they are, and survive refreshes", async () => {
    const grant = newGrant();
    expect(await authorize(grant, of("ada"))).toEqual(SUCCEEDED);
    expect(await pinned(grant)).toBe(true);
    const { connections } = await broker().listConnections({ userId: grant.userId });
    expect(connections.find(({ connectionId }) => connectionId === grant.connectionId)?.accountPinned).toBe(
      true,
    );
    app.provider.script("token", tokens());
    await broker().refreshToken(grant);
    expect(await pinned(grant)).toBe(true);
    expect(await authorize(grant, of("ada"), { pinAccount: true })).toEqual(SUCCEEDED);
    expect(events(grant)).toEqual([]);
  });

  it("are unpinned where it does not, and then anybody's", async () => {
    const grant = newGrant();
    expect(await authorize(grant, tokens(), { pinAccount: true })).toEqual(SUCCEEDED);
    expect(await pinned(grant)).toBe(false);
    expect(await authorize(grant, of("eve"), { pinAccount: true })).toEqual(SUCCEEDED);
    expect(await pinned(grant)).toBe(true);
  });

  it("may change, which is an event", async () => {
    const grant = newGrant();
    await authorize(grant, of("ada"));
    expect(await authorize(grant, of("eve"))).toEqual(SUCCEEDED);
    expect(events(grant)).toEqual(["changed"]);
    expect(await authorize(grant, tokens())).toEqual(SUCCEEDED);
    expect(events(grant)).toEqual(["changed", "unpinned"]);
    expect(await pinned(grant)).toBe(false);
  });

  it("may not change where the request says so; the present grant stays, the new tokens are revoked", async () => {
    const grant = newGrant();
    await authorize(grant, of("ada"));
    const before = await broker().getToken(grant);
    expect(await authorize(grant, of("eve"), { pinAccount: true })).toEqual(REFUSED);
    expect(await broker().getToken(grant)).toEqual(before);
    expect([events(grant), await queued(grant)]).toEqual([["refused"], 1n]);
    expect(await authorize(grant, tokens(), { pinAccount: true })).toEqual(REFUSED);
    expect(await authorize(grant, of("eve"), { pinAccount: true, allowAccountChange: true })).toEqual(
      SUCCEEDED,
    );
    expect((await broker().getToken(grant)).version).toBeGreaterThan(before.version);
  });

  it("are forgotten with the grant", async () => {
    const grant = newGrant();
    await authorize(grant, of("ada"));
    await broker().revokeConnection(grant);
    expect(await authorize(grant, of("eve"), { pinAccount: true })).toEqual(SUCCEEDED);
  });

  it("are told by CompleteAuthorization as well", async () => {
    const grant = newGrant();
    await authorize(grant, of("ada"));
    app.provider.script("token", of("eve"));
    const { authorizeUrl } = await broker().startAuthorization({
      ...grant,
      redirectUri: "http://localhost:9/done",
      completion: 2,
      pinAccount: true,
    });
    const response = await fetch(await app.provider.authorize(authorizeUrl), { redirect: "manual" });
    const ticket = new URL(response.headers.get("location") ?? "").searchParams.get("ticket") ?? "";
    await expect(broker().completeAuthorization({ ticket, userId: grant.userId })).rejects.toThrow(
      "[failed_precondition] another account",
    );
  });

  it("are not said by a row that a replica of the version before has authorized anew", async () => {
    const grant = newGrant();
    await authorize(grant, of("ada"));
    await app.database.sql.run(
      "",
      "update connection_tokens set authorized_at = authorized_at + interval '1 second' where connection_id = $1",
      [grant.connectionId],
    );
    expect(await pinned(grant)).toBe(false);
  });

  it("are sealed", async () => {
    const grant = newGrant();
    const subject = canary("subject");
    await authorize(grant, of(subject));
    const { rows } = await app.database.sql.run("", "select t::text as text from connection_tokens t", []);
    expect(JSON.stringify(rows)).not.toContain(subject);
  });
});

describe("accounts with BROKER_PIN_ACCOUNTS", () => {
  const { newGrant, authorize, pinned, events, app } = useAccounts({
    BROKER_PIN_ACCOUNTS: "true",
    CONNECT_ACME_SCOPES: "openid read",
  });
  const authorizeAs = async (grant: ReturnType<typeof newGrant>, sub: string, request: object = {}) => {
    app.provider.always("userinfo", json({ sub }));
    return await authorize(grant, tokens(), request);
  };

  it("are those that the userinfo endpoint tells, where `openid` was granted, and may not change", async () => {
    const grant = newGrant();
    expect(await authorizeAs(grant, "ada")).toEqual(SUCCEEDED);
    expect(await pinned(grant)).toBe(true);
    expect(await authorizeAs(grant, "eve")).toEqual(REFUSED);
    expect(await authorizeAs(grant, "ada")).toEqual(SUCCEEDED);
    expect(await authorizeAs(grant, "eve", { allowAccountChange: true })).toEqual(SUCCEEDED);
    expect(events(grant)).toEqual(["refused", "changed"]);
  });

  it("are asked for no more than was granted", async () => {
    const grant = newGrant();
    const asked = app.provider.requestsTo("userinfo").length;
    expect(await authorize(grant, tokens({ scope: "read" }))).toEqual(SUCCEEDED);
    expect(await pinned(grant)).toBe(false);
    expect(app.provider.requestsTo("userinfo").length).toBe(asked);
  });

  it("cost no token when that endpoint is away, unless a known account would be replaced by any", async () => {
    const grant = newGrant();
    app.provider.always("userinfo", { status: 503, body: "" });
    expect(await authorize(grant, tokens())).toEqual(SUCCEEDED);
    expect(await pinned(grant)).toBe(false);
    expect(await authorizeAs(grant, "ada")).toEqual(SUCCEEDED);
    app.provider.always("userinfo", { status: 503, body: "" });
    expect(await authorize(grant, tokens())).toEqual(REFUSED);
  });

  it("may be authorized by many at once, and end as one", async () => {
    const grant = newGrant();
    const answers = await Promise.all(["ada", "eve", "ada", "eve"].map((who) => authorize(grant, of(who))));
    const refused = answers.filter(({ error }) => error !== null);
    for (const answer of refused) expect(answer).toEqual(REFUSED);
    expect(answers.length - refused.length).toBeGreaterThan(0);
    expect(events(grant).every((outcome) => outcome === "refused")).toBe(true);
  });
});
