/** A company's proxy: CONNECT alone, every tunnel to one place, whatever name was asked for. */
import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";

export interface ConnectProxy extends AsyncDisposable {
  readonly port: number;
  /** `host:port` of each CONNECT, and what proved who asked. */
  readonly asked: readonly { readonly authority: string; readonly authorization: string | undefined }[];
  /** What clients sent through the tunnels. */
  heard(): Buffer;
  /** Default 200. 0 = it never answers. */
  status: number;
}

export const startConnectProxy = async (targetPort: number): Promise<ConnectProxy> => {
  const asked: { authority: string; authorization: string | undefined }[] = [];
  const heard: Buffer[] = [];
  const proxy = { status: 200 };
  const sockets = new Set<{ destroy(): unknown }>();
  const server = createServer();
  server.on("connection", (socket) => sockets.add(socket));
  server.on("connect", (request, client) => {
    asked.push({ authority: request.url ?? "", authorization: request.headers["proxy-authorization"] });
    client.on("error", () => {});
    if (proxy.status === 0) return;
    if (proxy.status !== 200)
      return void client.end(`HTTP/1.1 ${proxy.status} no\r\nContent-Length: 0\r\n\r\n`);
    const target = connect(targetPort, "127.0.0.1", () => client.write("HTTP/1.1 200 go ahead\r\n\r\n"));
    sockets.add(target);
    target.on("error", () => client.destroy());
    client.on("data", (data: Buffer) => heard.push(data));
    client.pipe(target).pipe(client);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return Object.assign(proxy, {
    port: (server.address() as AddressInfo).port,
    asked,
    heard: () => Buffer.concat(heard),
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  });
};
