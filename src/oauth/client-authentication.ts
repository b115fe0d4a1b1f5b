import { randomUUID } from "node:crypto";
import { ClientSecretPost, type ClientAuth, None } from "oauth4webapi";
import {
  type ClientAuthentication,
  fillText,
  type JwtRules,
  type PlaceholderValues,
} from "../catalog/index.ts";
import { signJwt } from "../crypto/index.ts";
import { SECOND } from "../time.ts";
import type { Client } from "./client.ts";
import { OAuthFailure } from "./failure.ts";

const ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/**
 * How the client proves itself: RFC 6749 section 2.3.1, or an assertion of RFC 7523 section 2.2, or a secret that is a signed token. A client without
 * a secret is public and names itself in the body (section 3.2.1). Where something is signed, the client's secret is the private key.
 */
export const clientAuthentication = (
  rules: ClientAuthentication,
  { clientId, clientSecret }: Client,
  values: PlaceholderValues = { texts: {} },
): ClientAuth => {
  if (clientSecret === undefined || rules.method === "none") return None();
  const secret = clientSecret.reveal();
  switch (rules.method) {
    case "client_secret_post":
      return ClientSecretPost(secret);
    case "client_secret_basic":
      return basicAuthentication(rules, clientId, secret);
    case "private_key_jwt":
    case "generated_secret":
      return signedAuthentication(rules, clientId, secret, values);
  }
};

/** RFC 6749 section 2.3.1, in the way of this vendor. */
export const basicAuthentication = (
  { basicEncoding, basicUser }: Pick<ClientAuthentication, "basicEncoding" | "basicUser">,
  clientId: string,
  secret: string,
): ClientAuth => {
  const encode = basicEncoding === "form" ? formEncode : (text: string) => text;
  return basicUser === "client_secret" ? basic(encode(secret), "") : basic(encode(clientId), encode(secret));
};

const basic =
  (user: string, password: string): ClientAuth =>
  (_server, _client, _body, headers) => {
    headers.set("authorization", `Basic ${Buffer.from(`${user}:${password}`, "utf8").toString("base64")}`);
  };

/** As browsers write forms. The library's own also encodes `-_.*`, which is legal and which some servers do not undo. */
const formEncode = (text: string): string => new URLSearchParams({ _: text }).toString().slice(2);

const signedAuthentication =
  (
    { method, jwt }: ClientAuthentication,
    clientId: string,
    privateKey: string,
    values: PlaceholderValues,
  ): ClientAuth =>
  (server, _client, body) => {
    if (jwt === undefined) throw unusable("the provider's entry does not say how its assertions are signed");
    const texts = { ...values.texts, client_id: clientId, token_url: server.token_endpoint ?? "" };
    const token = signed(jwt, privateKey, { ...values, texts });
    body.set("client_id", clientId);
    if (method === "generated_secret") body.set("client_secret", token);
    else {
      body.set("client_assertion_type", ASSERTION_TYPE);
      body.set("client_assertion", token);
    }
  };

const signed = (rules: JwtRules, privateKey: string, values: PlaceholderValues): string => {
  const [issuer, subject, audience, keyId] = [rules.issuer, rules.subject, rules.audience, rules.keyId].map(
    (text) => fillText(text, values),
  );
  if (issuer === undefined || subject === undefined || audience === undefined || keyId === undefined)
    throw unusable("a variable of the provider's assertion has no value");
  const now = Math.floor(Date.now() / SECOND);
  const lifetime = { iat: now, exp: now + rules.lifetimeSeconds };
  const claims = { iss: issuer, sub: subject, aud: audience, ...lifetime, jti: randomUUID() };
  const header = { alg: rules.algorithm, ...(keyId === "" ? {} : { kid: keyId }) };
  try {
    return signJwt(privateKey, header, claims);
  } catch {
    throw unusable("the client's private key does not fit the provider's algorithm");
  }
};

const unusable = (problem: string): OAuthFailure =>
  new OAuthFailure(problem, { class: "client", sent: false });
