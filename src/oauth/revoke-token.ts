import * as oauth from "oauth4webapi";
import { failureOfAnswer } from "./answer-failure.ts";
import { clientAuthentication } from "./client-authentication.ts";
import type { Egress } from "./egress.ts";
import { OAuthFailure } from "./failure.ts";
import { readTokenAnswer } from "./token-answer.ts";
import { type ProviderCall, sendThrough, serverOf, withPreviousSecret } from "./token-request.ts";

export interface Revocation extends ProviderCall {
  readonly token: string;
  readonly hint: "refresh_token" | "access_token";
}

/**
 * Tells the provider that a token has ended (RFC 7009). A token that the provider does not know, or no longer, is a success: section 2.2 says so, and
 * vendors that answer `invalid_token` or `invalid_grant` instead mean the same.
 *
 * @throws OAuthFailure; class "client" also where the provider has no revocation endpoint.
 */
export const revokeToken = (egress: Egress, revocation: Revocation): Promise<void> =>
  withPreviousSecret(revocation, (call) => attempt(egress, { ...revocation, ...call }));

const ALREADY_ENDED: ReadonlySet<string> = new Set(["invalid_token", "invalid_grant"]);

const attempt = async (egress: Egress, revocation: Revocation): Promise<void> => {
  const { definition, client, endpoints } = revocation;
  if (endpoints.revokeUrl === "")
    throw new OAuthFailure("the provider has no revocation endpoint", { class: "client", sent: false });
  const response = await oauth.revocationRequest(
    serverOf(endpoints.revokeUrl),
    { client_id: client.clientId },
    clientAuthentication(definition.clientAuthentication, client),
    revocation.token,
    sendThrough(egress, revocation, { token_type_hint: revocation.hint }),
  );
  const failure = failureOfAnswer(
    definition.tokenAnswer,
    await readTokenAnswer(definition.tokenAnswer, response),
  );
  if (failure && !ALREADY_ENDED.has(failure.providerError)) throw failure;
};
