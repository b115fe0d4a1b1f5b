import { randomUUID } from "node:crypto";
import { Code, ConnectError } from "@connectrpc/connect";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { EmailAuthority, TokenBrokerLoginService } from "../../gen/ts/tokenbroker/v1/login_pb.ts";
import { startTestApp, type TestApp } from "../support/app.ts";
import { createBrowser } from "../support/browser.ts";
import { recordOutput } from "../support/canaries.ts";
import { describeEachStore } from "../support/database.ts";
import { freePort } from "../support/free-port.ts";
import { type AuthorizationServer, startAuthorizationServer } from "../support/oidc.ts";

const APP = "http://localhost:9";

describeEachStore("logging in at a real OpenID provider", (store) => {
  let broker: TestApp;
  let server: AuthorizationServer;
  beforeAll(async () => {
    const port = await freePort();
    const redirectUris = [`http://localhost:${port}/connect/login/callback/people`];
    server = await startAuthorizationServer({ redirectUris });
    broker = await startTestApp({
      database: await store.open(),
      env: {
        BROKER_HTTP_ADDR: `127.0.0.1:${port}`,
        BROKER_ALLOW_INSECURE_LOOPBACK: "true",
        CONNECT_API_BASE: `http://localhost:${port}`,
        CONNECT_PROVIDERS: "people",
        CONNECT_PEOPLE_CLIENT_ID: server.clientId,
        CONNECT_PEOPLE_CLIENT_SECRET: server.clientSecret,
        CONNECT_PEOPLE_AUTHORIZE_URL: server.authorizeUrl,
        CONNECT_PEOPLE_TOKEN_URL: server.tokenUrl,
        CONNECT_PEOPLE_ISSUER: server.issuer,
        CONNECT_PEOPLE_LOGIN_ENABLED: "true",
      },
    });
  });
  afterAll(async () => {
    await broker[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });

  const login = async (decision: "allow" | "deny" = "allow") => {
    const client = broker.clientOf(TokenBrokerLoginService);
    const { authorizeUrl, loginId } = await client.startLogin({
      provider: "people",
      redirectUri: `${APP}/welcome?x=1`,
    });
    const { url } = await createBrowser().visit(authorizeUrl, {
      stopAt: APP,
      decision,
      fields: { login: "ada" },
    });
    return { client, loginId, url };
  };

  it("proves who it is: signature, nonce, audience and token hash of a server that is not ours", async () => {
    const { client, loginId, url } = await login();
    expect([...url.searchParams.keys()].toSorted()).toEqual(["ticket", "x"]);
    expect(url.href).not.toContain(loginId);
    const ticket = url.searchParams.get("ticket") ?? "";
    const { identity } = await client.completeLogin({ ticket, loginId });
    expect(identity).toMatchObject({
      provider: "people",
      issuer: server.issuer,
      emailAuthority: EmailAuthority.NONE,
    });
    expect(identity?.subject).not.toBe("");
    expect(identity?.email).toBe(`${identity?.subject}@example.com`);
    expect(identity?.name).toBe(`${identity?.subject} of the demo`);
    expect((await broker.client().listConnections({ provider: "people" })).connections).toEqual([]);
    for (const secret of server.issuedSecrets) expect(JSON.stringify(broker.logLines)).not.toContain(secret);
    recordOutput("identity", JSON.stringify(identity));
  });

  it("keeps the tokens as a connection when the application names one", async () => {
    const { client, loginId, url } = await login();
    const ticket = url.searchParams.get("ticket") ?? "";
    const keepTokens = { connectionId: randomUUID(), userId: "ada" };
    const { identity, connection } = await client.completeLogin({ ticket, loginId, keepTokens });
    expect(identity?.subject).not.toBe("");
    expect(connection).toMatchObject({ ...keepTokens, provider: "people", namespace: "default" });
    const token = await broker.client().getToken({ ...keepTokens, provider: "people" });
    const asked = await fetch(server.userinfoUrl, {
      headers: { authorization: `Bearer ${token.accessToken}` },
    });
    expect(await asked.json()).toMatchObject({ sub: identity?.subject });
    await broker.client().revokeConnection({ ...keepTokens, provider: "people" });
  });

  it("is the same person the next time, and never two people at once", async () => {
    const [first, second] = [await login(), await login()];
    const tickets = [first, second].map(({ url }) => url.searchParams.get("ticket") ?? "");
    const swapped = await first.client
      .completeLogin({ ticket: tickets[0] ?? "", loginId: second.loginId })
      .catch((error: unknown) => ConnectError.from(error).code);
    expect(swapped).toBe(Code.PermissionDenied);
    const people = [
      await first.client.completeLogin({ ticket: tickets[0] ?? "", loginId: first.loginId }),
      await first.client.completeLogin({ ticket: tickets[1] ?? "", loginId: second.loginId }),
    ];
    expect(people[0]?.identity?.subject).toBe(people[1]?.identity?.subject);
  });

  it("tells the application that the person said no", async () => {
    const { url } = await login("deny");
    expect(url.searchParams.get("error")).toBe("access_denied");
    expect(url.searchParams.has("ticket")).toBe(false);
  });

  describe("refuses", () => {
    it.each([
      ["no provider", { redirectUri: APP }, Code.InvalidArgument],
      ["an unknown provider", { provider: "nobody", redirectUri: APP }, Code.NotFound],
      ["one that is not offered for login", { provider: "github", redirectUri: APP }, Code.NotFound],
      [
        "an address of a stranger",
        { provider: "people", redirectUri: "https://evil.example" },
        Code.InvalidArgument,
      ],
      [
        "a nonce",
        { provider: "people", redirectUri: APP, extraParams: { nonce: "1" } },
        Code.InvalidArgument,
      ],
    ])("%s", async (_, request, code) => {
      const error: unknown = await broker
        .clientOf(TokenBrokerLoginService)
        .startLogin(request)
        .catch((reason: unknown) => reason);
      expect(ConnectError.from(error).code).toBe(code);
    });
  });
});
