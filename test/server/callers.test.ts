import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type IncomingMessage, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Code, ConnectError } from "@connectrpc/connect";
import { afterAll, describe, expect, it } from "vitest";
import { Health } from "../../gen/ts/grpc/health/v1/health_pb.ts";
import { ServerReflection } from "../../gen/ts/grpc/reflection/v1/reflection_pb.ts";
import { newApiKey } from "../../src/access/index.ts";
import { sendRaw } from "../http-callback/raw-request.ts";
import { transportNames } from "../support/app.ts";
import { gzipBomb } from "../support/provider.ts";
import { useAcmeApp } from "./acme-app.ts";
import { openHttp2, sendHttp2 } from "./http2-request.ts";
import { post, rpcNames, rpcPath } from "./rpc-calls.ts";
import { validRequest } from "./rpc-requests.ts";

const folder = mkdtempSync(join(tmpdir(), "token-broker-callers-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const keysFile = join(folder, "keys");
const [first, second, other, unlisted] = [
  newApiKey("service"),
  newApiKey("service"),
  newApiKey("other"),
  newApiKey("service"),
];
const writeKeys = (...keys: { readonly line: string }[]): void =>
  writeFileSync(keysFile, `# callers\n${keys.map(({ line }) => `${line}\n`).join("")}`);
writeKeys(first, second, other);

const bearer = ({ key }: { readonly key: string }): { authorization: string } => ({
  authorization: `Bearer ${key}`,
});

/** Every header that is not a caller's. */
const STRANGERS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "no key": {},
  "an empty header": { authorization: "" },
  "a key of another secret": bearer(unlisted),
  "a key of an unknown id": bearer(newApiKey("nobody")),
  "a secret without an id": { authorization: `Bearer ${first.key.split("_").at(-1)}` },
  "half of a key": { authorization: `Bearer ${first.key.slice(0, -1)}` },
  "a key and more": { authorization: `Bearer ${first.key}x` },
  "two keys": { authorization: `Bearer ${first.key}, Bearer ${other.key}` },
  "another scheme": { authorization: `Basic ${first.key}` },
  "no scheme": { authorization: first.key },
  "an id of the prototype": { authorization: first.key.replace("tbk_service_", "Bearer tbk_constructor_") },
};

describe("with API keys", () => {
  const app = useAcmeApp({ env: { BROKER_API_KEYS_FILE: keysFile } });
  const call = (rpc: string, headers: Readonly<Record<string, string>>) =>
    post(app.broker.rpcUrl, rpc, validRequest(rpc), headers);

  describe.each(rpcNames)("%s", (rpc) => {
    it.each(Object.entries(STRANGERS))("does not know who comes with %s", async (_, headers) => {
      const { status, error } = await call(rpc, headers);
      expect([status, error.code, error.reason]).toEqual([401, "unauthenticated", "UNAUTHENTICATED"]);
    });

    it.each(Object.entries({ first, second, other }))("answers the %s key", async (_, key) => {
      expect(["unauthenticated", "internal"]).not.toContain((await call(rpc, bearer(key))).code);
    });

    it("refuses before a byte of the body came", async () => {
      const headers = { "content-length": "1000000000", authorization: bearer(unlisted).authorization };
      using connection = openHttp2(app.broker.addresses.rpc);
      const json = {
        path: rpcPath(rpc),
        headers: { "content-type": "application/json", ...headers },
        end: false,
      };
      expect((await connection.send(json)).status).toBe(401);
      const grpc = { ...json, headers: { "content-type": "application/grpc", ...headers } };
      expect((await connection.send(grpc)).trailers["grpc-status"]).toBe("16");
      const web = { ...json, headers: { "content-type": "application/grpc-web", ...headers } };
      expect((await connection.send(web)).body.toString("latin1")).toContain("grpc-status: 16");
    });

    it("refuses a stranger before it looks at anything else", async () => {
      const oddities = { "content-encoding": "snappy", "connect-timeout-ms": "-1" };
      expect((await post(app.broker.rpcUrl, rpc, "not JSON", oddities)).status).toBe(401);
    });
  });

  it("a stranger in HTTP/1.1 is answered while the body is still to come", async () => {
    const port = Number(app.broker.addresses.rpc.split(":")[1]);
    const lines = [
      `POST ${rpcPath("GetToken")} HTTP/1.1`,
      "Host: localhost",
      "Content-Type: application/json",
    ];
    const announced = ["Content-Length: 1000000000", "Connection: close", "", ""];
    const { status } = await sendRaw(port, [...lines, ...announced].join("\r\n"));
    expect(status).toBe(401);
  });

  it.each(transportNames)("a key opens %s", async (transport) => {
    const stranger = await app.broker
      .client(transport)
      .listProviders({})
      .catch((error: unknown) => error);
    expect(ConnectError.from(stranger).code).toBe(Code.Unauthenticated);
    const { providers } = await app.broker
      .client(transport, bearer(first))
      .listProviders({ activeOnly: true });
    expect(providers.map(({ name }) => name)).toContain("acme");
  });

  it("a hundred bombs of strangers cost no memory", async () => {
    const bomb = new Uint8Array(Buffer.from(gzipBomb(60).body ?? ""));
    const knock = () =>
      post(app.broker.rpcUrl, "ImportToken", bomb, { "content-encoding": "gzip", ...bearer(unlisted) });
    const answers = [await knock()];
    const before = process.memoryUsage().rss;
    for (let round = 0; round < 10; round += 1)
      answers.push(...(await Promise.all(Array.from({ length: 10 }, knock))));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401]));
    expect((process.memoryUsage().rss - before) / 1024 ** 2).toBeLessThan(50);
  });

  it("reflection is for callers, health for everybody", async () => {
    const ask = async (headers: Readonly<Record<string, string>>): Promise<string | undefined> => {
      const { trailers } = await sendHttp2(app.broker.addresses.rpc, {
        path: `/${ServerReflection.typeName}/ServerReflectionInfo`,
        headers: { "content-type": "application/grpc", ...headers },
      });
      return trailers["grpc-status"];
    };
    expect([await ask({}), await ask(bearer(first))]).toEqual(["16", "0"]);
    const health = app.broker.clientOf(Health, "grpc binary h2c");
    expect((await health.check({ service: "" })).status).toBe(1);
  });

  it("a browser with a key is a caller: the key is the proof, not the host", async () => {
    const answer = await sendHttp2(app.broker.addresses.rpc, {
      path: rpcPath("ListProviders"),
      headers: {
        "content-type": "application/json",
        ":authority": "broker.mesh",
        origin: "https://a.example",
        ...bearer(first),
      },
      body: "{}",
    });
    expect(answer.status).toBe(200);
  });

  it("no key is ever logged", () => {
    const log = JSON.stringify(app.broker.logLines);
    expect(log).toContain('"caller":"service"');
    for (const { key } of [first, second, other, unlisted]) expect(log.includes(key.slice(-20))).toBe(false);
  });

  it("a key is changed without a call that fails", async () => {
    const next = newApiKey("service");
    const answers: number[] = [];
    const ask = async (key: { readonly key: string }): Promise<number> => {
      const { status } = await call("ListConnections", bearer(key));
      answers.push(status);
      return status;
    };
    writeKeys(first, next);
    await expect
      .poll(async () => (await call("ListConnections", bearer(next))).status, { timeout: 5000 })
      .toBe(200);
    for (let round = 0; round < 20; round += 1) await Promise.all([ask(first), ask(next)]);
    writeKeys(next);
    await expect
      .poll(async () => (await call("ListConnections", bearer(first))).status, { timeout: 5000 })
      .toBe(401);
    await ask(next);
    expect(new Set(answers)).toEqual(new Set([200]));
  });
});

describe("open on loopback", () => {
  const app = useAcmeApp();

  const knock = async (headers: Readonly<Record<string, string>>) => {
    using connection = openHttp2(app.broker.addresses.rpc);
    const { status } = await connection.send({
      path: rpcPath("ListConnections"),
      headers: { "content-type": "application/json", ...headers },
      body: "{}",
    });
    return status;
  };

  const knockRaw = async (...headers: string[]): Promise<number> => {
    const port = Number(app.broker.addresses.rpc.split(":")[1]);
    const head = [
      `POST ${rpcPath("ListConnections")} HTTP/1.1`,
      ...headers,
      "Content-Type: application/json",
    ];
    const text = [...head, "Content-Length: 2", "Connection: close", "", "{}"].join("\r\n");
    return (await sendRaw(port, text)).status;
  };

  it.each(["localhost", "127.0.0.1", "[::1]", "LocalHost"])(
    "%s is this machine, on any port",
    async (host) => {
      for (const name of [host, `${host}:1`, `${host}:8080`, `${host}:65535`]) {
        expect(await knockRaw(`Host: ${name}`)).toBe(200);
        expect(await knock({ ":authority": name })).toBe(200);
      }
    },
  );

  it.each([
    "evil.example",
    "evil.example:8080",
    "localhost.evil.example",
    "localhost.",
    "127.0.0.2",
    "127.1",
    "0.0.0.0",
    "[::]",
    "[::ffff:127.0.0.1]",
    "localhost:8080:1",
  ])("%s is a browser that was sent here", async (host) => {
    const refused = [await knockRaw(`Host: ${host}`), await knock({ ":authority": host })];
    expect(refused.every((status) => status === 403 || status === 400)).toBe(true);
  });

  it("an HTTP/2 request is of both of its hosts", async () => {
    expect(await knock({ ":authority": "localhost", host: "evil.example" })).toBe(403);
    expect(await knock({ ":authority": "evil.example", host: "localhost" })).toBe(403);
  });

  it.each(["http://localhost", "null", "https://evil.example"])(
    "a request from %s is a browser's",
    async (origin) => {
      expect(await knockRaw("Host: localhost", `Origin: ${origin}`)).toBe(403);
      expect(await knock({ ":authority": "localhost", origin })).toBe(403);
    },
  );

  it.each(rpcNames)("%s says why it is refused, and reads nothing", async (rpc) => {
    const answer = await sendHttp2(app.broker.addresses.rpc, {
      path: rpcPath(rpc),
      headers: {
        "content-type": "application/json",
        "content-length": "1000000000",
        ":authority": "evil.example",
      },
      end: false,
    });
    expect(answer.status).toBe(403);
    expect(answer.body.toString()).toContain("BROKER_API_KEYS_FILE");
  });

  it("reflection is closed to browsers as well", async () => {
    const { trailers } = await sendHttp2(app.broker.addresses.rpc, {
      path: `/${ServerReflection.typeName}/ServerReflectionInfo`,
      headers: { "content-type": "application/grpc", ":authority": "evil.example" },
    });
    expect(trailers["grpc-status"]).toBe("7");
  });

  it("calls are counted, refused ones too", async () => {
    const metrics = await (await fetch(`${app.broker.telemetryUrl}/metrics`)).text();
    expect(metrics).toMatch(
      /tokenbroker_rpc_calls_total\{method="GetToken",code="permission_denied"\} [1-9]/,
    );
  });
});

describe("open on a unix socket", () => {
  const path = join(folder, "rpc.sock");
  const app = useAcmeApp({ env: { BROKER_RPC_ADDR: `unix://${path}` } });

  it("every program that reaches it is a caller, whatever it calls the host: no browser does", async () => {
    expect(app.broker.addresses.rpc).toBe(`unix://${path}`);
    const headers = { "content-type": "application/json", host: "broker.mesh", origin: "https://a.example" };
    const call = request({
      socketPath: path,
      path: rpcPath("ListProviders"),
      method: "POST",
      headers,
      agent: false,
    });
    call.end('{"activeOnly":true}');
    const [response] = (await once(call, "response")) as [IncomingMessage];
    const { providers } = JSON.parse((await response.toArray()).join("")) as {
      providers: { name: string }[];
    };
    expect([response.statusCode, providers.map(({ name }) => name)]).toEqual([200, ["acme", "people"]]);
  });
});
