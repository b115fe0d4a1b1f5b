import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { afterAll, beforeAll, expect, it } from "vitest";
import { grantOf, refusalOf, useMcpWorld } from "../support/mcp/world.ts";

/** Servers that never come as far as an answer: below HTTP, or in the middle of it. */

const LIMIT_SECONDS = 1;

/** What the hostile server does with the next connection. */
let behave: (socket: Socket) => void = () => {};
const sockets = new Set<Socket>();
let connections = 0;
const hostile = createServer((socket) => {
  connections += 1;
  sockets.add(socket);
  socket.on("close", () => sockets.delete(socket)).on("error", () => {});
  socket.resume();
  behave(socket);
}).listen(0, "127.0.0.1");
await once(hostile, "listening");
const { port } = hostile.address() as AddressInfo;

let resolving = 0;
const world = useMcpWorld({
  env: () => ({ BROKER_PROVIDER_TIMEOUT_SECONDS: String(LIMIT_SECONDS) }),
  listed: () => [`127.0.0.1:${port}`],
  resolve: async () => {
    resolving += 1;
    return await new Promise(() => {});
  },
});

const start = (mcpServerUrl: string) => world.client.startAuthorization(grantOf(mcpServerUrl));

beforeAll(async () => void (await world.client.listProviders({})));
afterAll(() => {
  for (const socket of sockets) socket.destroy();
  hostile.close();
});

/** Writes the same text for as long as somebody listens. */
const forEver = (socket: Socket, text: string, begin = ""): void => {
  if (begin !== "") socket.write(begin);
  const write = (): void => {
    while (!socket.destroyed && socket.write(text));
  };
  socket.on("drain", write);
  write();
};

/** Refused in time, the connection gone, and others served. */
const givenUp = async (url: string): Promise<string> => {
  const begun = performance.now();
  const { reason, metadata } = await refusalOf(start(url));
  expect(performance.now() - begun).toBeLessThan((LIMIT_SECONDS + 2) * 1000);
  expect(metadata).toMatchObject({ rule: expect.any(String), mcp_server_url: url });
  // A connection in the making ends with the time for connecting, three seconds.
  await expect.poll(() => sockets.size, { timeout: 5000 }).toBe(0);
  expect((await start(world.endpoint().url)).authorizeUrl).toContain(world.as.issuer);
  return reason;
};

it.each<[string, (socket: Socket) => void]>([
  ["nothing at all", () => {}],
  ["headers for ever", (socket) => forEver(socket, `x-a: ${"b".repeat(1000)}\r\n`, "HTTP/1.1 200 OK\r\n")],
  ["one header for ever", (socket) => forEver(socket, "b".repeat(65_536), "HTTP/1.1 200 OK\r\nx-a: ")],
  [
    "interim answers for ever",
    (socket) => forEver(socket, "HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n".repeat(1000)),
  ],
  [
    "a switch of protocols",
    (socket) =>
      void socket.write("HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n"),
  ],
  [
    "chunk sizes for ever",
    (socket) => forEver(socket, "0".repeat(65_536), "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"),
  ],
  [
    "a chunk that is too large to be",
    (socket) =>
      void socket.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nffffffffffffffff\r\n{}"),
  ],
  ["HTTP/2", (socket) => void socket.write(Buffer.from("00000004000000000000", "hex"))],
  ["a greeting of another protocol", (socket) => void socket.write("220 smtp.inside.example ESMTP\r\n")],
])("%s is given up", async (_, act) => {
  behave = act;
  // As an authorization server, whose documents are read to their ends.
  const { url } = world.endpoint({ authorizationServers: [`http://127.0.0.1:${port}`] });
  expect(await givenUp(url)).toMatch(/^(PROVIDER_UNAVAILABLE|METADATA_INVALID)$/);
});

it("a handshake that never ends is given up", async () => {
  behave = () => {};
  expect(await givenUp(`https://127.0.0.1:${port}/mcp`)).toBe("PROVIDER_UNAVAILABLE");
});

it("a name whose resolver never answers is given up", async () => {
  expect(await givenUp("https://slow-name.example/mcp")).toBe("PROVIDER_UNAVAILABLE");
  expect(resolving).toBe(1);
});

it("sixty hanging servers keep no honest one waiting", async () => {
  behave = () => {};
  const before = connections;
  const hanging = Array.from({ length: 60 }, () => refusalOf(start(`http://127.0.0.1:${port}/mcp`)));
  await expect.poll(() => connections - before, { timeout: 5000 }).toBeGreaterThan(30);
  // One after another they would take a minute.
  const begun = performance.now();
  expect((await start(world.endpoint().url)).authorizeUrl).toContain(world.as.issuer);
  expect(performance.now() - begun).toBeLessThan(10_000);
  expect(new Set((await Promise.all(hanging)).map(({ reason }) => reason))).toEqual(
    new Set(["PROVIDER_UNAVAILABLE"]),
  );
});
