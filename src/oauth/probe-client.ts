import { randomToken } from "../crypto/index.ts";
import type { Egress } from "./egress.ts";
import { exchangeCode } from "./exchange-code.ts";
import { OAuthFailure } from "./failure.ts";
import type { ProviderCall } from "./token-request.ts";

export interface ClientProbe extends ProviderCall {
  /** Our callback: servers compare it with the client's own before they look at a code. */
  readonly redirectUri: string;
}

/** `accepted`: the server knows this client. `refused`: it does not. `unknown`: no answer, or one that says neither. */
export type ProbeVerdict = "accepted" | "refused" | "unknown";

export interface ClientExamination {
  readonly verdict: ProbeVerdict;
  /** What the server said or why it said nothing; undefined when it issued a token, of all things. */
  readonly failure: OAuthFailure | undefined;
}

/** `examineClient`, for whoever needs the verdict alone. */
export const probeClient = async (egress: Egress, probe: ClientProbe): Promise<ProbeVerdict> =>
  (await examineClient(egress, probe)).verdict;

/**
 * Asks the token endpoint about the client and about nobody's grant: redeems a code that was never issued. A server authenticates the client first (RFC 6749
 * section 3.2.1), so `invalid_grant` says that the credentials are good. The previous secret counts, as it does for every call.
 */
export const examineClient = async (egress: Egress, probe: ClientProbe): Promise<ClientExamination> => {
  const code = randomToken();
  const codeVerifier = probe.definition.pkce ? randomToken() : undefined;
  try {
    await exchangeCode(egress, { ...probe, code, codeVerifier, requestedScopes: [] });
    return { verdict: "accepted", failure: undefined };
  } catch (error) {
    if (error instanceof OAuthFailure) return { verdict: verdictOf(error), failure: error };
    throw error;
  }
};

/** Client authentication failed (RFC 6749 section 5.2), in the RFC's word or by the status that stands for it. Says nothing about a grant. */
export const refusesClient = (
  failure: Pick<OAuthFailure, "class" | "providerError" | "httpStatus">,
): boolean =>
  failure.class === "client" && (failure.providerError === "invalid_client" || failure.httpStatus === 401);

const verdictOf = (failure: OAuthFailure): ProbeVerdict => {
  if (refusesClient(failure)) return "refused";
  return failure.class === "rejected" || isOtherComplaint(failure) ? "accepted" : "unknown";
};

/** An OAuth error about the request: the server got past the client. A wrong address or a redirect never reached it. */
const isOtherComplaint = ({ class: failureClass, httpStatus = 0 }: OAuthFailure): boolean =>
  failureClass === "client" &&
  (httpStatus === 200 || httpStatus === 400 || httpStatus === 403 || httpStatus === 422);
