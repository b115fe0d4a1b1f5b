import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import type { AuditRecord, StoredAuditEvent } from "../../audit/index.ts";
import { toDate } from "../convert/timestamp.ts";
import type { AdminRpc } from "./rpc.ts";

const given = (text: string): string | undefined => (text === "" ? undefined : text);

export const listAuditEvents: AdminRpc<"listAuditEvents"> =
  ({ audit }) =>
  async (request) => {
    const page = await audit.list({
      namespace: request.namespace,
      noNamespace: request.noNamespace,
      userId: given(request.userId),
      connectionId: given(request.connectionId.toLowerCase()),
      caller: given(request.caller),
      method: given(request.method),
      provider: given(request.provider),
      outcome: given(request.outcome),
      from: toDate("from", request.from),
      until: toDate("until", request.until),
      pageSize: request.pageSize,
      pageToken: request.pageToken,
    });
    return { events: page.events.map(fromEvent), nextPageToken: page.nextPageToken };
  };

const fromEvent = ({ at, details, ...event }: StoredAuditEvent) => ({
  ...event,
  at: timestampFromDate(at),
  detailsJson: detailsJson(details),
});

const detailsJson = (details: AuditRecord["details"]): string =>
  Object.keys(details).length === 0 ? "" : JSON.stringify(details);
