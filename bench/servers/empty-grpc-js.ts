/** An RPC that does nothing, on the other gRPC server for Node. */
import { Server, ServerCredentials } from "@grpc/grpc-js";
import { announceAddress } from "./announce.ts";
import { EMPTY_PATH } from "./empty-service.ts";

const NOTHING = Buffer.alloc(0);

const server = new Server();
const bytes = (value: Buffer) => value;
server.addService(
  {
    call: {
      path: EMPTY_PATH,
      requestStream: false,
      responseStream: false,
      requestSerialize: bytes,
      requestDeserialize: bytes,
      responseSerialize: bytes,
      responseDeserialize: bytes,
    },
  },
  { call: (_: unknown, callback: (error: null, value: Buffer) => void) => callback(null, NOTHING) },
);
server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
  if (error) {
    throw error;
  }
  announceAddress(`127.0.0.1:${port}`);
});
