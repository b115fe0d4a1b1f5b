import type { ProviderFacts } from "./schema.ts";

type Names = readonly string[];

export interface TokenPaths {
  /** Empty = not read. */
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly expiresIn: string;
  readonly scope: string;
  readonly tokenType: string;
}

export interface TokenAnswerRules {
  readonly formEncoded: boolean;
  readonly anyContentType: boolean;
  /** Empty = the answer itself. */
  readonly root: string;
  readonly paths: TokenPaths;
  readonly tokens: readonly { readonly name: string; readonly paths: TokenPaths }[];
  readonly errorIn200: { readonly field: string; readonly success: Names; readonly code: string } | undefined;
  readonly errorPaths: { readonly error: string };
  readonly errorDialect: { readonly invalidGrant: Names; readonly invalidClient: Names };
}

export interface ExpiryRules {
  readonly defaultSeconds: number | undefined;
  readonly zeroMeansNever: boolean;
  readonly format: "seconds" | "milliseconds" | "minutes";
  readonly absolute:
    | { readonly field: string; readonly format: "seconds" | "milliseconds" | "iso8601" }
    | undefined;
}

export interface RefreshRules {
  readonly issued: "always" | "on-request" | "never";
  readonly rotates: boolean | undefined;
  readonly graceSeconds: number | undefined;
  readonly killsAccessToken: boolean;
  readonly lifetimeSeconds: number | undefined;
  readonly idleLifetimeSeconds: number | undefined;
  readonly notBeforeExpirySeconds: number | undefined;
  readonly rateLimit: { readonly requests: number; readonly perSeconds: number } | undefined;
  readonly grantsPerUser: number | undefined;
}

export const tokenAnswerRules = ({ tokenAnswer: facts = {}, expiry }: ProviderFacts): TokenAnswerRules => {
  const standard: TokenPaths = {
    accessToken: "access_token",
    refreshToken: "refresh_token",
    expiresIn: expiry?.field ?? "expires_in",
    scope: "scope",
    tokenType: "token_type",
  };
  return {
    formEncoded: facts.formEncoded ?? false,
    anyContentType: facts.anyContentType ?? false,
    root: facts.root ?? "",
    paths: { ...standard, ...facts.paths },
    tokens: (facts.tokens ?? []).map(({ name, paths }) => ({
      name,
      paths: { refreshToken: "", expiresIn: "", scope: "", tokenType: "", ...paths },
    })),
    errorIn200: facts.errorIn200 && { code: facts.errorIn200.field, ...facts.errorIn200 },
    errorPaths: facts.errorPaths ?? { error: "error" },
    errorDialect: {
      invalidGrant: facts.errorDialect?.invalidGrant ?? [],
      invalidClient: facts.errorDialect?.invalidClient ?? [],
    },
  };
};

export const expiryRules = ({ expiry: facts = {} }: ProviderFacts): ExpiryRules => ({
  defaultSeconds: facts.defaultSeconds,
  zeroMeansNever: facts.zeroMeansNever ?? false,
  format: facts.format === undefined || facts.format === "seconds-string" ? "seconds" : facts.format,
  absolute: facts.absolute,
});

export const refreshRules = ({ refresh: facts = {} }: ProviderFacts): RefreshRules => ({
  issued: facts.issued ?? "always",
  rotates: facts.rotates,
  graceSeconds: facts.graceSeconds,
  killsAccessToken: facts.killsAccessToken ?? false,
  lifetimeSeconds: facts.lifetimeSeconds,
  idleLifetimeSeconds: facts.idleLifetimeSeconds,
  notBeforeExpirySeconds: facts.notBeforeExpirySeconds,
  rateLimit: facts.rateLimit,
  grantsPerUser: facts.grantsPerUser,
});
