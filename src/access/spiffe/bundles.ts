import type { X509Certificate } from "node:crypto";
import {
  type ClientBundleFile,
  ConfigError,
  type FollowedFile,
  followFile,
  parseAuthorities,
} from "../../config/index.ts";
import { errorClass, type Logger } from "../../telemetry/index.ts";
import type { Clock } from "../../time.ts";

export type Bundle = readonly X509Certificate[];

/** The authorities of every configured trust domain, followed. */
export interface Bundles {
  /** The same object as long as the file is the same. */
  of(trustDomain: string): Bundle | undefined;
  reload(): void;
}

const VARIABLE = "BROKER_RPC_TLS_CLIENT_CA_FILE";

/** @throws ConfigError when a file cannot be used now. */
export const openBundles = (
  items: readonly ClientBundleFile[],
  { logger, clock }: { readonly logger: Logger; readonly clock: Clock },
): Bundles => {
  const files = new Map<string, FollowedFile<Bundle>>();
  for (const { trustDomain, path } of items) files.set(trustDomain, openBundle(path, logger, clock));
  return {
    of: (trustDomain) => files.get(trustDomain)?.current(),
    reload: () => {
      for (const file of files.values()) file.reload();
    },
  };
};

const openBundle = (path: string, logger: Logger, clock: Clock): FollowedFile<Bundle> => {
  const onProblem = (error: unknown): void =>
    logger.error("a trust domain's authorities were not reloaded, the last good ones stay in force", {
      variable: VARIABLE,
      path,
      error_class: errorClass(error),
    });
  try {
    return followFile({ path, parse: parseAuthorities, onProblem, clock });
  } catch (error) {
    const problem = `names a file that cannot be used (${errorClass(error)}): ${path}`;
    const cure = "name a PEM file of certificate authorities";
    throw new ConfigError([{ variable: VARIABLE, problem, cure }]);
  }
};
