import { randomUUID } from "node:crypto";
import { beforeAll, expect, it } from "vitest";
import type { CompleteRequest, StartRequest } from "../../src/authorization-flow/index.ts";
import type { Database } from "../../src/store/index.ts";
import { describeEachStore, moveClock } from "../support/database.ts";
import { oauthError } from "../support/provider.ts";
import { createFlowFixture, type FlowFixture } from "./flow-fixture.ts";

describeEachStore("complete", (stores) => {
  let database: Database;
  beforeAll(async () => {
    database = await stores.open();
  });

  interface Parked {
    readonly fixture: FlowFixture;
    readonly started: StartRequest;
    readonly authorizationId: string;
    readonly own: CompleteRequest;
  }

  /** A flow whose code waits for its ticket. */
  const park = async (
    changes: Partial<StartRequest> = {},
    options: Parameters<typeof createFlowFixture>[1] = {},
  ): Promise<Parked> => {
    const fixture = await createFlowFixture(database, options);
    const { callback, request, authorizationId } = await fixture.consent({
      completion: "required",
      ...changes,
    });
    const { query } = await fixture.visit(callback);
    expect(Object.keys(query ?? {}).toSorted()).toEqual(["connection_id", "keep", "ticket"]);
    const own = {
      ticket: query?.["ticket"] ?? "",
      userId: request.userId,
      namespace: request.namespace,
      callerId: request.callerId,
    };
    return { fixture, started: request, authorizationId, own };
  };

  const refusalOf = (parked: Parked, changes: Partial<CompleteRequest>): Promise<unknown> =>
    parked.fixture.flow.complete({ ...parked.own, ...changes }).catch((error: unknown) => error);

  it("redeems the code only when the application confirms its user", async () => {
    const { fixture, started, authorizationId, own } = await park();
    expect(fixture.provider.requestsTo("token")).toHaveLength(0);
    expect(await fixture.statusOf(authorizationId)).toBe("awaiting_completion");
    expect(own.ticket).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(await fixture.flow.complete(own)).toEqual({
      namespace: "default",
      connectionId: started.connectionId,
      userId: started.userId,
      provider: "acme",
      mcpServerUrl: "",
    });
    expect(fixture.provider.requestsTo("token")).toHaveLength(1);
    expect(await fixture.statusOf(authorizationId)).toBe("succeeded");
    expect(await fixture.tokenOf(started)).toMatchObject({ scopes: ["read", "write"] });
  });

  it("is what the settings say where the request does not", async () => {
    const { own } = await park({ completion: undefined }, { settings: { completion: "required" } });
    expect(own.ticket).not.toBe("");
  });

  it("stores neither ticket nor code as they are", async () => {
    const { own, authorizationId } = await park();
    const { rows } = await database.sql.run("", "select * from oauth_states where id = $1", [
      authorizationId,
    ]);
    expect(JSON.stringify(rows)).not.toContain(own.ticket);
    expect(rows[0]?.["code"]).toMatch(/^gAAAA/);
  });

  it("keeps what the catalog names of the provider's answer", async () => {
    const fixture = await createFlowFixture(database, { registration: { template: "quickbooks" } });
    const { callback, request } = await fixture.consent({ completion: "required" });
    callback.searchParams.set("realmId", "9130");
    const { query } = await fixture.visit(callback);
    await fixture.flow.complete({ ticket: query?.["ticket"] ?? "", userId: "user-1", callerId: "caller-1" });
    expect((await fixture.tokenOf(request))?.providerMetadata).toMatchObject({ realmId: "9130" });
  });

  it("repeats the recorded answer to the same caller, also long after", async () => {
    const { fixture, own } = await park();
    const first = await fixture.flow.complete(own);
    expect(await fixture.flow.complete(own)).toEqual(first);
    await moveClock(database, 300_000);
    expect(await fixture.flow.complete(own)).toEqual(first);
    expect(fixture.provider.requestsTo("token")).toHaveLength(1);
  });

  const FOREIGN: [string, Partial<CompleteRequest>][] = [
    ["another user", { userId: "user-2" }],
    ["another caller", { callerId: "caller-2" }],
    ["another namespace", { namespace: "team-b" }],
    ["an unknown ticket", { ticket: "T".repeat(43) }],
    ["no ticket", { ticket: "" }],
    ["a ticket with more behind it", { ticket: "x".repeat(10_000) }],
  ];

  it.each(FOREIGN)("refuses %s before and after, and spends nothing", async (_, changes) => {
    const parked = await park();
    const before = await refusalOf(parked, changes);
    expect(before).toMatchObject({ code: "TICKET_REJECTED" });
    expect(parked.fixture.provider.requestsTo("token")).toHaveLength(0);
    await parked.fixture.flow.complete(parked.own);
    const after = await refusalOf(parked, changes);
    expect(after).toMatchObject({ code: "TICKET_REJECTED", message: (before as Error).message });
    expect(parked.fixture.provider.requestsTo("token")).toHaveLength(1);
  });

  it("binds a hijacked flow to nobody: whom it was started for cannot complete it in another's session", async () => {
    const parked = await park({ userId: "attacker" });
    expect(await refusalOf(parked, { userId: "victim" })).toMatchObject({ code: "TICKET_REJECTED" });
    expect(parked.fixture.provider.requestsTo("token")).toHaveLength(0);
    expect(await parked.fixture.tokenOf(parked.started)).toBeUndefined();
    expect(await parked.fixture.tokenOf({ ...parked.started, userId: "victim" })).toBeUndefined();
  });

  it("comes too late after 60 seconds", async () => {
    const parked = await park();
    await moveClock(database, 61_000);
    expect(await refusalOf(parked, {})).toMatchObject({ code: "TICKET_EXPIRED" });
    expect(await refusalOf(parked, { userId: "user-2" })).toMatchObject({ code: "TICKET_REJECTED" });
    expect(await parked.fixture.statusOf(parked.authorizationId)).toBe("expired");
    expect(parked.fixture.provider.requestsTo("token")).toHaveLength(0);
  });

  it("causes one exchange out of fifty equal calls, and all get its answer", async () => {
    const { fixture, own, started } = await park();
    fixture.provider.settings.answerDelayMs = 300;
    const answers = await Promise.all(Array.from({ length: 50 }, () => fixture.flow.complete(own)));
    expect(new Set(answers.map(({ connectionId }) => connectionId))).toEqual(new Set([started.connectionId]));
    expect(fixture.provider.requestsTo("token")).toHaveLength(1);
  });

  it("records a failure and repeats it", async () => {
    const parked = await park();
    parked.fixture.provider.script("token", oauthError("invalid_grant"));
    for (let call = 0; call < 2; call += 1) {
      expect(await refusalOf(parked, {})).toMatchObject({
        code: "EXCHANGE_FAILED",
        metadata: { cause: "EXCHANGE_FAILED" },
      });
    }
    expect(parked.fixture.provider.requestsTo("token")).toHaveLength(1);
    expect(await parked.fixture.statusOf(parked.authorizationId)).toBe("failed EXCHANGE_FAILED");
  });

  it("invites nobody to try again when the code is spent", async () => {
    const parked = await park();
    parked.fixture.provider.script("token", { status: 503 });
    expect(await refusalOf(parked, {})).toMatchObject({
      code: "EXCHANGE_FAILED",
      metadata: { cause: "PROVIDER_UNAVAILABLE" },
      retryAfterMs: undefined,
    });
  });

  it("ends a redemption that a crash cut off", async () => {
    const parked = await park();
    await parked.fixture.store.authorizations.claimParked(parked.authorizationId);
    await moveClock(database, 60_000);
    expect(await refusalOf(parked, {})).toMatchObject({ code: "EXCHANGE_INTERRUPTED" });
    expect(parked.fixture.provider.requestsTo("token")).toHaveLength(0);
    expect(await parked.fixture.statusOf(parked.authorizationId)).toBe("failed EXCHANGE_INTERRUPTED");
  });

  it("stops waiting for another call when its own caller goes away", async () => {
    const parked = await park();
    await parked.fixture.store.authorizations.claimParked(parked.authorizationId);
    const error: unknown = await parked.fixture.flow
      .complete(parked.own, { signal: AbortSignal.timeout(150) })
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "DEADLINE_EXCEEDED" });
  });

  it("sends a person who refused back without a ticket", async () => {
    const fixture = await createFlowFixture(database);
    fixture.provider.settings.authorizeError = "access_denied";
    const { callback, authorizationId } = await fixture.consent({ completion: "required" });
    expect((await fixture.visit(callback)).query).toMatchObject({ error: "access_denied" });
    expect(await fixture.statusOf(authorizationId)).toBe("failed ACCESS_DENIED");
  });

  it.each([
    ["the user", "update oauth_states set user_id = 'mallory' where id = $1", { userId: "mallory" }],
    [
      "the endpoint",
      `update oauth_states set endpoints = endpoints || '{"tokenUrl":"https://evil.example/"}' where id = $1`,
      {},
    ],
    ["the code", "update oauth_states set code = code_verifier where id = $1", {}],
  ])("opens nothing of a row with %s edited", async (_, statement, changes) => {
    const parked = await park();
    await database.sql.run("", statement, [parked.authorizationId]);
    expect(await refusalOf(parked, changes)).toMatchObject({ code: "KEY_UNAVAILABLE" });
    expect(parked.fixture.provider.requestsTo("token")).toHaveLength(0);
  });
});

describeEachStore("get", (stores) => {
  let database: Database;
  beforeAll(async () => {
    database = await stores.open();
  });

  it("knows flows of its own namespace only", async () => {
    const { flow, consent } = await createFlowFixture(database);
    const { authorizationId, request } = await consent({ namespace: "team-a" });
    expect(
      await flow.get({ authorizationId: authorizationId.toUpperCase(), namespace: "team-a" }),
    ).toMatchObject({
      status: { status: "pending" },
      grant: { namespace: "team-a", connectionId: request.connectionId, userId: "user-1", provider: "acme" },
    });
    await expect(flow.get({ authorizationId })).rejects.toMatchObject({ code: "AUTHORIZATION_NOT_FOUND" });
    await expect(flow.get({ authorizationId: randomUUID(), namespace: "team-a" })).rejects.toMatchObject({
      code: "AUTHORIZATION_NOT_FOUND",
    });
    await expect(flow.get({ authorizationId: "x'; --" })).rejects.toMatchObject({ code: "INVALID_REQUEST" });
  });
});
