import { allowInsecureRequests, customFetch, dynamicClientRegistrationRequest } from "oauth4webapi";
import type { OAuthClientMethod } from "../../config/index.ts";
import { type Egress, isJsonObject, type JsonObject } from "../../oauth/index.ts";
import type { NewOAuthClient } from "../../store/index.ts";
import { SECOND } from "../../time.ts";
import type { Budget } from "../budget.ts";
import { refusalOfCall, refuse } from "../refusal.ts";
import type { ServerMetadata } from "../server-metadata.ts";
import type { ClientMetadata } from "./client-metadata.ts";

export interface DynamicRegistration {
  readonly egress: Egress;
  readonly budget: Budget;
  readonly server: Pick<ServerMetadata, "issuer" | "registrationEndpoint" | "authMethods">;
  readonly metadata: (method: OAuthClientMethod) => ClientMetadata;
}

const WHAT = "the authorization server's registration endpoint";

/**
 * Registers a client (RFC 7591 section 3.1). Lenient with the answer where real servers differ: 200 in the place of 201, a secret without
 * `client_secret_expires_at`, another authentication method than the one asked for.
 *
 * @throws BrokerError CLIENT_REGISTRATION_REQUIRED when the server refuses, with its error code where that is a standard one; EGRESS_DENIED; PROVIDER_UNAVAILABLE.
 */
export const registerDynamically = async (registration: DynamicRegistration): Promise<NewOAuthClient> => {
  const { server, metadata } = registration;
  const wanted = metadata(wantedMethod(server));
  const response = await send(registration, wanted);
  const json: unknown = await response.json().catch(() => undefined);
  if (response.status === 429 || response.status >= 500)
    throw refuse("PROVIDER_UNAVAILABLE", "client_registration", `${WHAT} does not answer now: retry later`);
  const isAccepted = response.status === 200 || response.status === 201;
  if (!isAccepted || !isJsonObject(json)) throw refused(isJsonObject(json) ? json["error"] : undefined);
  return clientOf(json, wanted);
};

/** A secret where the server takes one: it is stored sealed, and proves more than the code's verifier. */
const wantedMethod = ({ authMethods }: DynamicRegistration["server"]): OAuthClientMethod => {
  const order = ["client_secret_basic", "client_secret_post", "none"] as const;
  return order.find((method) => authMethods.includes(method)) ?? "client_secret_basic";
};

const send = async (
  { egress, budget, server }: DynamicRegistration,
  metadata: ClientMetadata,
): Promise<Response> => {
  const { issuer, registrationEndpoint } = server;
  const deadlineMs = budget.remainingMs();
  const as = { issuer, registration_endpoint: registrationEndpoint };
  try {
    return await dynamicClientRegistrationRequest(as, metadata, {
      [allowInsecureRequests]: true,
      [customFetch]: (url, init) =>
        egress.fetch(
          url,
          { method: "POST", headers: init.headers, body: init.body, redirect: "manual" },
          { trust: "user", deadlineMs },
        ),
    });
  } catch (error) {
    throw refusalOfCall(error, "client_registration", WHAT);
  }
};

/** RFC 7591 section 3.2.2, and what others say. A server's own words never travel further. */
const KNOWN_ERRORS: ReadonlySet<unknown> = new Set([
  "invalid_redirect_uri",
  "invalid_client_metadata",
  "invalid_software_statement",
  "unapproved_software_statement",
  "access_denied",
  "invalid_token",
]);

const refused = (error: unknown) =>
  refuse(
    "CLIENT_REGISTRATION_REQUIRED",
    "client_registration",
    "the authorization server refuses to register the broker as a client: register one there by hand and give it to RegisterOAuthClient",
    {
      metadata: {
        cause: "registration_refused",
        ...(KNOWN_ERRORS.has(error) ? { provider_error: String(error) } : {}),
      },
    },
  );

const CREDENTIAL = /^[\x20-\x7e]{1,4096}$/;
const METHODS: readonly unknown[] = ["", "client_secret_basic", "client_secret_post", "none"];

const isMethod = (value: unknown): value is string => METHODS.includes(value);

const clientOf = (json: JsonObject, wanted: ClientMetadata): NewOAuthClient => {
  const { client_id: clientId, client_secret: secret } = json;
  if (typeof clientId !== "string" || !CREDENTIAL.test(clientId)) throw unusable("has no client_id");
  if (secret !== undefined && secret !== null && secret !== "" && !isCredential(secret))
    throw unusable("has a client_secret that cannot be used");
  const method = json["token_endpoint_auth_method"] ?? "";
  if (!isMethod(method)) throw unusable("demands a way to authenticate that a client cannot take by itself");
  return {
    clientId,
    secret: isCredential(secret) ? secret : undefined,
    secretExpiresAt: isCredential(secret) ? expiryOf(json["client_secret_expires_at"]) : undefined,
    tokenEndpointAuthMethod: method,
    grantTypes: wanted.grant_types,
    registrationAccessToken: isCredential(json["registration_access_token"])
      ? json["registration_access_token"]
      : undefined,
    metadata: {},
  };
};

const isCredential = (value: unknown): value is string => typeof value === "string" && CREDENTIAL.test(value);

/** Seconds since 1970; 0, and nothing, mean never (RFC 7591 section 3.2.1). */
const MAX_SECONDS = 253_402_300_799;

const expiryOf = (value: unknown): Date | undefined =>
  typeof value === "number" && value > 0 && value <= MAX_SECONDS ? new Date(value * SECOND) : undefined;

const unusable = (problem: string) =>
  refuse(
    "METADATA_INVALID",
    "client_registration",
    `the authorization server's answer to the registration ${problem}`,
  );
