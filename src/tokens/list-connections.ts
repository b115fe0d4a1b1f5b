import { invalidField } from "../errors.ts";
import { namespaceOf, parseMcpServerUrl } from "../registrations/index.ts";
import type { Store, TokenStatus } from "../store/index.ts";
import { connectionView, type ConnectionView } from "./connection-view.ts";

export interface ListConnectionsRequest {
  readonly namespace?: string | undefined;
  /** 0 = 50; above 1000 = 1000. */
  readonly pageSize?: number | undefined;
  readonly pageToken?: string | undefined;
  readonly userId?: string | undefined;
  readonly provider?: string | undefined;
  readonly mcpServerUrl?: string | undefined;
  readonly statuses?: readonly TokenStatus[] | undefined;
  /** Every pair must match. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly expiresBefore?: Date | undefined;
}

export interface ConnectionPage {
  readonly connections: readonly ConnectionView[];
  /** Empty on the last page. */
  readonly nextPageToken: string;
}

const DEFAULT_PAGE = 50;
const MAX_PAGE = 1000;

/** Grants of one namespace, oldest first. An empty filter matches all. */
export const listConnections = async (
  { tokens }: Pick<Store, "tokens">,
  request: ListConnectionsRequest,
): Promise<ConnectionPage> => {
  const filter = {
    namespace: namespaceOf(request.namespace),
    userId: given(request.userId),
    provider: given(request.provider),
    mcpServerUrl: request.mcpServerUrl ? parseMcpServerUrl(request.mcpServerUrl) : undefined,
    statuses: request.statuses,
    labels: Object.keys(request.labels ?? {}).length === 0 ? undefined : request.labels,
    expiresBefore: request.expiresBefore,
  };
  const page = await tokens.list(filter, {
    size: pageLength(request.pageSize),
    token: request.pageToken ?? "",
  });
  return { connections: page.tokens.map(connectionView), nextPageToken: page.nextPageToken };
};

const given = (text: string | undefined): string | undefined => (text === "" ? undefined : text);

const pageLength = (size = 0): number => {
  if (!Number.isInteger(size) || size < 0) throw invalidField("page_size", "must be 0 or more");
  return size === 0 ? DEFAULT_PAGE : Math.min(size, MAX_PAGE);
};
