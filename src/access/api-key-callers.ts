import { type ApiKeyDigests, ApiKeysError, ConfigError, followFile, parseApiKeys } from "../config/index.ts";
import { constantTimeEqual, sha256Hex } from "../crypto/index.ts";
import type { BrokerError } from "../errors.ts";
import { errorClass, type Logger } from "../telemetry/index.ts";
import type { Clock } from "../time.ts";
import { parseBearer } from "./api-key.ts";
import type { CallerMethod } from "./caller-method.ts";
import { header } from "./request-headers.ts";

export interface ApiKeyCallersOptions {
  readonly logger: Logger;
  readonly clock: Clock;
  readonly refusal: () => BrokerError;
}

/** By the keys of a file, which is followed. @throws ConfigError when it cannot be used now. */
export const byApiKey = (path: string, options: ApiKeyCallersOptions): CallerMethod => {
  const digests = openKeysFile(path, options);
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

const openKeysFile = (
  path: string,
  { logger, clock }: ApiKeyCallersOptions,
): { current(): ApiKeyDigests } => {
  const onProblem = (error: unknown): void =>
    logger.error("api keys not reloaded, the last good ones stay in force", {
      variable: "BROKER_API_KEYS_FILE",
      path,
      error_class: errorClass(error),
      message: error instanceof ApiKeysError ? error.message : undefined,
    });
  try {
    return followFile({ path, parse: parseApiKeys, onProblem, clock });
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
