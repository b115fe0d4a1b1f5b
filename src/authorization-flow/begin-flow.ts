import type { Endpoints, ProviderDefinition } from "../catalog/index.ts";
import { randomToken, sha256Hex } from "../crypto/index.ts";
import { invalidField } from "../errors.ts";
import { buildAuthorizeUrl, newPkce } from "../oauth/index.ts";
import type { AuthorizationRow, PinnedFlow } from "../store/index.ts";
import type { AuthorizationFlowOptions } from "./options.ts";

/** A request that was judged, and everything that its exchange will need. */
export interface PreparedFlow {
  readonly definition: ProviderDefinition;
  readonly endpoints: Endpoints;
  readonly pinned: PinnedFlow;
  /** Made of the state; absent = the provider is asked for none. */
  readonly nonceOf?: (state: string) => string;
}

/** What the caller adds to the authorization request. */
export interface RequestAdditions {
  readonly loginHint?: string | undefined;
  readonly extraParams?: Readonly<Record<string, string>> | undefined;
}

export interface BegunFlow {
  readonly authorizeUrl: string;
  readonly row: AuthorizationRow;
}

/** Makes state and PKCE verifier and stores the one row of the flow. */
export const beginFlow = async (
  options: AuthorizationFlowOptions,
  prepared: PreparedFlow,
  additions: RequestAdditions,
): Promise<BegunFlow> => {
  const state = randomToken();
  const pkce = usesPkce(prepared.definition) ? newPkce() : undefined;
  const authorizeUrl = authorizeUrlOf(prepared, additions, state, pkce?.challenge);
  const row = await options.authorizations.insert({
    ...prepared.pinned,
    stateHash: sha256Hex(state),
    codeVerifier: pkce?.verifier,
    ttlSeconds: options.settings.stateTtlSeconds,
  });
  reportStart(options, row);
  return { authorizeUrl, row };
};

/** A public client has nothing but PKCE to prove that the code is its own (RFC 9700 section 2.1.1), so there it cannot be switched off. */
const usesPkce = (definition: ProviderDefinition): boolean =>
  definition.pkce || definition.clientAuthentication.method === "none";

const authorizeUrlOf = (
  { definition, endpoints, pinned, nonceOf }: PreparedFlow,
  { loginHint, extraParams = {} }: RequestAdditions,
  state: string,
  codeChallenge: string | undefined,
): string => {
  assertLoginHint(loginHint);
  return buildAuthorizeUrl({
    definition,
    endpoints,
    client: pinned,
    redirectUri: pinned.callbackUrl,
    scopes: pinned.scopes,
    state,
    codeChallenge,
    resource: pinned.resource,
    nonce: nonceOf?.(state),
    loginHint,
    extraParams,
  });
};

const MAX_LOGIN_HINT_LENGTH = 320;
const CONTROL = /\p{Cc}/u;

export const assertLoginHint = (loginHint = ""): void => {
  if (loginHint.length <= MAX_LOGIN_HINT_LENGTH && !CONTROL.test(loginHint) && loginHint.isWellFormed())
    return;
  throw invalidField("login_hint", `at most ${MAX_LOGIN_HINT_LENGTH} characters, no control characters`);
};

const reportStart = ({ logger, metrics }: AuthorizationFlowOptions, row: AuthorizationRow): void => {
  const { namespace, provider, connectionId, callerId } = row;
  logger.info("authorization started", {
    namespace,
    provider,
    connection_id: connectionId,
    caller: callerId,
  });
  metrics.authorizations.inc({ provider, outcome: "started" });
};
