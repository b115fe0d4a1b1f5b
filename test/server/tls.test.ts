import { once } from "node:events";
import { appendFileSync, copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { Agent, type IncomingMessage } from "node:http";
import { type ClientHttp2Session, connect as connectHttp2 } from "node:http2";
import { request as httpsRequest } from "node:https";
import { connect as connectTcp } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type ConnectionOptions } from "node:tls";
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { createAuthenticator } from "../../src/access/index.ts";
import { followTls, type TlsConfig } from "../../src/config/index.ts";
import { createCallbackServer } from "../../src/http-callback/index.ts";
import { createRpcListener, type RpcHandler, type RpcListenerOptions } from "../../src/server/index.ts";
import { connectionOf } from "../../src/server/peer-certificates.ts";
import { silentLogger } from "../../src/telemetry/index.ts";
import { filesIn, identity, install, type ListenerFiles, serversCa, tlsFile, tlsText } from "./tls-files.ts";

let directory: string;
let files: ListenerFiles;
let nowMs = 0;
/** The files are looked at again. */
const later = (): void => void (nowMs += 1000);
const clock = { monotonicMs: () => nowMs };
const problems: unknown[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "token-broker-tls-"));
  files = filesIn(directory);
  install(files, "server-one");
  problems.length = 0;
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const material = (clientBundles: TlsConfig["clientBundles"] = []) =>
  followTls({ ...files, clientBundles }, { clock, onProblem: (problem) => problems.push(problem) });

/** Answers with the names in the certificates of the connection, leaf first. */
const tellPeer: RpcHandler = (request, response) => {
  const names = connectionOf(request)
    .peerCertificates()
    .map(({ subject }) => subject);
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify(names));
  return true;
};

/** Answers with the caller that the certificates prove. */
const tellCaller = (clientBundles: TlsConfig["clientBundles"]): RpcHandler => {
  const authenticator = createAuthenticator(
    { apiKeysFile: undefined, clientBundles, rpcAddress: { kind: "tcp", host: "0.0.0.0", port: 1 } },
    { logger: silentLogger, clock },
  );
  const tell = async (request: Parameters<RpcHandler>[0]): Promise<unknown> => {
    try {
      return (await authenticator.authenticate({}, connectionOf(request))).id;
    } catch {
      return null;
    }
  };
  return (request, response) => {
    void tell(request).then((caller) => response.end(JSON.stringify(caller)));
    return true;
  };
};

const listen = async (options: RpcListenerOptions, handler = tellPeer): Promise<number> => {
  const listener = createRpcListener(handler, options);
  const address = await listener.listen({ kind: "tcp", host: "127.0.0.1", port: 0 });
  onTestFinished(() => listener.close(0));
  return address.kind === "tcp" ? address.port : 0;
};

const BUNDLES = [
  { trustDomain: "alpha.example", path: tlsFile("alpha-authority.pem") },
  { trustDomain: "beta.example", path: tlsFile("beta-authority.pem") },
];

const openSession = (port: number, options: ConnectionOptions = {}): ClientHttp2Session => {
  const session = connectHttp2(`https://localhost:${port}`, { ca: serversCa(), ...options });
  session.on("error", () => {});
  onTestFinished(() => session.destroy());
  return session;
};

const askBy = async (session: ClientHttp2Session): Promise<unknown> => {
  const chunks = (await session.request({ ":path": "/" }).toArray()) as Buffer[];
  return JSON.parse(Buffer.concat(chunks).toString());
};

const ask = (port: number, options: ConnectionOptions = {}): Promise<unknown> =>
  askBy(openSession(port, options));

const askByHttp1 = async (port: number, options: ConnectionOptions = {}): Promise<unknown> => {
  const request = httpsRequest({ port, host: "localhost", ca: serversCa(), agent: false, ...options });
  request.end();
  const [response] = (await once(request, "response")) as [IncomingMessage];
  return JSON.parse((await response.toArray()).join(""));
};

/** The subject of the certificate that a new connection is shown. */
const shownAt = async (port: number): Promise<string> => {
  const socket = connect({ port, host: "localhost", ca: serversCa(), ALPNProtocols: ["h2"] });
  await once(socket, "secureConnect");
  const { CN } = socket.getPeerCertificate().subject;
  socket.destroy();
  return String(CN);
};

describe("an RPC listener with a certificate", () => {
  it("serves both versions of HTTP, as the handshake decides", async () => {
    const port = await listen({ tls: material() });
    expect([await ask(port), await askByHttp1(port)]).toEqual([[], []]);
  });

  it.each(["TLSv1", "TLSv1.1"] as const)("refuses %s", async (version) => {
    const socket = connect({
      port: await listen({ tls: material() }),
      host: "localhost",
      ca: serversCa(),
      minVersion: version,
      maxVersion: version,
      ciphers: "DEFAULT@SECLEVEL=0",
    });
    await expect(once(socket, "secureConnect")).rejects.toThrow(/version|alert/i);
  });

  it("answers nobody in clear, and cuts who does not shake hands", async () => {
    const port = await listen({ tls: material(), timeouts: { firstBytesMs: 200 } });
    for (const said of ["", "GET / HTTP/1.1\r\nHost: x\r\n\r\n"]) {
      const socket = connectTcp(port, "127.0.0.1");
      let heard = "";
      socket.on("error", () => {}).on("data", (data) => (heard += data.toString("latin1")));
      if (said !== "") socket.write(said);
      await once(socket, "close");
      expect(heard).not.toContain("HTTP/1.1");
    }
  });

  it("cuts who shakes hands and says nothing", async () => {
    const port = await listen({ tls: material(), timeouts: { headersMs: 200 } });
    for (const protocol of ["h2", "http/1.1"]) {
      const socket = connect({ port, host: "localhost", ca: serversCa(), ALPNProtocols: [protocol] });
      socket.on("error", () => {}).resume();
      const begun = performance.now();
      await once(socket, "close");
      expect(performance.now() - begun).toBeLessThan(5000);
    }
  });

  it("shows a new one as soon as both files are there, and drops no connection", async () => {
    const port = await listen({ tls: material() });
    const session = openSession(port);
    expect([await askBy(session), await shownAt(port)]).toEqual([[], "server-one"]);

    copyFileSync(tlsFile("server-two.pem"), files.certFile);
    later();
    expect(await shownAt(port)).toBe("server-one");
    expect(problems).toEqual([expect.objectContaining({ file: "key" })]);
    copyFileSync(tlsFile("server-two.key.pem"), files.keyFile);
    later();
    expect(await shownAt(port)).toBe("server-two");

    writeFileSync(files.certFile, "no certificate");
    later();
    expect(await shownAt(port)).toBe("server-two");
    expect(await askBy(session)).toEqual([]);
  });

  it("closes at once when nothing is under way", async () => {
    const listener = createRpcListener(tellPeer, { tls: material() });
    const address = await listener.listen({ kind: "tcp", host: "127.0.0.1", port: 0 });
    const port = address.kind === "tcp" ? address.port : 0;
    const idle = ["h2", "http/1.1"].map((protocol) =>
      connect({ port, host: "localhost", ca: serversCa(), ALPNProtocols: [protocol] }),
    );
    for (const socket of idle) {
      socket.on("error", () => {}).resume();
      await once(socket, "secureConnect");
    }
    const used = openSession(port);
    await askBy(used);
    const begun = performance.now();
    await listener.close(10_000);
    expect(performance.now() - begun).toBeLessThan(5000);
  });
});

describe("an RPC listener with client bundles", () => {
  const over = { "HTTP/2": ask, "HTTP/1.1": askByHttp1 };

  const listenForCallers = (bundles: TlsConfig["clientBundles"]): Promise<number> =>
    listen({ tls: material(bundles) }, tellCaller(bundles));

  it.each(Object.entries(over))("tells over %s who came", async (_, send) => {
    expect(await send(await listen({ tls: material(BUNDLES) }), identity("alpha"))).toEqual(["CN=alpha"]);
    const port = await listenForCallers(BUNDLES);
    expect(await send(port, identity("alpha"))).toBe("spiffe://alpha.example/billing");
    expect(await send(port, identity("beta"))).toBe("spiffe://beta.example/billing");
  });

  it("lets in who has none, and says so", async () => {
    expect(await ask(await listen({ tls: material(BUNDLES) }))).toEqual([]);
    expect(await ask(await listenForCallers(BUNDLES))).toBeNull();
  });

  it.each(["ended", "stranger"])("lets in %s, who proves nobody", async (name) => {
    expect(await ask(await listen({ tls: material(BUNDLES) }), identity(name))).toEqual([`CN=${name}`]);
    expect(await ask(await listenForCallers(BUNDLES), identity(name))).toBeNull();
  });

  it("believes signatures where names lead to another trust domain", async () => {
    const { cert, key } = identity("alpha");
    const forged = { key, cert: `${cert}${tlsText("between.pem")}` };
    const path = tlsFile("beta-authority.pem");
    const port = await listenForCallers([{ trustDomain: "alpha.example", path }]);
    // OpenSSL keeps the wrong signature for an error of the connection: it may end before it answers.
    expect(await ask(port, forged).catch(() => null)).toBeNull();
  });

  it("asks the bundles as they are now, on connections that stand as well", async () => {
    const path = join(directory, "bundle.pem");
    copyFileSync(tlsFile("alpha-authority.pem"), path);
    const port = await listenForCallers([{ trustDomain: "alpha.example", path }]);
    const session = openSession(port, identity("alpha"));
    const alpha = "spiffe://alpha.example/billing";
    expect(await askBy(session)).toBe(alpha);
    expect(await ask(port, identity("stranger"))).toBeNull();

    appendFileSync(path, tlsText("stranger-authority.pem"));
    later();
    expect(await ask(port, identity("stranger"))).toBe(alpha);
    expect(await askBy(session)).toBe(alpha);

    copyFileSync(tlsFile("stranger-authority.pem"), path);
    later();
    expect(await askBy(session)).toBeNull();
    expect(await ask(port, identity("alpha"))).toBeNull();
  });

  it.each(["TLSv1.2", "TLSv1.3"] as const)("resumes no session of %s", async (maxVersion) => {
    const port = await listen({ tls: material(BUNDLES) });
    const first = connect({ port, host: "localhost", ca: serversCa(), maxVersion, ...identity("alpha") });
    const sessions: Buffer[] = [];
    first.on("session", (session: Buffer) => sessions.push(session));
    first.write("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    first.resume();
    await once(first, "close");
    const session = sessions.at(-1) ?? first.getSession();
    const again = connect({
      port,
      host: "localhost",
      ca: serversCa(),
      maxVersion,
      ...identity("alpha"),
      ...(session && { session }),
    });
    await once(again, "secureConnect");
    expect(again.isSessionReused()).toBe(false);
    again.destroy();
  });
});

describe("a connection that has grown old", () => {
  it("is asked to go in HTTP/2, and its call is answered", async () => {
    const answer = Promise.withResolvers<void>();
    const slow: RpcHandler = (_, response) => {
      void answer.promise.then(() => response.end("late"));
      return true;
    };
    const listener = createRpcListener(slow, { timeouts: { maxAgeMs: 100 } });
    const address = await listener.listen({ kind: "tcp", host: "127.0.0.1", port: 0 });
    onTestFinished(() => listener.close(0));
    const session = connectHttp2(`http://127.0.0.1:${address.kind === "tcp" ? address.port : 0}`);
    const call = session.request({ ":path": "/" });
    const [code] = (await once(session, "goaway")) as [number];
    expect(code).toBe(0);
    answer.resolve();
    expect(Buffer.concat((await call.toArray()) as Buffer[]).toString()).toBe("late");
    await once(session, "close");
  });

  it("is asked to go over TLS as well", async () => {
    const session = openSession(await listen({ tls: material(), timeouts: { maxAgeMs: 100 } }));
    expect(((await once(session, "goaway")) as [number])[0]).toBe(0);
    await once(session, "close");
  });

  it("ends with its next answer in HTTP/1.1", async () => {
    const listener = createRpcListener(tellPeer, { timeouts: { maxAgeMs: 50 } });
    const address = await listener.listen({ kind: "tcp", host: "127.0.0.1", port: 0 });
    onTestFinished(() => listener.close(0));
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const url = `http://127.0.0.1:${address.kind === "tcp" ? address.port : 0}`;
    const { get } = await import("node:http");
    const connectionHeader = async (): Promise<string> => {
      const [response] = (await once(get(url, { agent }), "response")) as [IncomingMessage];
      await response.toArray();
      return response.headers.connection ?? "";
    };
    expect(await connectionHeader()).toBe("keep-alive");
    await expect.poll(connectionHeader, { interval: 20 }).toBe("close");
    expect(await connectionHeader()).toBe("keep-alive");
    agent.destroy();
  });
});

describe("a public listener with a certificate", () => {
  it("serves pages, follows its files, and closes at once when nothing is under way", async () => {
    const server = createCallbackServer({ handlers: [], tls: material() });
    const address = await server.listen({ kind: "tcp", host: "127.0.0.1", port: 0 });
    const port = address.kind === "tcp" ? address.port : 0;
    const request = httpsRequest({ port, host: "localhost", ca: serversCa(), path: "/", agent: false });
    request.end();
    const [response] = (await once(request, "response")) as [IncomingMessage];
    expect([response.statusCode, (await response.toArray()).join("")]).toEqual([
      404,
      expect.stringContaining("<!doctype html>"),
    ]);
    install(files, "server-three");
    later();
    const idle = connect({ port, host: "localhost", ca: serversCa() });
    idle.on("error", () => {}).resume();
    await once(idle, "secureConnect");
    expect(idle.getPeerCertificate().subject.CN).toBe("server-three");
    const begun = performance.now();
    await server.close(10_000);
    expect(performance.now() - begun).toBeLessThan(5000);
  });
});
