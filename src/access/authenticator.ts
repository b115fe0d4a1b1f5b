import {
  type ApiKeyDigests,
  ApiKeysError,
  type BrokerConfig,
  ConfigError,
  followFile,
  isLocalAddress,
  parseApiKeys,
} from "../config/index.ts";
import { constantTimeEqual, sha256Hex } from "../crypto/index.ts";
import { BrokerError } from "../errors.ts";
import { errorClass, type Logger } from "../telemetry/index.ts";
import type { Clock } from "../time.ts";
import { parseBearer } from "./api-key.ts";
import type { Caller } from "./caller.ts";
import { checkLoopbackRequest } from "./loopback-request.ts";
import type { PeerCertificate } from "./peer-certificate.ts";
import { header, type RequestHeaders } from "./request-headers.ts";

/** Decides who is calling from the headers alone, so that it can be asked before a byte of the body is read. */
export interface Authenticator {
  /**
   * `peer`: the certificate of the connection, verified or not; undefined without TLS and without one.
   *
   * @throws BrokerError UNAUTHENTICATED, or PERMISSION_DENIED where an open listener is asked by what may be a browser.
   */
  authenticate(headers: RequestHeaders, peer?: PeerCertificate): Caller;
}

export interface AuthenticatorDependencies {
  readonly logger: Logger;
  readonly clock?: Clock;
}

/**
 * By API key where BROKER_API_KEYS_FILE is set; else open, to programs on this machine. The file is read again when it changes; one that has become
 * unusable leaves the last good keys in force and is logged.
 *
 * @throws ConfigError when the file cannot be used now.
 */
export const createAuthenticator = (
  config: Pick<BrokerConfig, "apiKeysFile" | "rpcAddress">,
  dependencies: AuthenticatorDependencies,
): Authenticator => {
  if (config.apiKeysFile !== undefined) return authenticateByKey(config.apiKeysFile, dependencies);
  if (!isLocalAddress(config.rpcAddress)) throw openToOthers();
  return config.rpcAddress.kind === "unix" ? { authenticate: () => OPEN } : openOnLoopback;
};

const OPEN: Caller = { id: "anonymous", method: "open" };

const openOnLoopback: Authenticator = {
  authenticate(headers) {
    const host = header(headers, "host");
    const authority = header(headers, ":authority");
    const origin = header(headers, "origin");
    checkLoopbackRequest({ host: authority ?? host, origin });
    // An HTTP/2 request may carry both, and proxies differ in which one they believe.
    if (authority !== undefined && host !== undefined) checkLoopbackRequest({ host, origin });
    return OPEN;
  },
};

const authenticateByKey = (path: string, dependencies: AuthenticatorDependencies): Authenticator => {
  const digests = openKeysFile(path, dependencies);
  return {
    authenticate(headers) {
      const key = parseBearer(header(headers, "authorization") ?? "");
      if (key === undefined) throw unauthenticated();
      if (!isKnown(digests.current().get(key.id), key.secret)) throw unauthenticated();
      return { id: key.id, method: "api_key" };
    },
  };
};

/** A digest of nothing: an unknown id costs one comparison, as a known one does. */
const NO_DIGEST = ["0".repeat(64)];

const isKnown = (digests: readonly string[] | undefined, secret: string): boolean => {
  const presented = sha256Hex(secret);
  const matches = (digests ?? NO_DIGEST).map((digest) => constantTimeEqual(digest, presented));
  return matches.includes(true);
};

const openKeysFile = (
  path: string,
  { logger, clock }: AuthenticatorDependencies,
): { current(): ApiKeyDigests } => {
  const onProblem = (error: unknown): void =>
    logger.error("api keys not reloaded, the last good ones stay in force", {
      variable: "BROKER_API_KEYS_FILE",
      path,
      error_class: errorClass(error),
      message: error instanceof ApiKeysError ? error.message : undefined,
    });
  try {
    return followFile({ path, parse: parseApiKeys, onProblem, ...(clock ? { clock } : {}) });
  } catch (error) {
    const detail = error instanceof ApiKeysError ? error.message : errorClass(error);
    throw new ConfigError([
      {
        variable: "BROKER_API_KEYS_FILE",
        problem: `names a file that cannot be used: ${detail}`,
        cure: `correct ${path}`,
      },
    ]);
  }
};

const unauthenticated = (): BrokerError =>
  new BrokerError("UNAUTHENTICATED", "send a valid API key as `authorization: Bearer tbk_<id>_<secret>`");

const openToOthers = (): ConfigError =>
  new ConfigError([
    {
      variable: "BROKER_API_KEYS_FILE",
      problem: "is required for BROKER_RPC_ADDR, which answers beyond this machine",
      cure: "name a file of keys (`token-broker apikey new <id>` makes a line)",
    },
  ]);
