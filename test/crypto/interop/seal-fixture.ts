import packageJson from "../../../package.json" with { type: "json" };
import { createSealer, generateFernetKey, parseKeyRing, pinsDigest } from "../../../src/crypto/index.ts";

const SECRET = 'sealed-here – ключ 🔑 "quoted" \\ \u0000 end';

/** A value sealed by this code under a new key: `sealed-here.json` before Python has verified it. */
export const sealFixture = () => {
  const key = generateFernetKey();
  const pins = { issuer: null, client_id: "clé-1", token_url: "https://acme.example/token" };
  const context = {
    table: "connection_tokens",
    row: ["default", "7f1cfd3e-0000-4000-8000-000000000001", "user 1", "acme", "", ""],
    field: "access_token",
    version: "9007199254740993",
    pins: pinsDigest(pins),
  };
  const sealed = createSealer(parseKeyRing(key)).seal(SECRET, context);
  return {
    madeBy: { name: packageJson.name, version: packageJson.version, node: process.versions.node },
    key,
    ...sealed,
    pins,
    envelope: { v: 1, ...context, secret: SECRET },
  };
};

if (import.meta.main) console.log(JSON.stringify(sealFixture(), null, 2));
