import { createHash } from "node:crypto";
import * as oauth from "oauth4webapi";
import { constantTimeEqual } from "../crypto/index.ts";
import type { Trust } from "./client.ts";
import type { Egress } from "./egress.ts";
import { claimsOf } from "./id-token.ts";
import { IdentityFailure, type IdentityProblem } from "./identity-failure.ts";
import { isJsonObject, type JsonObject } from "./json-path.ts";

/** What an ID token must be, to prove who logged in. */
export interface IdTokenDemands {
  /** Exactly the claim `iss`; `{tenantid}` stands for the claim `tid`. */
  readonly issuer: string;
  readonly jwksUrl: string;
  readonly clientId: string;
  readonly nonce: string;
  /** The one that came with it. */
  readonly accessToken: string;
  readonly trust: Trust;
  readonly timeoutMs?: number | undefined;
}

/** @throws IdentityFailure */
export type VerifyIdToken = (idToken: unknown, demands: IdTokenDemands) => Promise<VerifiedClaims>;

export interface VerifiedClaims {
  readonly issuer: string;
  readonly subject: string;
  readonly claims: JsonObject;
}

/** Public keys only: with `none` nobody signed, and with HS256 whoever knows the public key as a text could have. */
const ALGORITHMS = "RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 Ed25519 EdDSA".split(" ");

export const TENANT = "{tenantid}";

/**
 * OpenID Connect Core section 3.1.3.7, all of it, and the signature even though the token came over TLS. The keys of an issuer are fetched through the
 * egress and kept for five minutes; a token of a key that is not among them makes them be fetched again, once a minute at most.
 */
export const createIdTokenVerifier = (egress: Egress): VerifyIdToken => {
  const serverOf = createServers();
  return async (idToken, demands) => {
    if (typeof idToken !== "string") throw new IdentityFailure("no_id_token");
    const issuer = issuerFor(idToken, demands.issuer);
    const server = serverOf(issuer, demands);
    const answer = Response.json({
      access_token: demands.accessToken,
      token_type: "bearer",
      id_token: idToken,
    });
    const claims = await readClaims(server, answer, demands);
    await checkSignature(egress, server, answer, demands);
    checkAuthorizedParty(claims, demands.clientId);
    checkAccessTokenHash(idToken, claims, demands.accessToken);
    return { issuer, subject: subjectOf(claims), claims };
  };
};

/** The library keeps the keys beside the object that stands for the server: one for each issuer and key set. */
const createServers = () => {
  const servers = new Map<string, oauth.AuthorizationServer>();
  return (issuer: string, { jwksUrl, trust }: IdTokenDemands): oauth.AuthorizationServer => {
    const name = JSON.stringify([issuer, jwksUrl, trust]);
    const known = servers.get(name);
    if (known) return known;
    if (servers.size >= MAX_SERVERS) servers.clear();
    const server = { issuer, jwks_uri: jwksUrl, id_token_signing_alg_values_supported: ALGORITHMS };
    servers.set(name, server);
    return server;
  };
};

const MAX_SERVERS = 1000;

const TENANT_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The tenant is read before anything is proven; with another one than the token's own the issuer does not fit, and then the signature. */
const issuerFor = (idToken: string, issuer: string): string => {
  if (!issuer.includes(TENANT)) return issuer;
  const tenant = claimsOf(idToken)?.["tid"];
  if (typeof tenant !== "string" || !TENANT_ID.test(tenant)) throw new IdentityFailure("tenant");
  return issuer.replaceAll(TENANT, tenant);
};

const readClaims = async (
  server: oauth.AuthorizationServer,
  answer: Response,
  { clientId, nonce }: IdTokenDemands,
): Promise<JsonObject> => {
  try {
    const tokens = await oauth.processAuthorizationCodeResponse(server, { client_id: clientId }, answer, {
      expectedNonce: nonce,
      requireIdToken: true,
    });
    const claims = oauth.getValidatedIdTokenClaims(tokens);
    if (isJsonObject(claims)) return claims;
  } catch (error) {
    throw new IdentityFailure(problemOf(error));
  }
  throw new IdentityFailure("no_id_token");
};

const PROBLEM_OF_CLAIM: Readonly<Record<string, IdentityProblem>> = {
  iss: "issuer",
  aud: "audience",
  azp: "authorized_party",
  nonce: "nonce",
  exp: "expired",
  nbf: "expired",
};

/** The library's errors quote the token, so nothing of them is kept but which rule it was. */
const problemOf = (error: unknown): IdentityProblem => {
  const cause: unknown = error instanceof Error ? error.cause : undefined;
  if (!isJsonObject(cause)) return "malformed";
  if ("expected" in cause && "header" in cause) return "algorithm";
  return PROBLEM_OF_CLAIM[String(cause["claim"])] ?? "malformed";
};

const checkSignature = async (
  egress: Egress,
  server: oauth.AuthorizationServer,
  answer: Response,
  { trust, timeoutMs }: IdTokenDemands,
): Promise<void> => {
  try {
    await oauth.validateApplicationLevelSignature(server, answer, {
      [oauth.allowInsecureRequests]: true,
      [oauth.customFetch]: (url: string) =>
        egress.fetch(
          url,
          { method: "GET", headers: { accept: "application/json" }, redirect: "manual" },
          { trust, deadlineMs: timeoutMs },
        ),
    });
  } catch (error) {
    const cause: unknown = error instanceof oauth.OperationProcessingError ? error.cause : undefined;
    throw new IdentityFailure(isJsonObject(cause) && "signature" in cause ? "signature" : "keys");
  }
};

/** The library asks for it where there are several audiences; where it is there, it must be this client in any case. */
const checkAuthorizedParty = (claims: JsonObject, clientId: string): void => {
  if (claims["azp"] !== undefined && claims["azp"] !== clientId)
    throw new IdentityFailure("authorized_party");
};

/** Section 3.1.3.8: half the digest that the algorithm signs. Ed25519 signs with SHA-512. */
const checkAccessTokenHash = (idToken: string, claims: JsonObject, accessToken: string): void => {
  const expected = claims["at_hash"];
  if (expected === undefined) return;
  const digest = createHash(digestOf(idToken)).update(accessToken, "ascii").digest();
  const own = digest.subarray(0, digest.length / 2).toString("base64url");
  if (typeof expected !== "string" || !constantTimeEqual(expected, own)) throw new IdentityFailure("at_hash");
};

const digestOf = (idToken: string): "sha256" | "sha384" | "sha512" => {
  const header: unknown = JSON.parse(Buffer.from(idToken.split(".")[0] ?? "", "base64url").toString("utf8"));
  const algorithm = isJsonObject(header) ? String(header["alg"]) : "";
  if (algorithm.endsWith("256")) return "sha256";
  return algorithm.endsWith("384") ? "sha384" : "sha512";
};

/** Section 2: at most 255 ASCII characters. */
const SUBJECT = /^[\u0020-\u007e]{1,255}$/;

const subjectOf = (claims: JsonObject): string => {
  const subject = claims["sub"];
  if (typeof subject === "string" && SUBJECT.test(subject)) return subject;
  throw new IdentityFailure("subject");
};
