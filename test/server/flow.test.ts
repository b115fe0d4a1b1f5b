import { randomUUID } from "node:crypto";
import { type Client, Code, ConnectError } from "@connectrpc/connect";
import { beforeAll, afterAll, describe, expect, it } from "vitest";
import { AuthorizationStatus, Completion } from "../../gen/ts/tokenbroker/v1/authorization_pb.ts";
import { ConnectionStatus, ProviderRevocation } from "../../gen/ts/tokenbroker/v1/connection_pb.ts";
import type { TokenBrokerService } from "../../gen/ts/tokenbroker/v1/token_broker_service_pb.ts";
import { startTestApp, type TestApp, transportNames } from "../support/app.ts";
import { createBrowser } from "../support/browser.ts";
import { recordOutput } from "../support/canaries.ts";
import { describeEachStore } from "../support/database.ts";
import { freePort } from "../support/free-port.ts";
import { type AuthorizationServer, startAuthorizationServer } from "../support/oidc.ts";

type BrokerClient = Client<typeof TokenBrokerService>;

const APP = "http://localhost:9";

const grantOf = () => ({ connectionId: randomUUID(), userId: `user-${randomUUID()}`, provider: "acme" });
type Grant = ReturnType<typeof grantOf>;

describeEachStore("the whole flow", (store) => {
  let server: AuthorizationServer;
  let broker: TestApp;

  beforeAll(async () => {
    const callbackPort = await freePort();
    server = await startAuthorizationServer({
      redirectUris: [`http://localhost:${callbackPort}/connect/callback/acme`],
    });
    broker = await startTestApp({
      database: await store.open(),
      env: {
        BROKER_HTTP_ADDR: `127.0.0.1:${callbackPort}`,
        BROKER_ALLOW_INSECURE_LOOPBACK: server.host,
        CONNECT_PROVIDERS: "acme",
        CONNECT_ACME_CLIENT_ID: server.clientId,
        CONNECT_ACME_CLIENT_SECRET: server.clientSecret,
        CONNECT_ACME_AUTHORIZE_URL: server.authorizeUrl,
        CONNECT_ACME_TOKEN_URL: server.tokenUrl,
        CONNECT_ACME_REVOKE_URL: server.revokeUrl,
        CONNECT_ACME_SCOPES: "openid profile offline_access",
        CONNECT_ACME_EXTRA_AUTHORIZE_PARAMS: "prompt=consent",
      },
    });
  });
  afterAll(async () => {
    await broker[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });

  /** A person opens the URL, logs in and consents: the parameters of the redirect to the application. */
  const consent = async (authorizeUrl: string): Promise<Record<string, string>> => {
    const visit = await createBrowser().visit(authorizeUrl, { stopAt: APP, fields: { login: "ada" } });
    recordOutput("pages of the flow", visit.page?.body ?? "");
    expect(visit.url.origin).toBe(APP);
    return Object.fromEntries(visit.url.searchParams);
  };

  const start = (client: BrokerClient, grant: Grant, completion: Completion) =>
    client.startAuthorization({ ...grant, redirectUri: `${APP}/done`, completion });

  const userinfo = async (accessToken: string): Promise<number> => {
    const response = await fetch(server.userinfoUrl, { headers: { authorization: `Bearer ${accessToken}` } });
    await response.text();
    return response.status;
  };

  const tokenOf = (client: BrokerClient, grant: Grant) => client.getToken(grant);

  /** What every grant must do, however it came to be. */
  const useRefreshAndRevoke = async (client: BrokerClient, grant: Grant): Promise<void> => {
    const first = await tokenOf(client, grant);
    expect(await userinfo(first.accessToken)).toBe(200);

    const { connection } = await client.refreshToken({ ...grant, version: first.version });
    const second = await tokenOf(client, grant);
    expect(second.accessToken).not.toBe(first.accessToken);
    expect(second.version).toBeGreaterThan(first.version);
    expect(connection?.version).toBe(second.version);
    expect(await userinfo(second.accessToken)).toBe(200);

    const revoked = await client.revokeConnection(grant);
    expect(revoked.providerRevocation).toBe(ProviderRevocation.DONE);
    expect(await userinfo(second.accessToken)).toBe(401);
    const gone = await tokenOf(client, grant).catch((error: unknown) => error);
    expect(ConnectError.from(gone).code).toBe(Code.NotFound);
  };

  describe.each(transportNames)("over %s", (transport) => {
    it("connects by itself", async () => {
      const client = broker.client(transport);
      const grant = grantOf();
      const started = await start(client, grant, Completion.AUTOMATIC);
      const pending = await client.getAuthorization({ authorizationId: started.authorizationId });
      expect(pending.status).toBe(AuthorizationStatus.PENDING);

      const back = await consent(started.authorizeUrl);
      expect(back).toEqual({ success: "true", connection_id: grant.connectionId });
      const ended = await client.getAuthorization({ authorizationId: started.authorizationId });
      expect(ended.status).toBe(AuthorizationStatus.SUCCEEDED);
      expect(ended.connection).toMatchObject({
        ...grant,
        status: ConnectionStatus.ACTIVE,
        refreshable: true,
      });

      await useRefreshAndRevoke(client, grant);
    });

    it("connects by ticket", async () => {
      const client = broker.client(transport);
      const grant = grantOf();
      const { userId } = grant;
      const started = await start(client, grant, Completion.REQUIRED);
      const { ticket = "", ...back } = await consent(started.authorizeUrl);
      expect(back).toEqual({ connection_id: grant.connectionId });
      const parked = await client.getAuthorization({ authorizationId: started.authorizationId });
      expect(parked.status).toBe(AuthorizationStatus.AWAITING_COMPLETION);
      const before = await tokenOf(client, grant).catch((error: unknown) => error);
      expect(ConnectError.from(before).code).toBe(Code.NotFound);

      const stranger = await client
        .completeAuthorization({ ticket, userId: "somebody-else" })
        .catch((error: unknown) => error);
      expect(ConnectError.from(stranger).code).toBe(Code.PermissionDenied);
      const { connection } = await client.completeAuthorization({ ticket, userId });
      const repeated = await client.completeAuthorization({ ticket, userId });
      expect(repeated.connection?.version).toBe(connection?.version);

      await useRefreshAndRevoke(client, grant);
    });
  });

  it("told nobody a code, a token or a secret but whom it was for", () => {
    const log = JSON.stringify(broker.logLines);
    expect(server.issuedSecrets.size).toBeGreaterThan(0);
    const told = [...server.issuedSecrets, server.clientSecret].filter((secret) => log.includes(secret));
    expect(told.length).toBe(0);
    expect(server.tokenAnswers.every(({ outcome }) => outcome === "ok")).toBe(true);
  });
});
