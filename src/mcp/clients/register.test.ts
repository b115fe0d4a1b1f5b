import { describe, expect, it } from "vitest";
import {
  answer,
  budget,
  denied,
  json,
  redirect,
  type StubAnswer,
  stubEgress,
} from "../../../test/support/mcp/stub-egress.ts";
import { EgressFailure } from "../../oauth/index.ts";
import { clientMetadata } from "./client-metadata.ts";
import { registerDynamically } from "./register.ts";

const ENDPOINT = "https://as.test/register";
const CALLBACK = "https://broker.test/connect/callback/mcp/key";
const good = { client_id: "c-1", client_secret: "s-1", client_secret_expires_at: 0 };

const registered = async (page: StubAnswer, authMethods: readonly string[] = ["client_secret_basic"]) => {
  const egress = stubEgress({ [ENDPOINT]: page });
  const result = await registerDynamically({
    egress,
    budget,
    server: { issuer: "https://as.test", registrationEndpoint: ENDPOINT, authMethods },
    metadata: (method) => clientMetadata("Broker", "h.test", CALLBACK, method),
  }).catch((error: unknown) => error);
  return { result, requests: egress.requests };
};

describe("registerDynamically", () => {
  it("says who asks, where people come back, and for what (RFC 7591 section 2)", async () => {
    const { requests } = await registered(json(good, 201));
    expect(requests).toMatchObject([
      { url: ENDPOINT, method: "POST", redirect: "manual", options: { trust: "user", deadlineMs: 10_000 } },
    ]);
    expect(requests[0]?.headers.get("content-type")).toMatch(/^application\/json/);
    expect(JSON.parse(requests[0]?.body ?? "")).toEqual({
      client_name: "Broker (h.test)",
      redirect_uris: [CALLBACK],
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
      token_endpoint_auth_method: "client_secret_basic",
      application_type: "web",
    });
  });

  it("is a native client where people come back to this machine", () => {
    expect(clientMetadata("Broker", "", "http://127.0.0.1:8081/x", "none")).toMatchObject({
      application_type: "native",
      client_name: "Broker",
    });
  });

  it.each([
    [["none", "client_secret_post", "client_secret_basic"], "client_secret_basic"],
    [["none", "client_secret_post"], "client_secret_post"],
    [["none"], "none"],
    [[], "client_secret_basic"],
  ])("asks of a server with %j for %s", async (authMethods, method) => {
    const { requests } = await registered(json(good), authMethods);
    expect(JSON.parse(requests[0]?.body ?? "")).toMatchObject({ token_endpoint_auth_method: method });
  });

  it.each<[string, Record<string, unknown>, number, Record<string, unknown>]>([
    [
      "201",
      {},
      201,
      {
        clientId: "c-1",
        secret: "s-1",
        secretExpiresAt: undefined,
        tokenEndpointAuthMethod: "",
        metadata: {},
      },
    ],
    ["200 in the place of 201", {}, 200, { clientId: "c-1", secret: "s-1" }],
    [
      "a secret without an end",
      { client_secret_expires_at: undefined },
      201,
      { secret: "s-1", secretExpiresAt: undefined },
    ],
    [
      "a secret with an end",
      { client_secret_expires_at: 2_000_000_000 },
      201,
      { secretExpiresAt: new Date("2033-05-18T03:33:20Z") },
    ],
    [
      "an end that has passed",
      { client_secret_expires_at: 1 },
      201,
      { secretExpiresAt: new Date("1970-01-01T00:00:01Z") },
    ],
    [
      "an end that is no number",
      { client_secret_expires_at: "tomorrow" },
      201,
      { secretExpiresAt: undefined },
    ],
    ["an end beyond all dates", { client_secret_expires_at: 1e18 }, 201, { secretExpiresAt: undefined }],
    ["an end before all dates", { client_secret_expires_at: -1 }, 201, { secretExpiresAt: undefined }],
    [
      "no secret, whose end means nothing",
      { client_secret: undefined, client_secret_expires_at: 5 },
      201,
      { secret: undefined, secretExpiresAt: undefined },
    ],
    ["an empty secret", { client_secret: "" }, 201, { secret: undefined }],
    ["a secret that is null", { client_secret: null }, 201, { secret: undefined }],
    [
      "another method",
      { token_endpoint_auth_method: "client_secret_post" },
      201,
      { tokenEndpointAuthMethod: "client_secret_post" },
    ],
    ["the method none", { token_endpoint_auth_method: "none" }, 201, { tokenEndpointAuthMethod: "none" }],
    [
      "other grant types than were asked for",
      { grant_types: ["implicit"] },
      201,
      { grantTypes: ["authorization_code", "refresh_token"] },
    ],
    [
      "a registration access token",
      { registration_access_token: "r-1" },
      201,
      { registrationAccessToken: "r-1" },
    ],
    ["one that is no text", { registration_access_token: 1 }, 201, { registrationAccessToken: undefined }],
  ])("takes %s", async (_, change, status, expected) => {
    expect((await registered(json({ ...good, ...change }, status))).result).toMatchObject(expected);
  });

  it.each<[string, Record<string, unknown>]>([
    ["no client id", { client_id: undefined }],
    ["an empty client id", { client_id: "" }],
    ["a client id that is a number", { client_id: 7 }],
    ["a client id with a line break", { client_id: "a\r\nb" }],
    ["a client id beyond 4 KiB", { client_id: "a".repeat(4097) }],
    ["a secret that is an object", { client_secret: {} }],
    ["a secret with a line break", { client_secret: "a\nb" }],
    ["a method that needs a key", { token_endpoint_auth_method: "private_key_jwt" }],
    ["a method of its own", { token_endpoint_auth_method: "tls_client_auth" }],
    ["a method that is no text", { token_endpoint_auth_method: 1 }],
  ])("refuses an answer with %s", async (_, change) => {
    expect((await registered(json({ ...good, ...change }, 201))).result).toMatchObject({
      code: "METADATA_INVALID",
      metadata: { rule: "client_registration" },
    });
  });

  it.each<[string, StubAnswer, string | undefined]>([
    [
      "with a standard code",
      json({ error: "invalid_redirect_uri", error_description: "no-words-of-theirs" }, 400),
      "invalid_redirect_uri",
    ],
    ["to whoever has no token for it", json({ error: "invalid_token" }, 401), "invalid_token"],
    ["with a code of its own", json({ error: "no-words-of-theirs" }, 400), undefined],
    ["with a code that is no text", json({ error: ["invalid_redirect_uri"] }, 400), undefined],
    ["with a page", answer("no-words-of-theirs", 403), undefined],
    ["by a redirect", redirect("https://no-words-of-theirs.test/"), undefined],
    ["by an empty answer", answer(null, 204), undefined],
    ["by a list", json([good], 201), undefined],
    ["by a page that looks like success", answer("<html>", 200), undefined],
  ])("is refused %s", async (_, page, providerError) => {
    const { result, requests } = await registered(page);
    expect(result).toMatchObject({ code: "CLIENT_REGISTRATION_REQUIRED" });
    const { metadata, message } = result as { metadata: Record<string, string>; message: string };
    expect(metadata).toEqual({
      rule: "client_registration",
      cause: "registration_refused",
      ...(providerError === undefined ? {} : { provider_error: providerError }),
    });
    expect(JSON.stringify([metadata, message])).not.toContain("no-words-of-theirs");
    expect(requests).toHaveLength(1);
  });

  it.each<[string, StubAnswer, string]>([
    ["429", answer(null, 429), "PROVIDER_UNAVAILABLE"],
    ["500", json({ error: "invalid_redirect_uri" }, 500), "PROVIDER_UNAVAILABLE"],
    ["503", answer("<html>", 503), "PROVIDER_UNAVAILABLE"],
    ["silence", new EgressFailure("timeout", { sent: true }), "PROVIDER_UNAVAILABLE"],
    ["a refusal of the guard", denied(), "EGRESS_DENIED"],
  ])("says of %s that it may be tried again, or must not be", async (_, page, code) => {
    expect((await registered(page)).result).toMatchObject({
      code,
      metadata: { rule: "client_registration" },
    });
  });
});
