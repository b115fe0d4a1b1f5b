import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { plainDefinition, resolveEndpoints } from "../../src/catalog/index.ts";
import {
  buildAuthorizeUrl,
  exchangeCode,
  newPkce,
  type ProviderCall,
  refreshToken,
  revokeToken,
  type TokenSet,
} from "../../src/oauth/index.ts";
import { createBrowser } from "../support/browser.ts";
import { type AuthorizationServer, startAuthorizationServer } from "../support/oidc.ts";
import { failureOf, secret, testEgress } from "./calls.ts";

const CALLBACK = "http://localhost:1/connect/callback/demo";
const SCOPES = ["openid", "offline_access", "calendar.read"];
/** Everything that encodings of Basic credentials disagree about. */
const CLIENT_SECRET = "a-b_c.d~e!f*g'h(i)j%k+l/m=n:o&p q";

describe.each(["client_secret_basic", "client_secret_post"] as const)("a certified server, %s", (method) => {
  let server: AuthorizationServer;
  beforeAll(async () => {
    server = await startAuthorizationServer({
      redirectUris: [CALLBACK],
      clientSecret: CLIENT_SECRET,
      client: { token_endpoint_auth_method: method },
    });
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const egress = testEgress();
  const callTo = (): ProviderCall => {
    const { authorizeUrl, tokenUrl, revokeUrl } = server;
    const plain = plainDefinition({ name: "demo", authorizeUrl, tokenUrl });
    const definition = {
      ...plain,
      revokeUrl,
      clientAuthentication: { ...plain.clientAuthentication, method },
    };
    const client = { clientId: server.clientId, clientSecret: secret(CLIENT_SECRET) };
    return { definition, endpoints: resolveEndpoints(definition, {}), client, trust: "operator" };
  };

  const connect = async (): Promise<TokenSet> => {
    const call = callTo();
    const { verifier, challenge } = newPkce();
    const url = buildAuthorizeUrl({
      ...call,
      redirectUri: CALLBACK,
      scopes: SCOPES,
      state: "the-state",
      codeChallenge: challenge,
      extraParams: { prompt: "consent" },
    });
    const visit = await createBrowser().visit(url, { stopAt: new URL(CALLBACK).origin });
    const code = visit.url.searchParams.get("code") ?? "";
    return exchangeCode(egress, {
      ...call,
      code,
      redirectUri: CALLBACK,
      codeVerifier: verifier,
      requestedScopes: SCOPES,
    });
  };

  it("grants, rotates, ends on reuse and revokes", async () => {
    const call = callTo();
    const first = await connect();
    expect(first).toMatchObject({ tokenType: "Bearer", expiresInSeconds: 3600, scopes: SCOPES });
    expect(first.raw).toContain("id_token");
    const second = await refreshToken(egress, {
      ...call,
      refreshToken: first.refreshToken ?? "",
      scopes: SCOPES,
    });
    expect(second.accessToken).not.toBe(first.accessToken);
    expect(second.refreshToken).not.toBe(first.refreshToken);
    await revokeToken(egress, { ...call, token: second.refreshToken ?? "", hint: "refresh_token" });
    const dead = await failureOf(
      refreshToken(egress, { ...call, refreshToken: second.refreshToken ?? "", scopes: SCOPES }),
    );
    expect(dead).toMatchObject({ class: "rejected", providerError: "invalid_grant", httpStatus: 400 });
  });

  it("says that a secret is wrong without ending anything", async () => {
    const first = await connect();
    const client = { clientId: server.clientId, clientSecret: secret("wrong") };
    const refused = failureOf(
      refreshToken(egress, { ...callTo(), client, refreshToken: first.refreshToken ?? "", scopes: SCOPES }),
    );
    expect(await refused).toMatchObject({
      class: "client",
      providerError: "invalid_client",
      httpStatus: 401,
    });
    const previousClientSecret = secret(CLIENT_SECRET);
    const renewed = await refreshToken(egress, {
      ...callTo(),
      client,
      previousClientSecret,
      refreshToken: first.refreshToken ?? "",
      scopes: [],
    });
    expect(renewed.accessToken).not.toBe(first.accessToken);
  });
});
