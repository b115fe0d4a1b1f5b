import {
  ApiKeysError,
  ConfigError,
  type FollowedFile,
  followFile,
  SettingsFileError,
} from "../config/index.ts";
import { errorClass, type Logger } from "../telemetry/index.ts";
import type { Clock } from "../time.ts";

export interface FileOptions<T> {
  /** Names the file. */
  readonly variable: string;
  readonly path: string;
  readonly parse: (text: string) => T;
  /** What the log says when the file has become unusable. */
  readonly notReloaded: string;
  /** What a file that cannot be used now is told to be. */
  readonly problem?: string;
  readonly onChange?: (value: T) => void;
  readonly logger: Logger;
  readonly clock?: Clock | undefined;
}

/**
 * A file of the operator's, followed: one that has become unusable leaves the last good one in force and is logged.
 *
 * @throws ConfigError when it cannot be used now.
 */
export const openFile = <T>({
  variable,
  path,
  parse,
  notReloaded,
  problem = "names a file that cannot be used",
  onChange,
  logger,
  clock,
}: FileOptions<T>): FollowedFile<T> => {
  const onProblem = (error: unknown): void =>
    logger.error(notReloaded, { variable, path, error_class: errorClass(error), message: wordsOf(error) });
  try {
    return followFile({ path, parse, onProblem, ...(onChange && { onChange }), ...(clock && { clock }) });
  } catch (error) {
    const detail = wordsOf(error) ?? errorClass(error);
    throw new ConfigError([{ variable, problem: `${problem}: ${detail}`, cure: `correct ${path}` }]);
  }
};

/** Only errors of our own repeat nothing of the file. */
const wordsOf = (error: unknown): string | undefined =>
  error instanceof ApiKeysError || error instanceof SettingsFileError ? error.message : undefined;
