import { parseApiKeys } from "../config/index.ts";
import { constantTimeEqual, sha256Hex } from "../crypto/index.ts";
import type { BrokerError } from "../errors.ts";
import type { Logger } from "../telemetry/index.ts";
import type { Clock } from "../time.ts";
import { parseBearer } from "./api-key.ts";
import type { CallerMethod } from "./caller-method.ts";
import { openFile } from "./open-file.ts";
import { header } from "./request-headers.ts";

export interface ApiKeyCallersOptions {
  readonly logger: Logger;
  readonly clock: Clock;
  readonly refusal: () => BrokerError;
}

/** By the keys of a file, which is followed. @throws ConfigError when it cannot be used now. */
export const byApiKey = (path: string, options: ApiKeyCallersOptions): CallerMethod => {
  const { logger, clock } = options;
  const digests = openFile({
    variable: "BROKER_API_KEYS_FILE",
    path,
    parse: parseApiKeys,
    notReloaded: "api keys not reloaded, the last good ones stay in force",
    logger,
    clock,
  });
  return (headers) => {
    const key = parseBearer(header(headers, "authorization") ?? "");
    if (key === undefined) return undefined;
    if (!isKnown(digests.current().get(key.id), key.secret)) throw options.refusal();
    return { id: key.id, method: "api_key" };
  };
};

/** A digest of nothing: an unknown id costs one comparison, as a known one does. */
const NO_DIGEST = ["0".repeat(64)];

const isKnown = (digests: readonly string[] | undefined, secret: string): boolean => {
  const presented = sha256Hex(secret);
  const matches = (digests ?? NO_DIGEST).map((digest) => constantTimeEqual(digest, presented));
  return matches.includes(true);
};
