import {
  type ConnectionUsage,
  connectionUsage,
  definitionFor,
  type Endpoints,
  plainDefinition,
  type ProviderDefinition,
} from "../catalog/index.ts";
import type { Registration } from "../config/index.ts";
import { BrokerError, type BrokerErrorCode } from "../errors.ts";
import type { Registrations } from "../registrations/index.ts";
import type { TokenRow } from "../store/index.ts";

/** Today's facts about the provider a grant was made with, or why there are none. */
export type PinnedProvider =
  | {
      readonly ok: true;
      readonly registration: Registration;
      readonly definition: ProviderDefinition;
      readonly endpoints: Endpoints;
    }
  | { readonly ok: false; readonly error: BrokerError; readonly definition: ProviderDefinition };

/** What is assumed of a provider that nobody describes any more: RFC 6750 to the letter. */
const UNDESCRIBED = plainDefinition({ name: "", authorizeUrl: "", tokenUrl: "" });

/** What keeps a registration from being used, and says nothing about the token that was made with it. */
const UNDESCRIBABLE: ReadonlySet<BrokerErrorCode> = new Set([
  "PROVIDER_MISCONFIGURED",
  "KEY_UNAVAILABLE",
  "REAUTHORIZATION_REQUIRED",
]);

/**
 * The registration that the row pins, with today's endpoints for the row's `provider_config`: vendors move their endpoints, and a grant follows; it never
 * follows to another client or another registration.
 */
export const findPinnedProvider = async (
  registrations: Registrations,
  row: Pick<TokenRow, "namespace" | "provider" | "pins">,
): Promise<PinnedProvider> => {
  try {
    const registration = await registrations.resolvePinned(row.namespace, row.provider, row.pins);
    const { providerConfig } = row.pins;
    const endpoints = registrations.endpointsFor(registration, providerConfig);
    return {
      ok: true,
      registration,
      definition: definitionFor(registration.definition, providerConfig),
      endpoints,
    };
  } catch (error) {
    if (!(error instanceof BrokerError) || !UNDESCRIBABLE.has(error.code)) throw error;
    return { ok: false, error, definition: UNDESCRIBED };
  }
};

const UNKNOWN = { apiBaseUrl: "", allowedOrigins: [] };

export const usageOf = (
  provider: PinnedProvider,
  { providerMetadata, mcpServerUrl }: Pick<TokenRow, "providerMetadata" | "mcpServerUrl">,
): ConnectionUsage =>
  connectionUsage(provider.definition, placesOf(provider, mcpServerUrl), providerMetadata);

/** A token of an MCP server is for that server and nothing else. */
const placesOf = (
  provider: PinnedProvider,
  mcpServerUrl: string,
): Pick<Endpoints, "apiBaseUrl" | "allowedOrigins"> => {
  if (mcpServerUrl !== "") return { apiBaseUrl: mcpServerUrl, allowedOrigins: [] };
  return provider.ok ? provider.endpoints : UNKNOWN;
};
