import { randomUUID } from "node:crypto";
import type { Client } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import { AuthorizationStatus, Completion } from "../../gen/ts/tokenbroker/v1/authorization_pb.ts";
import type { TokenBrokerService } from "../../gen/ts/tokenbroker/v1/token_broker_service_pb.ts";
import { canary } from "../support/canaries.ts";
import { describeEachStore } from "../support/database.ts";
import { useAcmeApp } from "./acme-app.ts";
import { rpcNames } from "./rpc-calls.ts";
import { hasField } from "./rpc-requests.ts";

const NOT_FOUND = "[not_found]";

describeEachStore("two namespaces with equal ids", (store) => {
  const app = useAcmeApp({ store });
  const broker = (): Client<typeof TokenBrokerService> => app.broker.client();
  /** One connection of one person, in two places; every test has its own pair. */
  const pair = () => {
    const suffix = randomUUID().slice(0, 8);
    const grant = { connectionId: randomUUID(), userId: "user-1", provider: "acme" };
    return [
      { ...grant, namespace: `a-${suffix}` },
      { ...grant, namespace: `b-${suffix}` },
    ] as const;
  };

  const consent = async (authorizeUrl: string): Promise<URL> => {
    const response = await fetch(await app.provider.authorize(authorizeUrl), { redirect: "manual" });
    await response.text();
    return new URL(response.headers.get("location") ?? "about:blank");
  };

  it("is a field of every RPC, so that none can forget it", () => {
    // Encryption keys belong to the database as a whole.
    const ofAll = ["RotateKeys", "GetKeyStatus"];
    // Each item of a batch names its own.
    const ofItems = ["BatchGetTokens"];
    const without = rpcNames.filter((rpc) => !hasField(rpc, "namespace"));
    expect(new Set(without)).toEqual(new Set([...ofAll, ...ofItems]));
  });

  it("hold two connections", async () => {
    const [a, b] = pair();
    const [tokenOfA, tokenOfB] = [canary("access_token"), canary("access_token")];
    await broker().importToken({ ...a, accessToken: tokenOfA, labels: { of: "a" } });
    await expect(broker().getToken(b)).rejects.toThrow(NOT_FOUND);
    const { results } = await broker().batchGetTokens({ requests: [b, a] });
    expect(results.map(({ result }) => result.case)).toEqual(["error", "token"]);
    await expect(broker().getConnection(b)).rejects.toThrow(NOT_FOUND);
    await expect(broker().refreshToken(b)).rejects.toThrow(NOT_FOUND);
    await expect(broker().revokeConnection(b)).rejects.toThrow(NOT_FOUND);
    expect((await broker().listConnections({ namespace: b.namespace })).connections).toEqual([]);

    await broker().importToken({ ...b, accessToken: tokenOfB, labels: { of: "b" } });
    const given = [await broker().getToken(a), await broker().getToken(b)];
    expect(given.map(({ accessToken }) => [tokenOfA, tokenOfB].indexOf(accessToken))).toEqual([0, 1]);
    const listed = await broker().listConnections({ namespace: a.namespace, labels: {} });
    expect(listed.connections.map(({ namespace, labels }) => [namespace, labels["of"]])).toEqual([
      [a.namespace, "a"],
    ]);

    await broker().revokeConnection(a);
    await expect(broker().getToken(a)).rejects.toThrow(NOT_FOUND);
    expect((await broker().getToken(b)).accessToken === tokenOfB).toBe(true);
  });

  it("are apart from the default one, which has a name as well", async () => {
    const grant = { connectionId: randomUUID(), userId: "user-1", provider: "acme" };
    await broker().importToken({ ...grant, accessToken: canary("access_token") });
    const unnamed = await broker().getConnection(grant);
    const named = await broker().getConnection({ ...grant, namespace: "default" });
    expect(named.connection).toEqual(unnamed.connection);
    await expect(broker().getConnection({ ...grant, namespace: "team" })).rejects.toThrow(NOT_FOUND);
  });

  it("hold two providers of one name", async () => {
    const [a, b] = pair();
    const name = `own-${randomUUID().slice(0, 8)}`;
    const of = (host: string) => ({
      name,
      clientId: `client-of-${host}`,
      clientSecret: canary("client_secret"),
      authorizeUrl: `https://${host}.example/authorize`,
      tokenUrl: `https://${host}.example/token`,
    });
    await broker().registerProvider({ ...of("one"), namespace: a.namespace });
    await expect(broker().getProvider({ name, namespace: b.namespace })).rejects.toThrow(NOT_FOUND);
    await expect(broker().getProvider({ name })).rejects.toThrow(NOT_FOUND);
    await expect(broker().verifyProvider({ name, namespace: b.namespace })).rejects.toThrow(NOT_FOUND);
    await expect(broker().deleteProvider({ name, namespace: b.namespace })).rejects.toThrow(NOT_FOUND);
    await expect(broker().startAuthorization({ ...b, provider: name })).rejects.toThrow(NOT_FOUND);

    await broker().registerProvider({ ...of("two"), namespace: b.namespace });
    const hosts = await Promise.all(
      [a, b].map(
        async (grant) =>
          new URL((await broker().startAuthorization({ ...grant, provider: name })).authorizeUrl).host,
      ),
    );
    expect(hosts).toEqual(["one.example", "two.example"]);
    const listed = await broker().listProviders({ namespace: a.namespace, activeOnly: true });
    expect(
      listed.providers.filter((provider) => provider.name === name).map(({ clientId }) => clientId),
    ).toEqual(["client-of-one"]);

    await broker().deleteProvider({ name, namespace: a.namespace });
    expect((await broker().getProvider({ name, namespace: b.namespace })).provider?.clientId).toBe(
      "client-of-two",
    );
  });

  it("hold two authorizations, with callbacks of their own", async () => {
    const [a, b] = pair();
    const started = await broker().startAuthorization({ ...a, redirectUri: "http://localhost:9/done" });
    const { authorizationId, authorizeUrl } = started;
    const redirectUri = new URL(new URL(authorizeUrl).searchParams.get("redirect_uri") ?? "");
    expect(redirectUri.pathname).toBe(`/connect/callback/${a.namespace}/acme`);
    await expect(broker().getAuthorization({ authorizationId, namespace: b.namespace })).rejects.toThrow(
      NOT_FOUND,
    );
    await expect(broker().getAuthorization({ authorizationId })).rejects.toThrow(NOT_FOUND);

    await consent(authorizeUrl);
    const ended = await broker().getAuthorization({ authorizationId, namespace: a.namespace });
    expect(ended.status).toBe(AuthorizationStatus.SUCCEEDED);
    await expect(broker().getToken(b)).rejects.toThrow(NOT_FOUND);
  });

  it("do not take each other's callbacks", async () => {
    const [a, b] = pair();
    const { authorizeUrl } = await broker().startAuthorization(a);
    const callback = await app.provider.authorize(authorizeUrl);
    callback.pathname = callback.pathname.replace(a.namespace, b.namespace);
    const response = await fetch(callback, { redirect: "manual" });
    await response.text();
    expect([response.status, response.headers.get("location")]).toEqual([400, null]);
    await expect(broker().getToken(a)).rejects.toThrow(NOT_FOUND);
    await expect(broker().getToken(b)).rejects.toThrow(NOT_FOUND);
  });

  it("do not take each other's tickets", async () => {
    const [a, b] = pair();
    const completion = Completion.REQUIRED;
    const { authorizeUrl } = await broker().startAuthorization({
      ...a,
      completion,
      redirectUri: "http://localhost:9/",
    });
    const ticket = (await consent(authorizeUrl)).searchParams.get("ticket") ?? "";
    const { userId } = a;
    await expect(broker().completeAuthorization({ ticket, userId, namespace: b.namespace })).rejects.toThrow(
      "[permission_denied]",
    );
    await expect(broker().completeAuthorization({ ticket, userId })).rejects.toThrow("[permission_denied]");
    const { connection } = await broker().completeAuthorization({ ticket, userId, namespace: a.namespace });
    expect(connection?.namespace).toBe(a.namespace);
  });

  it("do not take each other's page tokens", async () => {
    const [a, b] = pair();
    for (const namespace of [a.namespace, b.namespace])
      for (let n = 0; n < 3; n += 1)
        await broker().importToken({
          ...a,
          namespace,
          connectionId: randomUUID(),
          accessToken: canary("access_token"),
        });
    const { nextPageToken: pageToken } = await broker().listConnections({
      namespace: a.namespace,
      pageSize: 1,
    });
    expect(pageToken).not.toBe("");
    await expect(broker().listConnections({ namespace: b.namespace, pageToken })).rejects.toThrow(
      "page_token",
    );
    await expect(broker().listConnections({ pageToken })).rejects.toThrow("page_token");
    const rest = await broker().listConnections({ namespace: a.namespace, pageToken });
    expect(rest.connections.map(({ namespace }) => namespace)).toEqual([a.namespace, a.namespace]);

    const providers = await broker().listProviders({ namespace: a.namespace, pageSize: 1 });
    const request = { namespace: b.namespace, pageToken: providers.nextPageToken };
    await expect(broker().listProviders(request)).rejects.toThrow("page_token");
  });
});

describe("the connections of one namespace", () => {
  const app = useAcmeApp();

  it("are apart by user and by provider as well", async () => {
    const broker = app.broker.client();
    const connectionId = randomUUID();
    const grants = ["user-1", "USER-1", "user-1 ", "ü", "u\u0308"].map((userId) => ({
      connectionId,
      userId,
      provider: "acme",
    }));
    for (const grant of grants) await broker.importToken({ ...grant, accessToken: canary("access_token") });
    const versions = await Promise.all(grants.map(async (grant) => (await broker.getToken(grant)).version));
    expect(new Set(versions).size).toBe(grants.length);
    await expect(broker.getToken({ connectionId, userId: "user-2", provider: "acme" })).rejects.toThrow(
      NOT_FOUND,
    );
  });
});
