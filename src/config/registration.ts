import type { ProviderDefinition } from "../catalog/index.ts";
import type { Secret } from "./secret.ts";

/** Where a registration comes from, which decides how far its hosts are trusted. `mcp`: it was discovered, and lives as long as its grants. */
export type RegistrationSource = "environment" | "code" | "rpc" | "mcp";

/** What the contract calls a provider: a name, complete facts, and the credentials of a client. Usable as it is. */
export interface Registration {
  readonly name: string;
  /** Empty = visible in every namespace. */
  readonly namespace: string;
  readonly source: RegistrationSource;
  /** What a grant pins: `environment:acme`, `code:my-service`, `rpc:<uuid>`, `mcp:<uuid>`. */
  readonly id: string;
  /** The catalog entry whose facts apply; empty = none. */
  readonly template: string;
  /** Catalog facts and overrides. URLs may still hold variables: `resolveEndpoints(definition, values)` fills them. */
  readonly definition: ProviderDefinition;
  /** Values of declared variables, checked and in normal form. A connection may add to them where the catalog allows it. */
  readonly values: Readonly<Record<string, string>>;
  readonly clientId: string;
  /** `undefined` only for a public client (`clientAuthentication.method` is `none`). */
  readonly clientSecret: Secret | undefined;
  /** Tried when the current one is refused as `invalid_client`. */
  readonly previousClientSecret: Secret | undefined;
  readonly loginEnabled: boolean;
  /** Where the vendor serves many tenants under one address: ids of those whose people may log in; `*` = any. */
  readonly loginTenants: readonly string[];
}
