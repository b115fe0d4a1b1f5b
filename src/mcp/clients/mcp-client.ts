import type { OAuthClientMethod, Secret } from "../../config/index.ts";
import type { SigningAlgorithm } from "../../crypto/index.ts";
import type { ServerMetadata } from "../server-metadata.ts";

export type ClientSource = "pre_registered" | "metadata_document" | "dynamic_registration";

/** A client of the broker's at one authorization server. */
export interface McpClient {
  /** What a grant pins. */
  readonly registrationId: string;
  readonly source: ClientSource;
  readonly clientId: string;
  /** Or the private key of one that signs. */
  readonly secret: Secret | undefined;
  /** Empty = as the server lists. */
  readonly method: OAuthClientMethod | "";
  readonly signingAlgorithm: SigningAlgorithm;
  readonly keyId: string;
  readonly grantTypes: readonly string[];
}

/** By the registration; else basic, post and none, whichever the server lists first of these in this order. A client without a secret has nothing to prove itself with. */
export const methodOf = (
  { method, secret }: Pick<McpClient, "method" | "secret">,
  { authMethods }: Pick<ServerMetadata, "authMethods">,
): OAuthClientMethod => {
  if (secret === undefined) return "none";
  if (method !== "") return method;
  const order = ["client_secret_basic", "client_secret_post", "none"] as const;
  return order.find((known) => authMethods.includes(known)) ?? "client_secret_basic";
};
