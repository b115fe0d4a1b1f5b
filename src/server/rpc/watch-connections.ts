import type { MessageInitShape } from "@bufbuild/protobuf";
import {
  WatchConnectionsRequestSchema,
  type WatchConnectionsResponseSchema,
} from "../../../gen/ts/tokenbroker/v1/connection_pb.ts";
import { providerTarget } from "../../access/index.ts";
import type { ConnectionEvent } from "../../watching/index.ts";
import { accessOf, type CallAccess } from "../context.ts";
import { fromConnection } from "../convert/connection.ts";
import { toGrant } from "../convert/grant.ts";
import { streamOptions } from "../convert/token-watch.ts";
import type { BrokerRpc } from "./rpc.ts";

export const watchConnections: BrokerRpc<"watchConnections"> = ({ watching, check }) =>
  async function* (request, context) {
    check(WatchConnectionsRequestSchema, request);
    for await (const event of watching.watchConnections(request, streamOptions(context))) {
      // What the caller may not see is a message without a connection: its position is all it says.
      yield isVisible(event, accessOf(context)) ? fromEvent(event) : { position: event.position };
    }
  };

/** By the policy of the moment: it is asked again while the stream lasts. */
const isVisible = (event: ConnectionEvent, { sees }: CallAccess): boolean => {
  if (event.kind === "heartbeat") return true;
  const { userId, provider, mcpServerUrl } = event.kind === "present" ? event.connection : event.grant;
  return sees({ userId, ...providerTarget(provider, mcpServerUrl) });
};

const fromEvent = (event: ConnectionEvent): MessageInitShape<typeof WatchConnectionsResponseSchema> => {
  const { position } = event;
  switch (event.kind) {
    case "present":
      return { connection: fromConnection(event.connection), position };
    case "gone":
      return {
        connection: { ...toGrant(event.grant), revision: event.revision },
        deleted: true,
        position,
      };
    case "heartbeat":
      return { position };
  }
};
