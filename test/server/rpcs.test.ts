import { randomUUID } from "node:crypto";
import { Code } from "@connectrpc/connect";
import type { Client } from "@connectrpc/connect";
import { afterEach, describe, expect, it } from "vitest";
import { AuthorizationStatus, Completion } from "../../gen/ts/tokenbroker/v1/authorization_pb.ts";
import { ConnectionStatus, ProviderRevocation } from "../../gen/ts/tokenbroker/v1/connection_pb.ts";
import { EmailAuthority, TokenBrokerLoginService } from "../../gen/ts/tokenbroker/v1/login_pb.ts";
import { ProviderConfidence, ProviderSource } from "../../gen/ts/tokenbroker/v1/provider_pb.ts";
import type { TokenBrokerService } from "../../gen/ts/tokenbroker/v1/token_broker_service_pb.ts";
import { ProviderCheckStatus } from "../../gen/ts/tokenbroker/v1/verification_pb.ts";
import { canary } from "../support/canaries.ts";
import { describeEachStore } from "../support/database.ts";
import { useAcmeApp } from "./acme-app.ts";
import { comeBackFromLogin } from "./come-back-from-login.ts";
import { rowOf, rpcNames } from "./rpc-calls.ts";
import { RPCS_OF_PROVIDERS } from "./rpc-tables.ts";

const LATER = { seconds: 4_102_444_800n, nanos: 0 };

describeEachStore("what each RPC is for", (store) => {
  const app = useAcmeApp({
    store,
    env: { CONNECT_ACME_CLIENT_SECRET_EXPIRES_AT: "2127-01-31" },
  });
  const broker = (): Client<typeof TokenBrokerService> => app.broker.client("grpc binary h2c");
  const logins = () => app.broker.clientOf(TokenBrokerLoginService, "grpc binary h2c");
  const grantOf = () => ({ connectionId: randomUUID(), userId: `user-${randomUUID()}`, provider: "acme" });
  type Grant = ReturnType<typeof grantOf>;

  const importGrant = async (changes: object = {}): Promise<Grant & { accessToken: string }> => {
    const grant = grantOf();
    const issued = app.provider.grants.open({ clientId: "client", scopes: ["read", "write"] });
    const { accessToken, refreshToken = "" } = issued;
    await broker().importToken({ ...grant, accessToken, refreshToken, scopes: ["read"], ...changes });
    return { ...grant, accessToken };
  };

  /** A person consents; what the callback answers to the browser. */
  const comeBack = async (authorizeUrl: string): Promise<URL> => {
    const callback = await app.provider.authorize(authorizeUrl);
    const response = await fetch(callback, { redirect: "manual" });
    await response.text();
    return new URL(response.headers.get("location") ?? "about:blank");
  };

  const start = (grant: Grant, completion: Completion = Completion.AUTOMATIC) =>
    broker().startAuthorization({ ...grant, completion, redirectUri: "http://localhost:9/done?keep=1" });

  afterEach(() => app.provider.always("token", undefined));

  const USES: Readonly<Record<string, () => Promise<void>>> = {
    async StartAuthorization() {
      const begunSeconds = BigInt(Math.floor(Date.now() / 1000));
      const { authorizeUrl, authorizationId, expiresAt } = await broker().startAuthorization({
        ...grantOf(),
        scopes: ["read", "calendar events"],
        loginHint: "ada@example.com",
        extraParams: { audience: "https://api.example" },
      });
      const url = new URL(authorizeUrl);
      expect(url.origin + url.pathname).toBe(app.provider.authorizeUrl);
      expect(Object.fromEntries(url.searchParams)).toMatchObject({
        response_type: "code",
        client_id: "client",
        scope: "read calendar events",
        redirect_uri: expect.stringContaining("/connect/callback/acme") as string,
        code_challenge_method: "S256",
        login_hint: "ada@example.com",
        audience: "https://api.example",
      });
      expect(url.searchParams.get("state")?.length).toBeGreaterThan(42);
      expect(authorizationId).not.toBe("");
      expect(expiresAt?.seconds).toBeGreaterThanOrEqual(begunSeconds + 595n);
    },

    async CompleteAuthorization() {
      const grant = grantOf();
      const { authorizeUrl } = await start(grant, Completion.REQUIRED);
      const back = await comeBack(authorizeUrl);
      expect([...back.searchParams.keys()].toSorted()).toEqual(["connection_id", "keep", "ticket"]);
      const ticket = back.searchParams.get("ticket") ?? "";
      const { connection } = await broker().completeAuthorization({ ticket, userId: grant.userId });
      expect(connection).toMatchObject({ ...grant, namespace: "default", scopes: ["read", "write"] });
      expect((await broker().getToken(grant)).version).toBe(connection?.version);
    },

    async StartLogin() {
      const { authorizeUrl, loginId, expiresAt } = await logins().startLogin({
        provider: "people",
        redirectUri: "http://localhost:9/done",
        scopes: ["email"],
        loginHint: "ada@example.com",
        extraParams: { ui_locales: "de" },
      });
      const url = new URL(authorizeUrl);
      expect(url.origin).toBe(app.people.url);
      expect(Object.fromEntries(url.searchParams)).toMatchObject({
        scope: "openid email",
        redirect_uri: expect.stringContaining("/connect/login/callback/people") as string,
        login_hint: "ada@example.com",
        ui_locales: "de",
      });
      expect([loginId === "", expiresAt === undefined]).toEqual([false, false]);
    },

    async CompleteLogin() {
      const { authorizeUrl, loginId } = await logins().startLogin({
        provider: "people",
        redirectUri: "http://localhost:9/done",
      });
      const returned = await comeBackFromLogin(app.people, authorizeUrl, {
        email: "ada@example.com",
        email_verified: true,
        name: "Ada",
      });
      expect([...returned.searchParams.keys()]).toEqual(["ticket"]);
      const ticket = returned.searchParams.get("ticket") ?? "";
      await expect(logins().completeLogin({ ticket, loginId: randomUUID() })).rejects.toThrow(
        "[permission_denied]",
      );
      const { identity } = await logins().completeLogin({ ticket, loginId: loginId.toUpperCase() });
      expect(identity).toMatchObject({
        provider: "people",
        issuer: app.people.url,
        subject: "person-1",
        email: "ada@example.com",
        emailAuthority: EmailAuthority.PROVIDER,
        name: "Ada",
        picture: "",
      });
      await expect(logins().completeLogin({ ticket, loginId })).rejects.toThrow("[failed_precondition]");
      expect((await broker().listConnections({ provider: "people" })).connections).toEqual([]);
    },

    async GetAuthorization() {
      const grant = grantOf();
      const { authorizeUrl, authorizationId } = await start(grant);
      expect((await broker().getAuthorization({ authorizationId })).status).toBe(AuthorizationStatus.PENDING);
      app.provider.always("token", { status: 400, json: { error: "invalid_grant" } });
      expect((await comeBack(authorizeUrl)).searchParams.get("error")).toBe("exchange_failed");
      const failed = await broker().getAuthorization({ authorizationId });
      expect([failed.status, failed.reason]).toEqual([AuthorizationStatus.FAILED, "EXCHANGE_FAILED"]);
      expect(failed.connection).toBeUndefined();

      app.provider.always("token", undefined);
      const again = await start(grant);
      await comeBack(again.authorizeUrl);
      const done = await broker().getAuthorization({ authorizationId: again.authorizationId });
      expect([done.status, done.connection?.connectionId]).toEqual([
        AuthorizationStatus.SUCCEEDED,
        grant.connectionId,
      ]);
      await broker().revokeConnection(grant);
      const later = await broker().getAuthorization({ authorizationId: again.authorizationId });
      expect([later.status, later.connection]).toEqual([AuthorizationStatus.SUCCEEDED, undefined]);
    },

    async GetToken() {
      const grant = await importGrant({ expiresAt: LATER });
      const token = await broker().getToken({ ...grant, requiredScopes: ["read"] });
      expect(token).toMatchObject({ accessToken: grant.accessToken, tokenType: "Bearer", scopes: ["read"] });
      expect([token.expiresAt?.seconds, token.degraded]).toEqual([LATER.seconds, undefined]);
      expect(token.usage).toMatchObject({ headerName: "Authorization", headerPrefix: "Bearer " });
      const rejected = await broker().getToken({ ...grant, rejectedVersion: token.version });
      expect(rejected.version).toBeGreaterThan(token.version);
      expect(rejected.accessToken).not.toBe(token.accessToken);
    },

    async BatchGetTokens() {
      const grant = await importGrant({ expiresAt: LATER });
      const { results } = await broker().batchGetTokens({ requests: [grant, grantOf()] });
      const [token, error] = results.map(({ result }) => result);
      expect(token).toMatchObject({ case: "token", value: { accessToken: grant.accessToken } });
      expect(error).toMatchObject({ case: "error", value: { code: Code.NotFound } });
    },

    async RefreshToken() {
      const grant = await importGrant();
      const { version } = await broker().getToken(grant);
      const { connection } = await broker().refreshToken({ ...grant, version });
      expect(connection?.version).toBeGreaterThan(version);
      const stale = await broker().refreshToken({ ...grant, version });
      expect(stale.connection?.version).toBe(connection?.version);
    },

    async ImportToken() {
      const grant = grantOf();
      const { connection } = await broker().importToken({
        ...grant,
        accessToken: canary("access_token"),
        refreshToken: canary("refresh_token"),
        expiresAt: LATER,
        refreshExpiresAt: LATER,
        scopes: ["read", "write"],
        providerMetadata: { team: "T1" },
        labels: { plan: "pro" },
      });
      expect(connection).toMatchObject({
        ...grant,
        status: ConnectionStatus.ACTIVE,
        scopes: ["read", "write"],
        refreshable: true,
        providerMetadata: { team: "T1" },
        labels: { plan: "pro" },
      });
      expect([connection?.expiresAt?.seconds, connection?.refreshExpiresAt?.seconds]).toEqual([
        LATER.seconds,
        LATER.seconds,
      ]);
    },

    async GetConnection() {
      const grant = await importGrant({ labels: { plan: "pro" } });
      const first = await broker().getConnection(grant);
      expect(first.connection).toMatchObject({
        userId: grant.userId,
        labels: { plan: "pro" },
      });
      expect(first.connection?.lastError).toBeUndefined();
      app.provider.always("token", { status: 503 });
      await broker()
        .refreshToken(grant)
        .catch(() => undefined);
      const { connection } = await broker().getConnection(grant);
      expect(connection).toMatchObject({
        status: ConnectionStatus.DEGRADED,
        lastError: { reason: "PROVIDER_UNAVAILABLE", consecutive: 1 },
      });
      expect(connection?.revision).toBeGreaterThan(first.connection?.revision ?? 0n);
      expect(connection?.version).toBe(first.connection?.version);
    },

    async ListConnections() {
      const namespace = `list-${randomUUID().slice(0, 8)}`;
      const made: string[] = [];
      for (let n = 0; n < 5; n += 1) {
        const labels = { parity: n % 2 === 0 ? "even" : "odd" };
        made.push(
          (
            await importGrant({
              namespace,
              labels,
              expiresAt: { seconds: 2_000_000_000n + BigInt(n), nanos: 0 },
            })
          ).connectionId,
        );
      }
      const listed: string[] = [];
      let pageToken = "";
      do {
        const page = await broker().listConnections({ namespace, pageSize: 2, pageToken });
        expect(page.connections.length).toBeLessThanOrEqual(2);
        listed.push(...page.connections.map(({ connectionId }) => connectionId));
        pageToken = page.nextPageToken;
      } while (pageToken !== "");
      expect(listed).toEqual(made);
      const odd = await broker().listConnections({ namespace, labels: { parity: "odd" } });
      expect(odd.connections.length).toBe(2);
      const soon = await broker().listConnections({
        namespace,
        expiresBefore: { seconds: 2_000_000_002n, nanos: 0 },
      });
      expect(soon.connections.length).toBe(2);
      const dead = await broker().listConnections({ namespace, statuses: [ConnectionStatus.NEEDS_REAUTH] });
      expect(dead.connections).toEqual([]);
      const nobody = await broker().listConnections({ namespace, userId: "nobody" });
      expect(nobody.connections).toEqual([]);
    },

    async RevokeConnection() {
      const grant = await importGrant();
      const { providerRevocation } = await broker().revokeConnection(grant);
      expect(providerRevocation).toBe(ProviderRevocation.DONE);
      await expect(broker().getToken(grant)).rejects.toThrow("[not_found]");
      await expect(broker().revokeConnection(grant)).rejects.toThrow("[not_found]");
      await expect(broker().revokeConnection({ ...grant, allowMissing: true })).resolves.toBeDefined();
    },

    async RegisterProvider() {
      const name = `own-${randomUUID().slice(0, 8)}`;
      const request = {
        name,
        clientId: "client-1",
        clientSecret: canary("client_secret"),
        authorizeUrl: "https://acme.example/authorize",
        tokenUrl: "https://acme.example/token",
        defaultScopes: ["read"],
      };
      const { provider } = await broker().registerProvider(request);
      expect(provider).toMatchObject({
        name,
        namespace: "default",
        clientId: "client-1",
        active: true,
        source: ProviderSource.RPC,
        confidence: ProviderConfidence.OPERATOR,
        pkce: true,
        tokenEndpointAuthMethod: "client_secret_basic",
      });
      const { authorizeUrl } = await broker().startAuthorization({ ...grantOf(), provider: name });
      expect(authorizeUrl).toMatch(/^https:\/\/acme\.example\/authorize\?/);
      const changed = await broker().registerProvider({
        ...request,
        clientSecret: "",
        clientId: "client-2",
        replace: true,
      });
      expect(changed.provider?.clientId).toBe("client-2");
    },

    async GetProvider() {
      const { provider } = await broker().getProvider({ name: "acme" });
      expect(provider).toMatchObject({
        name: "acme",
        active: true,
        source: ProviderSource.ENVIRONMENT,
        namespace: "",
        clientSecretExpiresAt: { seconds: BigInt(Date.UTC(2127, 0, 31) / 1000) },
      });
      expect(provider?.callbackUrl).toBe(
        `${app.broker.config.apiBase.replace(/:0$/, "")}:${app.broker.addresses.http.split(":")[1]}/connect/callback/acme`,
      );
      const { provider: inactive } = await broker().getProvider({ name: "github" });
      expect(inactive).toMatchObject({ active: false, source: ProviderSource.CATALOG });
      expect(inactive?.clientSecretExpiresAt).toBeUndefined();
      expect(inactive?.missing).toEqual(["CONNECT_GITHUB_CLIENT_ID", "CONNECT_GITHUB_CLIENT_SECRET"]);
    },

    async ListProviders() {
      const names: string[] = [];
      let pageToken = "";
      do {
        const page = await broker().listProviders({ pageSize: 20, pageToken });
        names.push(...page.providers.map(({ name }) => name));
        pageToken = page.nextPageToken;
      } while (pageToken !== "");
      expect(names).toEqual([...new Set(names)].toSorted());
      expect(names).toEqual(expect.arrayContaining(["acme", "github", "slack"]));
      const found = await broker().listProviders({
        query: "GIT hub",
        category: "dev-tools",
        confidences: [ProviderConfidence.CONFIRMED, ProviderConfidence.CONTESTED],
      });
      expect(found.providers.map(({ name }) => name)).toContain("github");
      expect(found.providers.every(({ category }) => category === "dev-tools")).toBe(true);
      expect(found.providers.find(({ name }) => name === "github")?.sources.length).toBeGreaterThan(1);
      await expect(broker().listProviders({ confidences: [ProviderConfidence.UNSPECIFIED] })).rejects.toThrow(
        "[invalid_argument]",
      );
      const active = await broker().listProviders({ activeOnly: true });
      expect(active.providers.every((provider) => provider.active)).toBe(true);
    },

    async VerifyProvider() {
      const ended = (response: Awaited<ReturnType<ReturnType<typeof broker>["verifyProvider"]>>) =>
        Object.fromEntries(response.checks.map(({ name, status }) => [name, status]));
      const good = await broker().verifyProvider({ name: "acme" });
      expect(good.ok).toBe(true);
      expect(good.callbackUrl).toBe((await broker().getProvider({ name: "acme" })).provider?.callbackUrl);
      expect(ended(good)).toMatchObject({
        token_endpoint: ProviderCheckStatus.PASSED,
        client: ProviderCheckStatus.PASSED,
        redirect_uri: ProviderCheckStatus.PASSED,
        revocation_endpoint: ProviderCheckStatus.PASSED,
      });
      const registered = {
        name: `own-${randomUUID().slice(0, 8)}`,
        clientId: "client",
        clientSecret: canary("client_secret"),
        authorizeUrl: app.provider.authorizeUrl,
        tokenUrl: app.provider.tokenUrl,
      };
      await broker().registerProvider(registered);
      const wrong = await broker().verifyProvider({ name: registered.name });
      expect(wrong.ok).toBe(false);
      expect(wrong.checks.find(({ name }) => name === "client")).toMatchObject({
        status: ProviderCheckStatus.FAILED,
        reason: "invalid_client",
        url: app.provider.tokenUrl,
        cure: expect.stringContaining("copy both again") as string,
      });
      await broker().registerProvider({
        name: `zendesk-${registered.name}`,
        template: "zendesk",
        clientId: "c",
        clientSecret: canary("client_secret"),
      });
      await expect(broker().verifyProvider({ name: `zendesk-${registered.name}` })).rejects.toThrow(
        "provider_config.subdomain is missing",
      );
    },

    async DeleteProvider() {
      const name = `gone-${randomUUID().slice(0, 8)}`;
      const urls = { authorizeUrl: "https://acme.example/a", tokenUrl: "https://acme.example/t" };
      await broker().registerProvider({
        name,
        clientId: "c",
        clientSecret: canary("client_secret"),
        ...urls,
      });
      const grant = await importGrant({ provider: name });
      await expect(broker().deleteProvider({ name })).rejects.toThrow("[failed_precondition]");
      await broker().deleteProvider({ name, force: true });
      await expect(broker().getProvider({ name })).rejects.toThrow("[not_found]");
      const { connection } = await broker().getConnection({ ...grant, provider: name });
      expect(connection?.provider).toBe(name);
      await expect(broker().deleteProvider({ name: "acme" })).rejects.toThrow(
        "name: comes from the environment",
      );
    },
  };

  const expectUse = (rpc: string): Promise<void> => rowOf(USES, rpc)();

  it.each(RPCS_OF_PROVIDERS)("%s", (rpc) => expectUse(rpc));
});

describe("the tables of this folder", () => {
  it("have a row for every RPC of the service", () => {
    expect(rpcNames.length).toBeGreaterThanOrEqual(13);
    expect(() => rowOf({ GetToken: 1 }, "NewRpc")).toThrow("NewRpc");
  });
});
