import { describe, expect, it } from "vitest";
import { type EnvironmentClient, Secret } from "../config/index.ts";
import type { RegistrationPins, Registrations } from "../registrations/index.ts";
import type { OAuthClientRow, RetirementReason } from "../store/index.ts";
import { silentLogger } from "../telemetry/index.ts";
import type { McpDeps } from "./deps.ts";
import { withMcpServers } from "./with-mcp-servers.ts";

const ISSUER = "https://as.test";
const BY_HAND: EnvironmentClient = {
  name: "acme",
  issuer: ISSUER,
  clientId: "c-env",
  secret: new Secret("s"),
  method: undefined,
  signingAlgorithm: "ES256",
  keyId: "",
  grantTypes: [],
};

const row = (changes: Partial<OAuthClientRow> = {}): OAuthClientRow => ({
  id: "1",
  namespace: "default",
  issuer: ISSUER,
  resource: "https://h.test/mcp",
  redirectUri: "https://broker.test/cb",
  origin: "dynamic",
  clientId: "c-1",
  tokenEndpointAuthMethod: "client_secret_post",
  grantTypes: [],
  secretExpiresAt: null,
  metadata: {},
  version: 1n,
  createdAt: new Date(0),
  retiredAt: null,
  retiredReason: "",
  refusals: 0,
  now: new Date(0),
  sealedSecret: undefined,
  ...changes,
});

const withRow = (found: OAuthClientRow | undefined, clients: readonly EnvironmentClient[] = [BY_HAND]) => {
  const retired: [string, RetirementReason][] = [];
  const deps = {
    config: { clients },
    clients: {
      get: () => Promise.resolve(found),
      openSecret: () => "sealed-secret",
      listUsable: () => Promise.resolve([{ id: "1", clientId: "c-1" }]),
      retire: (id: string, reason: RetirementReason) => {
        retired.push([id, reason]);
        return Promise.resolve(true);
      },
    },
    callbackUrl: (key: string) => `https://broker.test/connect/callback/mcp/${key}`,
    logger: silentLogger,
  } as unknown as McpDeps;
  const base = {
    refreshable: () => Promise.resolve([{ id: "environment:x", clientId: "x" }]),
  } as unknown as Registrations;
  return { registrations: withMcpServers(base, deps), retired };
};

const pins = (changes: Partial<RegistrationPins> = {}): RegistrationPins => ({
  registrationId: "mcp:1",
  clientId: "c-1",
  issuer: ISSUER,
  tokenUrl: "https://as.test/token",
  revokeUrl: "https://as.test/revoke",
  providerConfig: { token_endpoint_auth_method: "client_secret_post" },
  ...changes,
});

const resolved = (
  found: OAuthClientRow | undefined,
  changes: Partial<RegistrationPins> = {},
  clients?: readonly EnvironmentClient[],
) =>
  withRow(found, clients)
    .registrations.resolvePinned("default", "", pins(changes))
    .catch((error: unknown) => error);

describe("the client of a grant", () => {
  it("goes where the grant was made, and nowhere else", async () => {
    const { registrations } = withRow(row({ issuer: ISSUER }));
    const registration = await registrations.resolvePinned("default", "", pins());
    expect(registration).toMatchObject({
      id: "mcp:1",
      source: "mcp",
      clientId: "c-1",
      definition: { clientAuthentication: { method: "client_secret_post" } },
    });
    expect(registration.clientSecret?.reveal()).toBe("sealed-secret");
    expect(registrations.endpointsFor(registration, {})).toMatchObject({
      tokenUrl: "https://as.test/token",
      refreshUrl: "https://as.test/token",
      revokeUrl: "https://as.test/revoke",
      authorizeUrl: "",
      userinfoUrl: "",
    });
    expect(registrations.trustOf(registration, {})).toBe("user");
  });

  it("keeps its secret where the grant was made without one", async () => {
    expect(await resolved(row(), { providerConfig: { token_endpoint_auth_method: "none" } })).toMatchObject({
      clientSecret: undefined,
    });
  });

  it.each(["expired", "replaced"] as const)("is still there when it is %s", async (retiredReason) => {
    expect(await resolved(row({ retiredReason, retiredAt: new Date(0) }))).toMatchObject({ clientId: "c-1" });
  });

  it.each<[string, OAuthClientRow | undefined, string]>([
    ["was refused by its server", row({ retiredReason: "refused" }), "client_refused"],
    ["was deleted", row({ retiredReason: "deleted" }), "registration_missing"],
    ["is not there", undefined, "registration_missing"],
    ["is another namespace's", row({ namespace: "other" }), "registration_missing"],
    ["is of another issuer", row({ issuer: `${ISSUER}/` }), "registration_missing"],
    ["has another id", row({ clientId: "c-2" }), "client_changed"],
  ])("is gone when it %s, and a person has to allow another", async (_, found, cause) => {
    expect(await resolved(found)).toMatchObject({ code: "REAUTHORIZATION_REQUIRED", metadata: { cause } });
  });

  it("may be one of the environment, for the issuer that it was given for", async () => {
    const changes = { registrationId: "mcp:environment:acme", clientId: "c-env" };
    expect(await resolved(undefined, changes)).toMatchObject({
      id: "mcp:environment:acme",
      clientId: "c-env",
    });
    expect(await resolved(undefined, { ...changes, clientId: "c-old" })).toMatchObject({
      code: "REAUTHORIZATION_REQUIRED",
      metadata: { cause: "client_changed" },
    });
    for (const clients of [
      [],
      [{ ...BY_HAND, name: "other" }],
      [{ ...BY_HAND, issuer: "https://evil.test" }],
    ])
      expect(await resolved(undefined, changes, clients)).toMatchObject({
        code: "PROVIDER_MISCONFIGURED",
        metadata: { cause: "registration_missing" },
      });
  });

  it("is among those that the sweep refreshes with", async () => {
    expect(await withRow(undefined).registrations.refreshable()).toEqual([
      { id: "environment:x", clientId: "x" },
      { id: "mcp:1", clientId: "c-1" },
      { id: "mcp:environment:acme", clientId: "c-env" },
    ]);
  });
});

describe("a client that its server refuses", () => {
  it.each<[string, OAuthClientRow, boolean, number]>([
    ["is dropped if the broker registered it", row(), true, 1],
    ["has been dropped by another", row({ retiredReason: "refused" }), true, 0],
    ["is kept if one before it was refused lately", row({ refusals: 1 }), false, 0],
    ["is kept if an operator gave it", row({ origin: "rpc" }), false, 0],
    ["is kept if it is a document", row({ origin: "document" }), false, 0],
  ])("%s", async (_, found, expected, count) => {
    const { registrations, retired } = withRow(found);
    const registration = await registrations.resolvePinned("default", "", pins()).catch(() => undefined);
    const given = registration ?? (await withRow(row()).registrations.resolvePinned("default", "", pins()));
    expect(await registrations.dropRefused(given)).toBe(expected);
    expect(retired).toEqual(Array.from({ length: count }, () => ["1", "refused"]));
  });

  it("is kept if it is the environment's", async () => {
    const { registrations, retired } = withRow(row());
    const registration = await registrations.resolvePinned(
      "default",
      "",
      pins({ registrationId: "mcp:environment:acme", clientId: "c-env" }),
    );
    expect(await registrations.dropRefused(registration)).toBe(false);
    expect(retired).toEqual([]);
  });
});
