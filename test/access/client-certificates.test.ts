import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { newApiKey, createAuthenticator, type RequestHeaders } from "../../src/access/index.ts";
import { BrokerError } from "../../src/errors.ts";
import { silentLogger } from "../../src/telemetry/index.ts";
import { certificate, certificatePath } from "./certificates.ts";

const BILLING = "spiffe://corp.example/ns/billing/sa/api";
const DAY_MS = 86_400_000;

const directory = mkdtempSync(join(tmpdir(), "token-broker-certificates-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

let nowMs = Date.now();
let monotonicMs = 0;

const open = (
  bundles = [
    { trustDomain: "corp.example", path: certificatePath("corp") },
    { trustDomain: "other.example", path: certificatePath("other") },
  ],
) =>
  createAuthenticator(
    { apiKeysFile: undefined, clientBundles: bundles, rpcAddress: { kind: "tcp", host: "0.0.0.0", port: 1 } },
    { logger: silentLogger, nowMs: () => nowMs, clock: { monotonicMs: () => monotonicMs } },
  );

const outcome = (
  authenticator: ReturnType<typeof open>,
  names: readonly string[],
  headers: RequestHeaders = {},
): unknown => {
  const chain = names.map(certificate);
  return outcomeOf(() => authenticator.authenticate(headers, { peerCertificates: () => chain }));
};

const outcomeOf = (call: () => unknown): unknown => {
  try {
    return call();
  } catch (error) {
    if (error instanceof BrokerError) return error.code;
    throw error;
  }
};

describe("a client certificate", () => {
  const authenticator = open();

  it.each([
    ["of its trust domain's authority", ["good"], BILLING],
    ["of an authority below it, which comes along", ["by-between", "between"], BILLING],
    ["with what nobody needs behind it", ["good", "corp", "other"], BILLING],
    [
      "of another trust domain and its own authority",
      ["of-other"],
      "spiffe://other.example/ns/billing/sa/api",
    ],
  ])("%s is a caller", (_, names, id) => {
    expect(outcome(authenticator, names)).toEqual({ id, method: "mtls" });
  });

  it.each([
    ["nothing", []],
    ["an authority below that does not come along", ["by-between"]],
    ["more authorities than one of them allows", ["too-deep", "below", "between"]],
    ["two URIs", ["two-uris"]],
    ["a DNS name and no URI", ["no-uri"]],
    ["no name", ["no-names"]],
    ["the rights of an authority", ["authority"]],
    ["a key that may sign certificates", ["cert-sign"]],
    ["a key that may not sign", ["must-not-sign"]],
    ["a use for servers alone", ["for-servers"]],
    ["an id of a trust domain whose authority did not sign it", ["wrong-domain"]],
    ["an id of a trust domain that is not configured", ["unknown-domain"]],
    ["a DNS name that reads like two names", ["injected"]],
    ["a URI that reads like two names", ["injected-uri"]],
    ["a URI that is no SPIFFE ID", ["https-uri"]],
    ["a trust domain and no workload", ["no-path"]],
    ["a query", ["with-query"]],
    ["dots in its path", ["with-dots"]],
    ["a port", ["with-port"]],
    ["a critical extension that nobody knows", ["critical"]],
    ["its own signature", ["self-signed"]],
    ["the signature of somebody with the authority's name", ["by-impostor", "impostor"]],
    ["the authority itself", ["corp"]],
    ["a good one behind a bad one", ["two-uris", "good"]],
  ])("with %s is nobody's", (_, names) => {
    expect(outcome(open(), names)).toBe("UNAUTHENTICATED");
  });

  it("of a proxy's header is not looked at", () => {
    const headers = {
      "x-forwarded-client-cert": `URI=${BILLING}`,
      "x-spiffe-id": BILLING,
      "ssl-client-cert": encodeURIComponent(certificate("good").toString()),
    };
    expect(outcome(authenticator, [], headers)).toBe("UNAUTHENTICATED");
    expect(
      outcome(authenticator, ["good"], { "x-forwarded-client-cert": "URI=spiffe://corp.example/x" }),
    ).toEqual({
      id: BILLING,
      method: "mtls",
    });
  });

  it("of an authority below is known again when a resumed session brings the leaf alone", () => {
    const following = open();
    expect(outcome(following, ["by-between"])).toBe("UNAUTHENTICATED");
    expect(outcome(following, ["by-between", "between"])).toEqual({ id: BILLING, method: "mtls" });
    expect(outcome(following, ["by-between"])).toEqual({ id: BILLING, method: "mtls" });
    expect(outcome(following, ["too-deep"])).toBe("UNAUTHENTICATED");
  });

  it("ends with its time, on a connection that goes on", () => {
    const validMs = certificate("short").validFromDate.getTime() + 1000;
    const chain = [certificate("short")];
    const ask = (): unknown =>
      outcomeOf(() => authenticator.authenticate({}, { peerCertificates: () => chain }));
    try {
      nowMs = validMs;
      expect(ask()).toEqual({ id: BILLING, method: "mtls" });
      nowMs = validMs + 2 * DAY_MS;
      expect(ask()).toBe("UNAUTHENTICATED");
      nowMs = validMs - DAY_MS;
      expect(ask()).toBe("UNAUTHENTICATED");
    } finally {
      nowMs = Date.now();
    }
  });

  it("ends with its authority, on a connection that goes on", () => {
    const path = join(directory, "bundle.pem");
    copyFileSync(certificatePath("corp"), path);
    const following = open([{ trustDomain: "corp.example", path }]);
    const chain = [certificate("good")];
    const ask = (): unknown => outcomeOf(() => following.authenticate({}, { peerCertificates: () => chain }));
    expect(ask()).toEqual({ id: BILLING, method: "mtls" });
    copyFileSync(certificatePath("other"), path);
    following.reload?.();
    expect(ask()).toBe("UNAUTHENTICATED");
    copyFileSync(certificatePath("good"), path);
    following.reload?.();
    copyFileSync(certificatePath("corp"), path);
    monotonicMs += 1000;
    expect(ask()).toEqual({ id: BILLING, method: "mtls" });
  });

  it("goes before everything else, and its rights are not added to", () => {
    const keysFile = join(directory, "keys");
    const key = newApiKey("ops");
    const both = (): ReturnType<typeof open> =>
      createAuthenticator(
        {
          apiKeysFile: keysFile,
          clientBundles: [{ trustDomain: "corp.example", path: certificatePath("corp") }],
          rpcAddress: { kind: "tcp", host: "0.0.0.0", port: 1 },
        },
        { logger: silentLogger },
      );
    writeFileSync(keysFile, key.line);
    const headers = { authorization: `Bearer ${key.key}` };
    expect(outcome(both(), ["good"], headers)).toEqual({ id: BILLING, method: "mtls" });
    expect(outcome(both(), [], headers)).toEqual({ id: "ops", method: "api_key" });
    expect(outcome(both(), ["two-uris"], headers)).toBe("UNAUTHENTICATED");
  });
});
