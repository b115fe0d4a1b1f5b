import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { connect, createServer, type TLSSocket } from "node:tls";
import { expect, it } from "vitest";
import { createAuthority } from "./certificate.ts";

it("makes certificates that both sides of TLS believe", async () => {
  const authority = createAuthority("test authority");
  const server = authority.issue({ commonName: "server", dns: ["localhost"], ipv4: ["127.0.0.1"] });
  const client = authority.issue({ commonName: "client", uri: ["spiffe://kit.test/client"] });
  const listener = createServer(
    {
      cert: server.certificate,
      key: server.privateKey,
      ca: authority.certificate,
      requestCert: true,
      rejectUnauthorized: true,
    },
    (socket) => void socket.end(socket.getPeerX509Certificate()?.subjectAltName ?? ""),
  ).listen(0, "127.0.0.1");
  await once(listener, "listening");
  const { port } = listener.address() as AddressInfo;
  const socket: TLSSocket = connect({
    port,
    host: "127.0.0.1",
    ca: authority.certificate,
    cert: client.certificate,
    key: client.privateKey,
  });
  const [told] = (await once(socket, "data")) as [Buffer];
  expect(told.toString()).toBe("URI:spiffe://kit.test/client");
  socket.destroy();
  listener.close();
});

it("makes an authority that is one, and leaves that are none", () => {
  const authority = createAuthority("test authority");
  const leaf = authority.issue({ commonName: "leaf", dns: ["a.test"] });
  const [above, below] = [authority, leaf].map(({ certificate }) => new X509Certificate(certificate));
  expect([above?.ca, below?.ca]).toEqual([true, false]);
  expect(below?.checkHost("a.test")).toBe("a.test");
  expect(above !== undefined && below?.verify(above.publicKey)).toBe(true);
  const stranger = new X509Certificate(createAuthority("test authority").certificate);
  expect(below?.verify(stranger.publicKey)).toBe(false);
});
