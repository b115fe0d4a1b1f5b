import type { ProviderFacts } from "./schema.ts";

type Texts = Readonly<Record<string, string>>;
type Names = readonly string[];

export interface ClientAuthentication {
  readonly method: ProviderFacts["clientAuthentication"]["method"];
  readonly basicEncoding: "form" | "raw";
  readonly basicUser?: "client_secret" | undefined;
  /** Complete for the two methods that sign. The texts may hold placeholders. */
  readonly jwt?: JwtRules | undefined;
}

export interface JwtRules {
  readonly algorithm: NonNullable<ProviderFacts["clientAuthentication"]["jwt"]>["algorithm"];
  readonly audience: string;
  readonly issuer: string;
  readonly subject: string;
  /** Empty = no `kid`. */
  readonly keyId: string;
  readonly lifetimeSeconds: number;
}

export interface AuthorizeRequestRules {
  readonly params: Texts;
  readonly drop: Names;
  readonly rename: Texts;
  readonly responseMode: "form_post" | undefined;
  /** Empty = none. */
  readonly fragment: string;
  readonly hashRoute: boolean;
  readonly scopeRaw: boolean;
  readonly secondScope: { readonly parameter: string; readonly prefix: string } | undefined;
  readonly stateInRedirectUri: boolean;
}

export interface CallbackRules {
  readonly codeParameter: string;
  readonly errorParameter: string;
  /** Values of an error that mean `access_denied`. */
  readonly denied: Names;
  readonly forward: Names;
  readonly tokenHost:
    | { readonly parameters: Names; readonly allow: Names; readonly append: string }
    | undefined;
}

export interface TokenRequestRules {
  readonly method: "GET" | "POST";
  readonly paramsIn: "body" | "query";
  readonly body: "form" | "json";
  readonly headers: Texts;
  readonly exchangeParams: Texts;
  readonly refreshParams: Texts;
  readonly exchangeRename: Texts;
  readonly refreshRename: Texts;
  readonly drop: Names;
  /** Beside `drop`. */
  readonly dropOnRefresh: Names;
  readonly scopeOnRefresh: boolean;
  readonly successStatus: readonly number[];
  readonly bearerRefresh: boolean;
  readonly refreshGrant: {
    readonly grantType: string;
    readonly tokenParameter: string;
    readonly useAccessToken: boolean;
    readonly method: "GET" | "POST";
  };
  readonly afterExchange: AfterExchangeRules | undefined;
}

export interface AfterExchangeRules {
  readonly url: string;
  readonly method: "GET" | "POST";
  readonly grantType: string;
  readonly tokenParameter: string;
  readonly params: Texts;
  readonly drop: Names;
}

/** Long enough for a slow call and a clock that is off, short enough to be worth little to a thief. */
const ASSERTION_LIFETIME_SECONDS = 300;

export const clientAuthenticationRules = ({
  clientAuthentication: { method, basicEncoding = "form", basicUser, jwt },
}: ProviderFacts): ClientAuthentication => ({
  method,
  basicEncoding,
  basicUser,
  jwt: jwt && {
    audience: "{token_url}",
    issuer: "{client_id}",
    subject: "{client_id}",
    keyId: "",
    lifetimeSeconds: ASSERTION_LIFETIME_SECONDS,
    ...jwt,
  },
});

export const authorizeRequestRules = ({
  authorizeRequest: facts = {},
}: ProviderFacts): AuthorizeRequestRules => ({
  params: facts.params ?? {},
  drop: facts.drop ?? [],
  rename: facts.rename ?? {},
  responseMode: facts.responseMode,
  fragment: facts.fragment ?? "",
  hashRoute: facts.hashRoute ?? false,
  scopeRaw: facts.scopeRaw ?? false,
  secondScope: facts.secondScope,
  stateInRedirectUri: facts.stateInRedirectUri ?? false,
});

export const callbackRules = ({ callback: facts = {} }: ProviderFacts): CallbackRules => ({
  codeParameter: facts.codeParameter ?? "code",
  errorParameter: facts.errorParameter ?? "error",
  denied: facts.denied ?? [],
  forward: facts.forward ?? [],
  tokenHost: facts.tokenHost && {
    parameters: [facts.tokenHost.parameter].flat(),
    allow: facts.tokenHost.allow,
    append: facts.tokenHost.append ?? "",
  },
});

export const tokenRequestRules = ({ tokenRequest: facts = {} }: ProviderFacts): TokenRequestRules => {
  const method = facts.method ?? "POST";
  return {
    method,
    paramsIn: facts.paramsIn ?? "body",
    body: facts.body ?? "form",
    headers: facts.headers ?? {},
    exchangeParams: facts.exchangeParams ?? {},
    refreshParams: facts.refreshParams ?? {},
    exchangeRename: { ...facts.rename, ...facts.exchangeRename },
    refreshRename: { ...facts.rename, ...facts.refreshRename },
    drop: facts.drop ?? [],
    dropOnRefresh: facts.dropOnRefresh ?? [],
    scopeOnRefresh: facts.scopeOnRefresh ?? false,
    successStatus: facts.successStatus ?? [],
    bearerRefresh: facts.bearerRefresh ?? false,
    refreshGrant: {
      grantType: "refresh_token",
      tokenParameter: "refresh_token",
      useAccessToken: false,
      method,
      ...facts.refreshGrant,
    },
    afterExchange: facts.afterExchange && { method: "POST", params: {}, drop: [], ...facts.afterExchange },
  };
};
