import { invalidField } from "../errors.ts";

/** Where a listing goes on: behind this name, in the same namespace and with the same filter. */
export interface ListPosition {
  readonly namespace: string;
  readonly activeOnly: boolean;
  readonly after: string;
}

export const writePageToken = ({ namespace, activeOnly, after }: ListPosition): string =>
  Buffer.from(JSON.stringify([namespace, activeOnly, after]), "utf8").toString("base64url");

/**
 * The name behind which to go on; "" for the beginning.
 *
 * @throws BrokerError INVALID_REQUEST for a token of another namespace or filter, or one that is none.
 */
export const readPageToken = (
  token: string,
  { namespace, activeOnly }: Omit<ListPosition, "after">,
): string => {
  if (token === "") return "";
  const parts = parse(token);
  if (
    !Array.isArray(parts) ||
    parts[0] !== namespace ||
    parts[1] !== activeOnly ||
    typeof parts[2] !== "string"
  )
    throw invalidField("page_token", "is not one that this listing gave: begin without it");
  return parts[2];
};

const parse = (token: string): unknown => {
  try {
    return JSON.parse(Buffer.from(token, "base64url").toString("utf8"));
  } catch {
    return undefined;
  }
};
