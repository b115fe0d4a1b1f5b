/** Which scenarios there are: read from the lists that the suite's package ships, so that none is forgotten. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

export const PACKAGE = join(import.meta.dirname, "../../../node_modules/@modelcontextprotocol/conformance");

export interface Case {
  readonly scenario: string;
  readonly protocolVersion: string;
}

/** What a revision requires of a client about authorization. */
export const requiredOf = (protocolVersion: "2026-07-28" | "2025-11-25"): Case[] => {
  const list = readFileSync(join(PACKAGE, "requirements", `${protocolVersion}.yaml`), "utf8");
  return [...list.matchAll(/^ {2}- (auth\/\S+)$/gm)].map(([, scenario = ""]) => ({
    scenario,
    protocolVersion,
  }));
};

/** The revision before protected resources had metadata; no list of the package holds it. */
export const LEGACY: readonly Case[] = [
  { scenario: "auth/2025-03-26-oauth-metadata-backcompat", protocolVersion: "2025-03-26" },
  { scenario: "auth/2025-03-26-oauth-endpoint-fallback", protocolVersion: "2025-03-26" },
];

/** Optional by the specification, and offered by the broker. */
export const EXTENSIONS: readonly Case[] = [
  { scenario: "auth/client-credentials-jwt", protocolVersion: "2026-07-28" },
  { scenario: "auth/client-credentials-basic", protocolVersion: "2026-07-28" },
  { scenario: "auth/enterprise-managed-authorization", protocolVersion: "2026-07-28" },
];

/** Where the specification wants a refusal: the broker's reason. The session of every other scenario ends with the tool's answer. */
export const REFUSALS: Readonly<Record<string, string>> = {
  "auth/resource-mismatch": "RESOURCE_MISMATCH",
  "auth/metadata-issuer-mismatch": "ISSUER_MISMATCH",
  "auth/iss-supported-missing": "ISSUER_MISMATCH",
  "auth/iss-wrong-issuer": "ISSUER_MISMATCH",
  "auth/iss-unexpected": "ISSUER_MISMATCH",
  "auth/iss-normalized": "ISSUER_MISMATCH",
  "auth/scope-retry-limit": "STEP_UP_LIMIT",
};
