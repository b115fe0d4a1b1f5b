import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it, vi } from "vitest";
import { json, type ProviderOptions, startTestProvider } from "../support/provider.ts";
import { callsTo, failureOf, testEgress } from "./calls.ts";

const path = (name: string): string => fileURLToPath(new URL(`tls/${name}`, import.meta.url));
const certificate = (name: string) => ({
  key: readFileSync(path(`${name}.key.pem`), "utf8"),
  cert: readFileSync(path(`${name}.pem`), "utf8"),
});
const caFile = path("ca.pem");

const old: ProviderOptions = {
  tls: { ...certificate("good"), minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" },
};

describe("a token endpoint over TLS", () => {
  it("is believed when the operator's authority vouches for it", async () => {
    await using provider = await startTestProvider({ tls: certificate("good") });
    provider.script("token", json({ access_token: "at" }));
    expect((await callsTo(provider, {}, testEgress({ caFile })).refresh()).accessToken).toBe("at");
  });

  it.each<readonly [string, ProviderOptions, string | undefined, string]>([
    ["an authority nobody knows", { tls: certificate("good") }, undefined, "UNABLE_TO_VERIFY_LEAF_SIGNATURE"],
    ["an expired certificate", { tls: certificate("expired") }, caFile, "CERT_HAS_EXPIRED"],
    ["a self-signed certificate", { tls: certificate("self-signed") }, caFile, "DEPTH_ZERO_SELF_SIGNED_CERT"],
    [
      "a certificate for another name",
      { tls: certificate("wrong-name") },
      caFile,
      "ERR_TLS_CERT_ALTNAME_INVALID",
    ],
    ["TLS 1.1", old, caFile, "ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION"],
  ])("is not sent anything with %s, and no grant ends", async (_, options, authority, code) => {
    await using provider = await startTestProvider(options);
    const failure = await failureOf(callsTo(provider, {}, testEgress({ caFile: authority })).refresh());
    expect(failure).toMatchObject({
      class: "client",
      sent: false,
      providerError: "",
      cause: { problem: "tls", code },
    });
    expect(provider.requests).toEqual([]);
  });

  it("is not sent anything when it speaks plain http", async () => {
    await using provider = await startTestProvider();
    const https = { ...provider, tokenUrl: provider.tokenUrl.replace("http:", "https:") };
    const failure = await failureOf(callsTo(https, {}, testEgress({ caFile })).refresh());
    expect(failure).toMatchObject({ class: "client", sent: false, cause: { problem: "tls" } });
    expect(provider.requests).toEqual([]);
  });

  it("cannot be believed by an environment variable", async () => {
    vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", "0");
    try {
      await using provider = await startTestProvider({ tls: certificate("self-signed") });
      expect(await failureOf(callsTo(provider).refresh())).toMatchObject({ class: "client", sent: false });
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it("needs a CA file that holds certificates", () => {
    expect(() => testEgress({ caFile: path("create.sh") })).toThrow("BROKER_EGRESS_CA_FILE");
  });
});
