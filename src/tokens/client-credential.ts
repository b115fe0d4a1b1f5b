import type { Registration } from "../config/index.ts";
import { sha256Hex } from "../crypto/index.ts";

/**
 * 16 hex digits that name the credentials a registration calls with, so that trouble with them is remembered without them. A corrected secret, or a
 * previous one beside it, is another name.
 */
export const credentialOf = ({
  clientId,
  clientSecret,
  previousClientSecret,
}: Pick<Registration, "clientId" | "clientSecret" | "previousClientSecret">): string => {
  const secrets = [clientSecret, previousClientSecret].map((secret) => secret?.reveal() ?? null);
  return sha256Hex(JSON.stringify([clientId, ...secrets])).slice(0, 16);
};
