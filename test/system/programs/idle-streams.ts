/** What a stream costs without a broker: connect-node's own server, whose WatchToken says one thing and then waits for its caller to go. */
import { once } from "node:events";
import { createServer, type ServerHttp2Session } from "node:http2";
import type { AddressInfo } from "node:net";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { TokenBrokerService } from "../../../gen/ts/tokenbroker/v1/token_broker_service_pb.ts";
import { tellMemory } from "./tell-memory.ts";

const server = createServer(
  connectNodeAdapter({
    routes: (router) =>
      router.rpc(TokenBrokerService.method.watchToken, async function* (_request, { signal }) {
        yield { revision: 1n };
        if (!signal.aborted) await once(signal, "abort");
      }),
  }),
);
const sessions = new Set<ServerHttp2Session>();
server.on("session", (session) => {
  sessions.add(session);
  session.on("error", () => session.destroy());
});
server.listen(0, "127.0.0.1");
await once(server, "listening");
const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
for (const listener of ["rpc", "callback", "telemetry"])
  console.log(JSON.stringify({ level: "info", event: "listening", listener, address }));
tellMemory();
process.once("SIGTERM", () => {
  process.stdin.destroy();
  for (const session of sessions) session.destroy();
  server.close();
});
