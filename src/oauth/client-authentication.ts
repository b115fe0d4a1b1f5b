import { ClientSecretPost, type ClientAuth, None } from "oauth4webapi";
import type { ClientAuthentication } from "../catalog/index.ts";
import type { Client } from "./client.ts";

/**
 * How the client proves itself (RFC 6749 section 2.3.1). A client without a secret is public and names itself in the body (section 3.2.1).
 */
export const clientAuthentication = (
  rules: ClientAuthentication,
  { clientId, clientSecret }: Client,
): ClientAuth => {
  if (clientSecret === undefined || rules.method === "none") return None();
  const secret = clientSecret.reveal();
  if (rules.method === "client_secret_post") return ClientSecretPost(secret);
  const encode = rules.basicEncoding === "form" ? formEncode : (text: string) => text;
  return basic(encode(clientId), encode(secret));
};

const basic =
  (user: string, password: string): ClientAuth =>
  (_server, _client, _body, headers) => {
    headers.set("authorization", `Basic ${Buffer.from(`${user}:${password}`, "utf8").toString("base64")}`);
  };

/** As browsers write forms. The library's own also encodes `-_.*`, which is legal and which some servers do not undo. */
const formEncode = (text: string): string => new URLSearchParams({ _: text }).toString().slice(2);
