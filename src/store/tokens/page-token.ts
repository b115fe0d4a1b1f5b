import { sha256Base64Url } from "../../crypto/index.ts";
import { invalidField } from "../../errors.ts";
import { canonicalMap } from "../canonical-map.ts";
import type { TokenFilter } from "./token.ts";

/** Where a listing goes on: after the row `afterId`, for the filter it was made with. */
export const writePageToken = (filter: TokenFilter, afterId: string): string =>
  Buffer.from(`${filterDigest(filter)}.${afterId}`).toString("base64url");

/** The id to go on after; "0" = from the start. Throws `INVALID_REQUEST` for a token of another namespace or filter. */
export const readPageToken = (filter: TokenFilter, pageToken: string): string => {
  if (pageToken === "") return "0";
  const [digest, id = ""] = Buffer.from(pageToken, "base64url").toString("utf8").split(".");
  if (digest !== filterDigest(filter) || !/^\d{1,18}$/.test(id)) {
    throw invalidField(
      "page_token",
      "does not belong to this listing: pass the next_page_token of a call with the same namespace and filters, or leave it empty",
    );
  }
  return id;
};

const DIGEST_LENGTH = 16;

const filterDigest = (filter: TokenFilter): string => {
  const parts = [
    filter.namespace,
    filter.userId,
    filter.provider,
    filter.mcpServerUrl,
    [...(filter.statuses ?? [])].toSorted(),
    canonicalMap(filter.labels ?? {}),
    filter.expiresBefore,
  ];
  return sha256Base64Url(JSON.stringify(parts)).slice(0, DIGEST_LENGTH);
};
