import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Authenticator, createAuthenticator } from "../../src/access/index.ts";
import { BrokerError } from "../../src/errors.ts";
import { silentLogger } from "../../src/telemetry/index.ts";

type Pair = Awaited<ReturnType<typeof generateKeyPair>>;

describe("an issuer's keys by URL", () => {
  const directory = mkdtempSync(join(tmpdir(), "token-broker-jwks-"));
  let server: Server;
  let port = 0;
  let pair: Pair;
  let fetches = 0;
  let monotonicMs = 0;
  let answer: { readonly status: number; readonly headers?: Record<string, string>; readonly body: string };

  beforeAll(async () => {
    pair = await generateKeyPair("ES256", { extractable: true });
    answer = {
      status: 200,
      body: JSON.stringify({ keys: [{ ...(await exportJWK(pair.publicKey)), kid: "k" }] }),
    };
    server = createServer((_, response) => {
      fetches += 1;
      response.writeHead(answer.status, answer.headers).end(answer.body);
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    ({ port } = server.address() as AddressInfo);
  });
  afterAll(() => {
    server.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const open = (
    protectedPorts: readonly number[] = [],
    url = `http://127.0.0.1:${port}/jwks`,
  ): Authenticator => {
    const file = join(directory, "issuers.json");
    const issuer = { name: "mesh", issuer: "https://mesh.example", audience: "broker", jwks_url: url };
    writeFileSync(file, JSON.stringify({ issuers: [issuer] }));
    fetches = 0;
    return createAuthenticator(
      {
        apiKeysFile: undefined,
        jwtIssuersFile: file,
        egress: { allow: [], caFile: undefined, insecureLoopback: "all", proxy: undefined },
        rpcAddress: { kind: "tcp", host: "0.0.0.0", port: 1 },
      },
      { logger: silentLogger, protectedPorts, clock: { monotonicMs: () => monotonicMs } },
    );
  };
  const ask = async (authenticator: Authenticator, kid = "k"): Promise<string> => {
    const token = await new SignJWT({ iss: "https://mesh.example", aud: "broker", sub: "a" })
      .setProtectedHeader({ alg: "ES256", kid })
      .setIssuedAt()
      .setExpirationTime("5m")
      .sign(pair.privateKey);
    try {
      return (await authenticator.authenticate({ authorization: `Bearer ${token}` })).id;
    } catch (error) {
      if (error instanceof BrokerError) return error.code;
      throw error;
    }
  };

  it("are fetched twice at most for a thousand keys that it does not have", async () => {
    const authenticator = open();
    monotonicMs += 60_000;
    expect(await ask(authenticator)).toBe("jwt:mesh:a");
    monotonicMs += 30_000;
    for (let n = 0; n < 1000; n += 1)
      expect(await ask(authenticator, `made-up-${n}`)).toBe("UNAUTHENTICATED");
    expect(fetches).toBe(2);
    expect(await ask(authenticator)).toBe("jwt:mesh:a");
  });

  it("are not taken from elsewhere, from an error, or from a port of the broker's own", async () => {
    const good = answer;
    const bad = [
      { status: 302, headers: { location: `http://127.0.0.1:${port}/jwks` }, body: "" },
      { status: 500, body: good.body },
      { status: 200, body: "x".repeat(2 * 1024 * 1024) },
    ];
    for (const one of bad) {
      answer = one;
      expect(await ask(open())).toBe("CALLER_KEYS_UNAVAILABLE");
      expect(fetches).toBe(1);
    }
    answer = good;
    expect(await ask(open([port]))).toBe("CALLER_KEYS_UNAVAILABLE");
    expect(fetches).toBe(0);
    expect(await ask(open())).toBe("jwt:mesh:a");
  });
});
