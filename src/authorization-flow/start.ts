import type { ProviderDefinition } from "../catalog/index.ts";
import type { Completion } from "../config/index.ts";
import { invalidField } from "../errors.ts";
import { type GrantSelector, parseGrant } from "../registrations/index.ts";
import type { Grant, PinnedFlow } from "../store/index.ts";
import { beginFlow, type PreparedFlow } from "./begin-flow.ts";
import type { AuthorizationFlowOptions } from "./options.ts";
import { pinEndpoints } from "./pinned.ts";
import { checkRedirectUri, createRedirectPolicy, type RedirectPolicy } from "./redirect-uri.ts";
import { requestedScopes, unionOfScopes } from "./requested-scopes.ts";

export interface StartRequest extends GrantSelector {
  /** Where the browser goes afterwards. Empty = `CONNECT_DEFAULT_REDIRECT_URI`, and without that a result page. */
  readonly redirectUri?: string | undefined;
  /** Empty = the provider's defaults. An item with spaces is several scopes. */
  readonly scopes?: readonly string[] | undefined;
  /** Ask for these and everything that the present grant holds. */
  readonly keepGrantedScopes?: boolean | undefined;
  readonly loginHint?: string | undefined;
  readonly extraParams?: Readonly<Record<string, string>> | undefined;
  readonly providerConfig?: Readonly<Record<string, string>> | undefined;
  /** Absent = `BROKER_COMPLETION`. */
  readonly completion?: Completion | undefined;
  /** Another account may take the place of the present grant's, whatever is pinned. */
  readonly allowAccountChange?: boolean | undefined;
  /** Refuse another account than the present grant's, as `BROKER_PIN_ACCOUNTS` does for all. */
  readonly pinAccount?: boolean | undefined;
  /** Absent = those of the present grant. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** Who calls: a ticket of this flow is for the same caller. */
  readonly callerId: string;
}

export interface StartedAuthorization {
  readonly authorizeUrl: string;
  readonly expiresAt: Date;
  readonly authorizationId: string;
}

export const createStart = (options: AuthorizationFlowOptions) => {
  const policy = createRedirectPolicy(options.settings);

  return async (request: StartRequest): Promise<StartedAuthorization> => {
    const { authorizeUrl, row } = await beginFlow(options, await prepare(options, policy, request), request);
    return { authorizeUrl, expiresAt: row.expiresAt, authorizationId: row.id };
  };
};

/** Judges the whole request and fixes everything that the exchange will need. */
const prepare = async (
  options: AuthorizationFlowOptions,
  policy: RedirectPolicy,
  request: StartRequest,
): Promise<PreparedFlow> => {
  const { registrations, settings } = options;
  const grant = parseGrant(request);
  const completion = request.completion ?? settings.completion;
  const redirectUri = acceptRedirectUri(options, policy, request, completion);
  const registration = await registrations.resolve(grant.namespace, grant.provider);
  const providerConfig = registrations.checkProviderConfig(registration, request.providerConfig ?? {});
  const endpoints = registrations.endpointsFor(registration, providerConfig);
  const pinned: PinnedFlow = {
    purpose: "connect",
    ...grant,
    callerId: request.callerId,
    registrationId: registration.id,
    clientId: registration.clientId,
    ...pinEndpoints(registration, endpoints),
    resource: "",
    callbackUrl: options.callbackUrl(grant),
    redirectUri,
    scopes: await scopesOf(options, registration.definition, grant, request),
    providerConfig,
    completion,
    allowAccountChange: request.allowAccountChange ?? false,
    pinAccount: request.pinAccount ?? false,
    labels: request.labels ?? null,
  };
  return { definition: registration.definition, endpoints, pinned };
};

const scopesOf = async (
  { tokens }: AuthorizationFlowOptions,
  definition: ProviderDefinition,
  grant: Grant,
  request: StartRequest,
): Promise<readonly string[]> => {
  const asked = requestedScopes(definition, request.scopes ?? []);
  if (request.keepGrantedScopes !== true) return asked;
  const present = await tokens.find({ ...grant, tokenName: "" });
  return unionOfScopes(asked, present?.scopes ?? []);
};

export const acceptRedirectUri = (
  { settings, logger }: AuthorizationFlowOptions,
  policy: RedirectPolicy,
  request: Pick<StartRequest, "redirectUri" | "provider">,
  completion: Completion,
): string => {
  const wanted = request.redirectUri || settings.defaultRedirectUri || "";
  if (wanted === "" && completion === "required") {
    throw invalidField(
      "redirect_uri",
      "completion by ticket hands the ticket to this address: give one, or set CONNECT_DEFAULT_REDIRECT_URI",
    );
  }
  if (wanted === "") return "";
  const { uri, unlistedScheme } = checkRedirectUri(policy, wanted);
  if (unlistedScheme) {
    logger.warn("redirect_uri has a custom scheme that production would refuse", {
      variable: "CONNECT_REDIRECT_ALLOW_HOSTS",
      provider: request.provider,
    });
  }
  return uri;
};
