/** How the client's transports reach a broker: real sockets, and a server that notes what came. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import { createSecureServer, type ServerHttp2Session } from "node:http2";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TLSSocket } from "node:tls";
import type { ConnectRouter } from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { afterEach, describe, expect, it } from "vitest";
import { TokenBrokerService } from "../../gen/ts/tokenbroker/v1/token_broker_service_pb.ts";
import {
  apiKey,
  createTokenBroker,
  createTransport,
  type Credentials,
  jwt,
  TokenBrokerError,
} from "../../src/client/index.ts";
import { createNodeTransport } from "../../src/client/node/index.ts";
import { createAuthority } from "../../src/testing/index.ts";
import { canary } from "../support/canaries.ts";
import { CONNECTION, token } from "./fake-broker.ts";

const cleanup: (() => void)[] = [];
afterEach(() => {
  for (const clean of cleanup.splice(0)) clean();
});

const listen = async (server: Server | ReturnType<typeof createSecureServer>): Promise<number> => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
};

/** Answers GetToken, always with another version, and notes each call's authorization. */
const routes = (seen: (string | null)[]) => (router: ConnectRouter) =>
  router.rpc(TokenBrokerService.method.getToken, (_, { requestHeader }) => {
    seen.push(requestHeader.get("authorization"));
    return token({ version: BigInt(seen.length), refreshInMs: null });
  });

const serve = async (handle: RequestListener): Promise<string> => {
  const server = createServer(handle);
  const port = await listen(server);
  cleanup.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${port}`;
};

const client = (baseUrl: string, credentials?: Credentials) => {
  const transport = createTransport({ baseUrl, ...(credentials && { credentials }) });
  return createTokenBroker({ transport, watch: false }).tokenSource(CONNECTION);
};

describe("credentials", () => {
  it("are sent with every call, and asked for anew", async () => {
    const seen: (string | null)[] = [];
    const url = await serve(connectNodeAdapter({ routes: routes(seen) }));
    await client(url, apiKey("tbk_a_b")).token();
    let serial = 0;
    const source = client(
      url,
      jwt(async () => `jwt-${(serial += 1)}`),
    );
    await source.token();
    await source.token();
    await client(url, () => "Scheme value").token();
    await client(url).token();
    expect(seen).toEqual(["Bearer tbk_a_b", "Bearer jwt-1", "Bearer jwt-2", "Scheme value", null]);
  });

  it("that cannot stand in a header are not repeated by the error", async () => {
    const secret = canary("client_credentials");
    const source = client("http://127.0.0.1:1", apiKey(`${secret}\n\u0100`));
    const error = await source.token({ timeoutMs: 300 }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(TokenBrokerError);
    const { message, cause } = error as TokenBrokerError;
    expect(`${message} ${String(cause)} ${String((cause as Error).cause)}`).not.toContain(secret);
    expect(message).toContain("no header can");
  });
});

describe("createTransport", () => {
  it("follows no redirect with its credentials", async () => {
    let visits = 0;
    const other = await serve((_, response) => {
      visits += 1;
      response.end();
    });
    const url = await serve((request, response) =>
      response.writeHead(307, { location: `${other}${request.url}` }).end(),
    );
    await expect(client(url, apiKey("k")).token({ timeoutMs: 500 })).rejects.toBeInstanceOf(TokenBrokerError);
    expect(visits).toBe(0);
  });

  it("tries again when the connection breaks, and tells when nobody listens", async () => {
    const seen: (string | null)[] = [];
    const answer = connectNodeAdapter({ routes: routes(seen) });
    let broken = 0;
    const url = await serve((request, response) => {
      if ((broken += 1) <= 2) request.socket.destroy();
      else answer(request, response);
    });
    expect((await client(url).token()).version).toBe(1n);
    await expect(client("http://127.0.0.1:1").token({ timeoutMs: 200 })).rejects.toMatchObject({
      code: "unavailable",
      reason: "",
    });
  });

  it("ends a call by the caller's signal", async () => {
    const closed = Promise.withResolvers<void>();
    const url = await serve((request) => void request.socket.once("close", () => closed.resolve()));
    const aborter = new AbortController();
    const call = client(url).token({ signal: aborter.signal });
    setTimeout(() => aborter.abort(new Error("enough")), 50);
    await expect(call).rejects.toThrow("enough");
    await closed.promise;
  });
});

describe("createNodeTransport", () => {
  it("shows the certificate that lies in the file when a connection begins", async () => {
    const directory = mkdtempSync(join(tmpdir(), "token-broker-client-tls-"));
    cleanup.push(() => rmSync(directory, { recursive: true, force: true }));
    const file = (name: string, text: string): string => {
      writeFileSync(join(directory, name), text);
      return join(directory, name);
    };
    const authority = createAuthority("authority");
    const server = authority.issue({ commonName: "broker", ipv4: ["127.0.0.1"] });
    const install = (name: string) => {
      const { certificate, privateKey } = authority.issue({ commonName: name });
      return { certFile: file("cert.pem", certificate), keyFile: file("key.pem", privateKey) };
    };
    const peers: string[] = [];
    const sessions: ServerHttp2Session[] = [];
    const listener = createSecureServer(
      {
        cert: server.certificate,
        key: server.privateKey,
        ca: authority.certificate,
        requestCert: true,
        rejectUnauthorized: true,
      },
      connectNodeAdapter({ routes: routes([]) }),
    );
    listener.on("session", (session: ServerHttp2Session) => {
      sessions.push(session);
      peers.push(String((session.socket as TLSSocket).getPeerCertificate().subject.CN));
    });
    const port = await listen(listener);
    cleanup.push(() => listener.close());
    const caFile = file("ca.pem", authority.certificate);
    using transport = createNodeTransport({
      baseUrl: `https://127.0.0.1:${port}`,
      tls: { caFile, ...install("before") },
    });
    using broker = createTokenBroker({ transport, watch: false });
    const source = broker.tokenSource(CONNECTION);
    await source.token();
    install("after");
    for (const session of sessions) session.destroy();
    await source.token();
    expect(peers).toEqual(["before", "after"]);
  });
});
