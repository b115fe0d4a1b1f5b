import { getCACertificates } from "node:tls";
import { buildConnector } from "undici";
import { type FollowedFile, followFile } from "../config/index.ts";
import { errorClass, type Logger, silentLogger } from "../telemetry/index.ts";
import type { Clock } from "../time.ts";
import type { SecretText } from "./client.ts";
import type { Connector } from "./egress-call.ts";
import { guardedLookup, type Resolve, systemResolve } from "./egress-lookup.ts";
import { isInReach, type Reach } from "./egress-policy.ts";
import { byProxy } from "./egress-proxy.ts";

export interface ConnectorOptions {
  /** PEM file with certificates trusted besides the system's. Read again when it changes; one that cannot be used leaves the last good one in force. */
  readonly caFile?: string | undefined;
  /** `http://user:password@host:port` of a proxy that everything but loopback goes through. */
  readonly proxyUrl?: SecretText | undefined;
  readonly connectTimeoutMs: number;
  /** Default: the system's resolver. Not asked behind a proxy. */
  readonly resolve?: Resolve | undefined;
  readonly logger?: Logger | undefined;
  readonly clock?: Clock | undefined;
}

export type Connectors = Readonly<Record<Reach, Connector>>;

/**
 * One connector for each reach: what a name may resolve to is decided before the connection, and TLS sessions are not shared between them. With other
 * authorities come other connectors, which resume nothing that was begun under the old ones.
 */
export const createConnectors = (options: ConnectorOptions): FollowedFile<Connectors> => {
  const { caFile, logger = silentLogger, clock } = options;
  if (caFile === undefined) {
    const connectors = connectorsFor(options, undefined);
    return { current: () => connectors, reload: () => {} };
  }
  return followFile({
    path: caFile,
    parse: (pem) => connectorsFor(options, [...getCACertificates(), checkedCa(pem)]),
    onProblem: (error) =>
      logger.error("egress authorities not reloaded, the last good ones stay in force", {
        variable: "BROKER_EGRESS_CA_FILE",
        path: caFile,
        error_class: errorClass(error),
      }),
    ...(clock && { clock }),
  });
};

const connectorsFor = (options: ConnectorOptions, ca: string[] | undefined): Connectors => {
  const { resolve = systemResolve, connectTimeoutMs: timeout, proxyUrl } = options;
  const direct = (reach: Reach): Connector =>
    buildConnector({
      allowH2: false,
      // Said here so that NODE_TLS_REJECT_UNAUTHORIZED and --tls-min-v1.0 cannot say otherwise.
      rejectUnauthorized: true,
      minVersion: "TLSv1.2",
      timeout,
      lookup: guardedLookup(resolve, (address) => isInReach(reach, address)),
      ...(ca ? { ca } : {}),
    });
  const outside = (reach: Reach): Connector =>
    proxyUrl === undefined ? direct(reach) : byProxy(direct(reach), proxyUrl, timeout);
  return { public: outside("public"), private: outside("private"), loopback: direct("loopback") };
};

const checkedCa = (pem: string): string => {
  if (!pem.includes("-----BEGIN CERTIFICATE-----"))
    throw new Error("BROKER_EGRESS_CA_FILE holds no PEM certificate; give a file with CERTIFICATE blocks");
  return pem;
};
