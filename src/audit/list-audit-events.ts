import { sha256Base64Url } from "../crypto/index.ts";
import { BrokerError, invalidField } from "../errors.ts";
import type { AuditEvent, AuditEventRepository, AuditFilter } from "../store/index.ts";

export interface ListAuditEventsRequest extends Omit<AuditFilter, "namespace"> {
  /** Empty = `default`. */
  readonly namespace: string;
  /** Events that belong to no namespace instead. */
  readonly noNamespace: boolean;
  /** 0 = 50. */
  readonly pageSize: number;
  readonly pageToken: string;
}

export interface AuditEventPage {
  readonly events: readonly AuditEvent[];
  /** Empty on the last page. */
  readonly nextPageToken: string;
}

const DEFAULT_PAGE = 50;
const MAX_PAGE = 1000;

/**
 * One page of the audit table, newest first.
 *
 * @throws BrokerError NOT_AVAILABLE when this broker writes none; INVALID_REQUEST for a token of another listing.
 */
export const listAuditEvents = async (
  events: Pick<AuditEventRepository, "list">,
  isWritten: boolean,
  { namespace, noNamespace, pageSize, pageToken, ...filters }: ListAuditEventsRequest,
): Promise<AuditEventPage> => {
  if (!isWritten)
    throw new BrokerError("NOT_AVAILABLE", "there is no audit table: set BROKER_AUDIT=table or json,table");
  if (noNamespace && namespace !== "")
    throw invalidField("no_namespace", "leave namespace empty where it is set");
  const filter = { ...filters, namespace: noNamespace ? "" : namespace || "default" };
  const size = pageSize === 0 ? DEFAULT_PAGE : Math.min(pageSize, MAX_PAGE);
  const page = await events.list(filter, { size, before: readPageToken(filter, pageToken) });
  return { events: page.events, nextPageToken: writePageToken(filter, page.nextBefore) };
};

const writePageToken = (filter: AuditFilter, before: bigint | undefined): string =>
  before === undefined ? "" : Buffer.from(`${digestOf(filter)}.${before}`).toString("base64url");

const readPageToken = (filter: AuditFilter, token: string): bigint | undefined => {
  if (token === "") return undefined;
  const [digest, before = ""] = Buffer.from(token, "base64url").toString("utf8").split(".");
  if (digest === digestOf(filter) && /^\d{1,18}$/.test(before)) return BigInt(before);
  throw invalidField(
    "page_token",
    "does not belong to this listing: pass the next_page_token of a call with the same filters, or leave it empty",
  );
};

const DIGEST_LENGTH = 16;

const digestOf = (filter: AuditFilter): string => {
  const set = Object.entries(filter).filter(([, value]) => value !== undefined);
  return sha256Base64Url(JSON.stringify(set.toSorted(([a], [b]) => (a < b ? -1 : 1)))).slice(
    0,
    DIGEST_LENGTH,
  );
};
