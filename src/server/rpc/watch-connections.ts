import type { MessageInitShape } from "@bufbuild/protobuf";
import {
  WatchConnectionsRequestSchema,
  type WatchConnectionsResponseSchema,
} from "../../../gen/ts/tokenbroker/v1/connection_pb.ts";
import type { ConnectionEvent } from "../../watching/index.ts";
import { fromConnection } from "../convert/connection.ts";
import { toGrant } from "../convert/grant.ts";
import { streamOptions } from "../convert/token-watch.ts";
import type { BrokerRpc } from "./rpc.ts";

export const watchConnections: BrokerRpc<"watchConnections"> = ({ watching, check }) =>
  async function* (request, context) {
    check(WatchConnectionsRequestSchema, request);
    for await (const event of watching.watchConnections(request, streamOptions(context)))
      yield fromEvent(event);
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
