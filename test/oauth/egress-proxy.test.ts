import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { BrokerError } from "../../src/errors.ts";
import { EgressFailure, type EgressOptions } from "../../src/oauth/index.ts";
import { canary } from "../support/canaries.ts";
import { json, startTestProvider, type TestProvider } from "../support/provider.ts";
import { secret, testEgress } from "./calls.ts";
import { type ConnectProxy, startConnectProxy } from "./connect-proxy.ts";

const path = (name: string): string => fileURLToPath(new URL(`tls/${name}`, import.meta.url));
const caFile = path("ca.pem");
/** The name in the provider's certificate: no resolver of this machine knows it. */
const HOST = "elsewhere.example";
const NOWHERE = async () => [];

let provider: TestProvider;
let proxy: ConnectProxy;

beforeAll(async () => {
  const tls = {
    key: readFileSync(path("wrong-name.key.pem"), "utf8"),
    cert: readFileSync(path("wrong-name.pem"), "utf8"),
  };
  provider = await startTestProvider({ tls });
});
afterAll(() => provider.close());
beforeEach(async () => {
  proxy = await startConnectProxy(provider.port);
  provider.always("token", json({ access_token: "at" }));
});
afterEach(() => proxy[Symbol.asyncDispose]());

const behind = (more: Partial<EgressOptions> = {}, blocksPrivate = false, url?: string) =>
  testEgress({
    caFile,
    insecureLoopback: [],
    resolve: NOWHERE,
    proxy: { url: secret(url ?? `http://127.0.0.1:${proxy.port}`), blocksPrivate },
    ...more,
  });

type Trust = "operator" | "user";

const post = async (egress: ReturnType<typeof behind>, url: string, trust: Trust): Promise<string> => {
  try {
    const answer = await egress.fetch(url, { method: "POST", body: "code=the-code" }, { trust });
    return `answered ${answer.status}`;
  } catch (error) {
    if (error instanceof BrokerError) return error.code;
    if (error instanceof EgressFailure)
      return `${error.problem} ${error.sent ? "sent" : "unsent"} ${error.code}`;
    throw error;
  }
};

describe("an egress proxy", () => {
  it("is told host and port, and hears nothing else", async () => {
    const password = canary("egress_proxy_password");
    const url = `http://broker:${encodeURIComponent(`${password}@%`)}@127.0.0.1:${proxy.port}`;
    expect(await post(behind({}, false, url), `https://${HOST}/token`, "operator")).toBe("answered 200");
    const [{ authority, authorization = "" } = { authority: "" }, ...others] = proxy.asked;
    expect([authority, others]).toEqual([`${HOST}:443`, []]);
    expect(Buffer.from(authorization.replace("Basic ", ""), "base64").toString()).toBe(
      `broker:${password}@%`,
    );
    expect(proxy.heard()[0]).toBe(0x16);
    expect(proxy.heard().includes("the-code")).toBe(false);
    expect(provider.requests.at(-1)?.headers).not.toHaveProperty("proxy-authorization");
  });

  it("does not vouch for a server", async () => {
    expect(await post(behind(), "https://other.example/token", "operator")).toBe(
      "tls unsent ERR_TLS_CERT_ALTNAME_INVALID",
    );
  });

  it("gets no URL that somebody else brought, unless it is said to refuse private addresses", async () => {
    await expect(behind().fetch(`https://${HOST}/token`, {}, { trust: "user" })).rejects.toMatchObject({
      code: "EGRESS_DENIED",
      message: expect.stringContaining("BROKER_EGRESS_PROXY_BLOCKS_PRIVATE"),
    });
    expect(proxy.asked).toEqual([]);
    expect(await post(behind({ allow: [HOST] }), `https://${HOST}/token`, "user")).toBe("answered 200");
    expect(await post(behind({}, true), `https://${HOST}/token`, "user")).toBe("answered 200");
  });

  it.each([
    "https://127.0.0.1/",
    "https://0x7f.1/",
    "https://10.0.0.1/",
    "https://169.254.169.254/",
    "https://[::ffff:7f00:1]/",
    "https://[64:ff9b::7f00:1]/",
    "https://localhost/",
    "https://localhost./",
    "https://x.localhost/",
    "https://intranet/",
    "https://metadata.google.internal/",
    "https://printer.local/",
    `https://${HOST}:8443/`,
    `http://${HOST}/`,
  ])("does not get %s from a caller, whatever it refuses", async (url) => {
    expect(await post(behind({}, true), url, "user")).toBe("EGRESS_DENIED");
    expect(proxy.asked).toEqual([]);
  });

  it.each(["https://localhost/", "https://127.0.0.1/", "https://169.254.169.254/"])(
    "does not get %s from the operator, whose own machine it would not be",
    async (url) => {
      expect(await post(behind({}, true), url, "operator")).toBe("EGRESS_DENIED");
      expect(proxy.asked).toEqual([]);
    },
  );

  it("is not asked for what the loopback switch allows", async () => {
    await using plain = await startTestProvider();
    plain.script("token", json({ access_token: "at" }));
    const egress = behind({ insecureLoopback: [`127.0.0.1:${plain.port}`] });
    expect(await post(egress, plain.tokenUrl, "user")).toBe("answered 200");
    expect(proxy.asked).toEqual([]);
  });

  it.each([
    [403, "unreachable unsent PROXY_ANSWERED_403"],
    [407, "unreachable unsent PROXY_ANSWERED_407"],
    [0, "unreachable unsent PROXY_TIMEOUT"],
  ])("that answers %d leaves the request unsent", async (status, outcome) => {
    proxy.status = status;
    expect(await post(behind({ connectTimeoutMs: 300 }), `https://${HOST}/token`, "operator")).toBe(outcome);
  });

  it("that is away leaves the request unsent", async () => {
    const egress = behind({}, false, "http://127.0.0.1:1");
    expect(await post(egress, `https://${HOST}/token`, "operator")).toBe("unreachable unsent ECONNREFUSED");
  });
});

describe("BROKER_EGRESS_CA_FILE", () => {
  it("is believed as it is now, and as it was last good", async () => {
    const directory = mkdtempSync(join(tmpdir(), "token-broker-ca-"));
    const file = join(directory, "ca.pem");
    let nowMs = 0;
    copyFileSync(path("self-signed.pem"), file);
    const egress = behind({ caFile: file, clock: { monotonicMs: () => nowMs } });
    const ask = () => post(egress, `https://${HOST}/token`, "operator");
    expect(await ask()).toBe("tls unsent UNABLE_TO_VERIFY_LEAF_SIGNATURE");
    copyFileSync(caFile, file);
    nowMs += 1000;
    expect(await ask()).toBe("answered 200");
    writeFileSync(file, "nothing");
    nowMs += 1000;
    expect(await ask()).toBe("answered 200");
    copyFileSync(path("self-signed.pem"), file);
    nowMs += 1000;
    expect(await ask()).toBe("tls unsent UNABLE_TO_VERIFY_LEAF_SIGNATURE");
    rmSync(directory, { recursive: true });
  });
});
