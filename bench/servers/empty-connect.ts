/** An RPC that does nothing, on the framework that the broker uses: what connect-node itself costs. */
import { createServer } from "node:http2";
import { create } from "@bufbuild/protobuf";
import { EmptySchema } from "@bufbuild/protobuf/wkt";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { announce } from "./announce.ts";
import { emptyMethod } from "./empty-service.ts";

const server = createServer(
  connectNodeAdapter({
    routes: (router) => router.rpc(emptyMethod(), () => create(EmptySchema)),
  }),
);
server.listen(0, "127.0.0.1", () => announce(server));
