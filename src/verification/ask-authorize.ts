import { randomToken } from "../crypto/index.ts";
import { buildAuthorizeUrl, newPkce } from "../oauth/index.ts";
import { type AuthorizeAnswer, readAuthorizeAnswer } from "./read-authorize-answer.ts";
import { isObstacle, type Obstacle, open, type Subject } from "./subject.ts";

/** What a first request to the authorization endpoint brought: an answer, or none. */
export type Asked =
  | { readonly kind: "obstacle"; readonly obstacle: Obstacle }
  | { readonly kind: "answer"; readonly status: number; readonly answer: AuthorizeAnswer };

export interface Manner {
  /** OpenID Connect's way to ask whether a login would be needed (Core section 3.1.2.1): the answer goes to the redirect URI. */
  readonly silently: boolean;
}

/** Opens the very URL that a person's browser would open, with a state that belongs to no flow; what comes back is never redeemed. */
export const askAuthorize = async (subject: Subject, { silently }: Manner): Promise<Asked> => {
  const { registration, endpoints, callbackUrl } = subject;
  const { definition, clientId } = registration;
  const scopes = definition.scopes.default;
  const isPublic = definition.clientAuthentication.method === "none";
  const url = buildAuthorizeUrl({
    definition,
    endpoints,
    client: { clientId },
    redirectUri: callbackUrl,
    scopes: silently ? [...new Set(["openid", ...scopes])] : scopes,
    state: randomToken(),
    codeChallenge: definition.pkce || isPublic ? newPkce().challenge : undefined,
    extraParams: silently ? { prompt: "none" } : {},
  });
  const response = await open(subject, url, "text/html, application/json;q=0.9");
  if (isObstacle(response)) return { kind: "obstacle", obstacle: response };
  const { status, headers } = response;
  const received = {
    status,
    location: headers.get("location") ?? "",
    contentType: headers.get("content-type") ?? "",
    body: await response.text(),
  };
  const asked = { authorizeUrl: endpoints.authorizeUrl, callbackUrl };
  return { kind: "answer", status, answer: readAuthorizeAnswer(received, asked) };
};
