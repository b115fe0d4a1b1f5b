import { once } from "node:events";
import { createServer, type Server } from "node:http";
import net, { type AddressInfo } from "node:net";
import tls from "node:tls";
import { Agent, request } from "undici";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stayOnLoopback } from "./loopback-only.ts";

/** RFC 5737: belongs to nobody. */
const ELSEWHERE = "192.0.2.1";

const errorOf = async (socket: net.Socket): Promise<Error> => {
  const [error] = (await once(socket, "error")) as [Error];
  return error;
};

describe("stayOnLoopback", () => {
  let server: Server;
  let port: number;

  beforeAll(async () => {
    server = createServer((_, response) => response.end("here")).listen(0);
    await once(server, "listening");
    ({ port } = server.address() as AddressInfo);
  });

  afterAll(() => {
    server.close();
  });

  it("refuses every other host, however it is asked for", async () => {
    using network = stayOnLoopback();
    await expect(fetch(`http://${ELSEWHERE}/`)).rejects.toThrow("fetch failed");
    await expect(fetch("https://elsewhere.example/")).rejects.toThrow("fetch failed");
    await expect(request("http://undici.example/", { dispatcher: new Agent() })).rejects.toThrow("loopback");
    const sockets = [
      net.connect(80, "port-and-host.example"),
      tls.connect({ host: "tls.example", port: 443 }),
    ];
    for (const { message } of await Promise.all(sockets.map(errorOf))) expect(message).toContain("loopback");
    expect(network.refused).toEqual([
      ELSEWHERE,
      "elsewhere.example",
      "undici.example",
      "port-and-host.example",
      "tls.example",
    ]);
  });

  it.each(["localhost", "127.0.0.1", "[::1]"])("lets %s through", async (host) => {
    using network = stayOnLoopback();
    const response = await fetch(`http://${host}:${port}/`);
    expect(await response.text()).toBe("here");
    expect(network.refused).toEqual([]);
  });
});
