import { once } from "node:events";
import { readFileSync } from "node:fs";
import { type AddressInfo, connect } from "node:net";
import { createServer, type SecureContextOptions } from "node:tls";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { createEgress } from "../../src/oauth/index.ts";
import type { Database } from "../../src/store/index.ts";
import { HOUR, MINUTE, SECOND } from "../../src/time.ts";
import { STRICT } from "../mock-provider/index.ts";
import { moveClock, storeUnderTest } from "../support/database.ts";
import { fingerprint } from "../support/provider.ts";
import { createTokenFixture, refusal } from "./token-fixture.ts";

const path = (name: string): string => fileURLToPath(new URL(`../oauth/tls/${name}`, import.meta.url));
const certificate = (name: string) => ({
  key: readFileSync(path(`${name}.key.pem`)),
  cert: readFileSync(path(`${name}.pem`)),
});
const GOOD = certificate("good");

/** TLS before a server that speaks none; its certificate can be changed while it runs. */
const startFront = async (context: SecureContextOptions) => {
  let port = 0;
  const server = createServer(context, (socket) => {
    const behind = connect(port, "127.0.0.1");
    socket.on("error", () => behind.destroy());
    behind.on("error", () => socket.destroy());
    socket.pipe(behind).pipe(socket);
  });
  server.on("tlsClientError", () => {});
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return {
    url: `https://localhost:${(server.address() as AddressInfo).port}`,
    leadTo: (provider: { readonly port: number }) => void ({ port } = provider),
    show: (other: SecureContextOptions) => server.setSecureContext(other),
  };
};

describe("a token endpoint that cannot prove who it is", () => {
  const backend = storeUnderTest("postgresql");
  let database: Database;
  beforeAll(async () => {
    database = await backend.open();
  });

  it.each<readonly [string, SecureContextOptions]>([
    ["its certificate has expired", certificate("expired")],
    ["it signed its certificate itself", certificate("self-signed")],
    ["its certificate is another's", certificate("wrong-name")],
    [
      "it speaks TLS 1.1",
      { ...GOOD, minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" },
    ],
  ])("(%s) gets no refresh token, ends no grant, and is believed again when it can", async (_, context) => {
    const front = await startFront(context);
    const fixture = await createTokenFixture(database, {
      provider: STRICT,
      registration: { tokenUrl: `${front.url}/token` },
    });
    const { manager, authorize, row, store, provider } = fixture;
    front.leadTo(provider);
    const options = {
      allow: [],
      insecureLoopback: "all",
      protectedPorts: [],
      timeoutMs: 10 * SECOND,
    } as const;
    const egress = createEgress({ ...options, caFile: path("ca.pem") });
    onTestFinished(() => egress.close());
    const tokens = manager({ egress });
    const selector = await authorize();
    await moveClock(database, 56 * MINUTE);
    const before = await row(selector);
    expect(await refusal(tokens.refreshToken(selector))).toMatchObject({ code: "PROVIDER_MISCONFIGURED" });
    expect((await tokens.getToken(selector)).degraded?.reason).toBe("PROVIDER_MISCONFIGURED");
    const after = await row(selector);
    const { version, sealed } = before;
    expect(after).toMatchObject({ status: "degraded", failureProviderError: "", version, sealed });
    expect(provider.requests).toEqual([]);
    front.show(GOOD);
    await moveClock(database, 2 * HOUR);
    expect((await tokens.getToken(selector)).degraded).toBeUndefined();
    const spent = store.tokens.openRefreshToken(before) ?? "";
    expect(provider.requestsTo("token").map((request) => request.fingerprint)).toEqual([fingerprint(spent)]);
  });
});
