import { type BrokerConfig, type JwtIssuer, type JwtIssuers, parseJwtIssuers } from "../../config/index.ts";
import { createEgress } from "../../oauth/index.ts";
import type { Logger } from "../../telemetry/index.ts";
import { type Clock, SECOND } from "../../time.ts";
import { openFile } from "../open-file.ts";
import { keysOfFile, keysOfUrl, type KeySetDependencies } from "./key-set.ts";
import type { FindKey } from "./parse-key-set.ts";
import type { TrustedIssuer } from "./verify-jwt.ts";

/** The issuers in force, with their keys. */
export interface TrustedIssuers {
  readonly callers: readonly TrustedIssuer[];
  readonly subjects: readonly TrustedIssuer[];
}

export interface JwtIssuersFile {
  current(): TrustedIssuers;
  reload(): void;
}

export interface JwtIssuersDependencies {
  readonly logger: Logger;
  readonly clock: Clock;
  readonly protectedPorts: readonly number[];
}

const FETCH_MS = 5 * SECOND;

/**
 * The file of BROKER_JWT_ISSUERS_FILE, followed. Keys are kept over a change of the file.
 *
 * @throws ConfigError when the file cannot be used now.
 */
export const openJwtIssuers = (
  path: string,
  config: Pick<BrokerConfig, "egress">,
  dependencies: JwtIssuersDependencies,
): JwtIssuersFile => {
  const { logger, clock } = dependencies;
  const keysOf = createKeySets({ logger, clock, fetchText: fetchThrough(config, dependencies) });
  const trusted = (issuers: JwtIssuers): TrustedIssuers => {
    const withKeys = (issuer: JwtIssuer): TrustedIssuer => ({ ...issuer, findKey: keysOf(issuer) });
    return { callers: issuers.callers.map(withKeys), subjects: issuers.subjects.map(withKeys) };
  };
  return openFile({
    variable: "BROKER_JWT_ISSUERS_FILE",
    path,
    parse: (text) => trusted(parseJwtIssuers(text)),
    notReloaded: "issuers not reloaded, the last good ones stay in force",
    problem: "names a file that cannot be used, or whose jwks_file cannot",
    logger,
    clock,
  });
};

const createKeySets = (dependencies: KeySetDependencies) => {
  const known = new Map<string, FindKey>();
  return ({ keys }: JwtIssuer): FindKey => {
    const name = JSON.stringify(keys);
    const found = known.get(name);
    if (found) return found;
    const made = "url" in keys ? keysOfUrl(keys.url, dependencies) : keysOfFile(keys.file, dependencies);
    known.set(name, made);
    return made;
  };
};

/** Through the guard that everything leaves by. The operator wrote the URL. */
const fetchThrough = (
  { egress }: Pick<BrokerConfig, "egress">,
  { protectedPorts }: JwtIssuersDependencies,
) => {
  const out = createEgress({ ...egress, protectedPorts, timeoutMs: FETCH_MS });
  return async (url: string): Promise<string> => {
    const init = { method: "GET", headers: { accept: "application/json" }, redirect: "manual" } as const;
    const response = await out.fetch(url, init, { trust: "operator" });
    if (response.status !== 200) throw new Error("not an answer with 200");
    return response.text();
  };
};
