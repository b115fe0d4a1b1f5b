import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromDate, type Timestamp } from "@bufbuild/protobuf/wkt";
import { type ConnectionSchema, ConnectionStatus } from "../../../gen/ts/tokenbroker/v1/connection_pb.ts";
import type { ConnectionView } from "../../tokens/index.ts";

const STATUS: Readonly<Record<ConnectionView["status"], ConnectionStatus>> = {
  active: ConnectionStatus.ACTIVE,
  degraded: ConnectionStatus.DEGRADED,
  needs_reauth: ConnectionStatus.NEEDS_REAUTH,
  blocked: ConnectionStatus.BLOCKED,
};

type StatusName = ConnectionView["status"];

const NAME_OF = new Map((Object.keys(STATUS) as StatusName[]).map((name) => [STATUS[name], name] as const));

/** UNSPECIFIED names no state and is left out. */
export const toStatuses = (statuses: readonly ConnectionStatus[]): StatusName[] =>
  statuses.flatMap((status) => NAME_OF.get(status) ?? []);

/** The name and value of a timestamp field, or nothing. */
const at = <Name extends string>(name: Name, date: Date | undefined): Partial<Record<Name, Timestamp>> =>
  date === undefined ? {} : ({ [name]: timestampFromDate(date) } as Partial<Record<Name, Timestamp>>);

export const fromConnection = (view: ConnectionView): MessageInitShape<typeof ConnectionSchema> => ({
  connectionId: view.connectionId,
  userId: view.userId,
  provider: view.provider,
  mcpServerUrl: view.mcpServerUrl,
  namespace: view.namespace,
  status: STATUS[view.status],
  scopes: [...view.scopes],
  version: view.version,
  revision: view.revision,
  refreshable: view.refreshable,
  providerMetadata: view.providerMetadata,
  providerConfig: view.providerConfig,
  labels: view.labels,
  accountLabel: view.accountLabel,
  accountPinned: view.accountPinned,
  createdAt: timestampFromDate(view.createdAt),
  authorizedAt: timestampFromDate(view.authorizedAt),
  ...at("expiresAt", view.expiresAt),
  ...at("refreshExpiresAt", view.refreshExpiresAt),
  ...at("nextRefreshAt", view.nextRefreshAt),
  ...at("lastRefreshedAt", view.lastRefreshedAt),
  ...at("lastUsedAt", view.lastUsedAt),
  ...(view.lastError && {
    lastError: {
      reason: view.lastError.reason,
      providerError: view.lastError.providerError,
      occurredAt: timestampFromDate(view.lastError.occurredAt),
      consecutive: view.lastError.consecutive,
    },
  }),
});
