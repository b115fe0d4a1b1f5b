/** The floor: reads the request and answers as many bytes as a GetToken answer has, with nothing of any RPC protocol. */
import { createServer } from "node:http2";
import { announce } from "./announce.ts";

const ANSWER = Buffer.alloc(256, "x");

const server = createServer();
server.on("stream", (stream) => {
  stream.resume();
  stream.once("end", () => {
    stream.respond({ ":status": 200, "content-type": "application/octet-stream" });
    stream.end(ANSWER);
  });
});
server.listen(0, "127.0.0.1", () => announce(server));
