import { sha256Base64Url } from "../crypto/index.ts";
import { invalidField } from "../errors.ts";
import type { ProviderFilter } from "./provider-filter.ts";

/** A listing: what is listed where. */
export interface Listing {
  readonly namespace: string;
  readonly filter: ProviderFilter;
}

/** Goes on behind the name `after`, in the same namespace and with the same filter. Opaque to callers; holds nothing that they did not send or see. */
export const writePageToken = (listing: Listing, after: string): string =>
  Buffer.from(JSON.stringify([bindingOf(listing), after]), "utf8").toString("base64url");

/**
 * The name behind which to go on; "" for the beginning.
 *
 * @throws BrokerError INVALID_REQUEST for a token of another namespace or filter, or one that is none.
 */
export const readPageToken = (token: string, listing: Listing): string => {
  if (token === "") return "";
  const parts = parse(token);
  if (!Array.isArray(parts) || parts[0] !== bindingOf(listing) || typeof parts[1] !== "string")
    throw invalidField("page_token", "is not one that this listing gave: begin without it");
  return parts[1];
};

const bindingOf = ({ namespace, filter }: Listing): string => {
  const { query, category, confidences, activeOnly, loginOnly } = filter;
  return sha256Base64Url(JSON.stringify([namespace, query, category, confidences, activeOnly, loginOnly]));
};

const parse = (token: string): unknown => {
  try {
    return JSON.parse(Buffer.from(token, "base64url").toString("utf8"));
  } catch {
    return undefined;
  }
};
