import { generateKeyPairSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import {
  catalog,
  completeDefinition,
  type Endpoints,
  type ProviderDefinition,
  resolveEndpoints,
  TOKEN_HOST,
} from "../../src/catalog/index.ts";
import {
  buildAuthorizeUrl,
  type Egress,
  exchangeCode,
  OAuthFailure,
  type ProviderCall,
  refreshToken,
  revokeToken,
} from "../../src/oauth/index.ts";
import { secret } from "./calls.ts";

const PEM = { type: "pkcs8", format: "pem" } as const;
const KEYS = {
  ES256: generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export(PEM).toString(),
  RS256: generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export(PEM).toString(),
} as const;

const SECRET = "a-client-secret";

/** Stands for a network that leads nowhere, and keeps what was to be sent. */
const recordingEgress = (): Egress & { readonly sent: { url: string; init: RequestInit }[] } => {
  const sent: { url: string; init: RequestInit }[] = [];
  return {
    sent,
    fetch: (url, init) => {
      sent.push({ url, init });
      return Promise.resolve(Response.json({ error: "invalid_grant" }, { status: 400 }));
    },
    check: () => {},
    close: () => Promise.resolve(),
  };
};

const entries = [...catalog.values()]
  .filter(({ tokenUrl }) => tokenUrl !== undefined)
  .map(completeDefinition);

const endpointsOf = (definition: ProviderDefinition): Endpoints => {
  const examples = Object.fromEntries(
    Object.entries(definition.variables).map(([name, { example }]) => [name, example]),
  );
  const [allowed] = definition.callback.tokenHost?.allow ?? [];
  const host =
    allowed === undefined ? {} : { [TOKEN_HOST]: allowed.startsWith(".") ? `acme${allowed}` : allowed };
  return resolveEndpoints(
    definition,
    { ...examples, ...host },
    { client_id: "client", redirect_host: "broker.example" },
  );
};

const callOf = (definition: ProviderDefinition): ProviderCall => {
  const algorithm = definition.clientAuthentication.jwt?.algorithm;
  const key = algorithm === "RS256" ? KEYS.RS256 : KEYS.ES256;
  return {
    definition,
    endpoints: endpointsOf(definition),
    client: { clientId: "client", clientSecret: secret(algorithm === undefined ? SECRET : key) },
    trust: "operator",
    metadata: Object.fromEntries(definition.metadata.map(({ name }) => [name, "kept"])),
  };
};

const textOf = ({ url, init }: { readonly url: string; readonly init: RequestInit }): string =>
  [url, typeof init.body === "string" ? init.body : "", ...new Headers(init.headers).values()].join("\n");

describe.each(entries)("$name", (definition) => {
  it("sends complete requests to its own hosts only", async () => {
    const call = callOf(definition);
    const { endpoints } = call;
    const url = buildAuthorizeUrl({
      definition,
      endpoints,
      client: call.client,
      redirectUri: "https://broker.example/callback",
      scopes: definition.scopes.default,
      state: "state",
      codeChallenge: undefined,
    });
    expect(decodeURIComponent(url)).not.toMatch(/[{}]|a-client-secret|PRIVATE KEY/);
    expect(new URL(url).origin).toBe(new URL(endpoints.authorizeUrl).origin);

    const egress = recordingEgress();
    const exchange = {
      code: "code",
      redirectUri: "https://broker.example/callback",
      codeVerifier: undefined,
    };
    const ends = (error: unknown): void => expect(error).toBeInstanceOf(OAuthFailure);
    await exchangeCode(egress, { ...call, ...exchange, requestedScopes: [] }).catch(ends);
    await refreshToken(egress, { ...call, refreshToken: "refresh", scopes: definition.scopes.default }).catch(
      ends,
    );
    expect(egress.sent.map((sent) => new URL(sent.url).origin)).toEqual([
      new URL(endpoints.tokenUrl).origin,
      new URL(endpoints.refreshUrl).origin,
    ]);
    if (endpoints.revokeUrl !== "") {
      for (const hint of ["refresh_token", "access_token"] as const)
        await revokeToken(egress, { ...call, token: hint, hint }).catch(ends);
      const revocations = egress.sent.slice(2);
      expect(revocations.length).toBeGreaterThan(0);
      for (const sent of revocations)
        expect(new URL(sent.url).origin).toBe(new URL(endpoints.revokeUrl).origin);
    }
    for (const sent of egress.sent) expect(textOf(sent)).not.toMatch(/\{[a-z_.]+\}|undefined|PRIVATE KEY/);
    const [exchanged] = egress.sent;
    expect(exchanged && decodeURIComponent(textOf(exchanged))).toMatch(/code/);
  });
});
