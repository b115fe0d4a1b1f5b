import { type BrokerConfig, ConfigError, isLocalAddress } from "../config/index.ts";
import { BrokerError } from "../errors.ts";
import type { Logger } from "../telemetry/index.ts";
import { type Clock, systemClock } from "../time.ts";
import { byApiKey } from "./api-key-callers.ts";
import { byBearerToken, createSubjectProof } from "./bearer-token-callers.ts";
import { type CallerConnection, type CallerMethod, SUBJECT_TOKEN } from "./caller-method.ts";
import type { Caller } from "./caller.ts";
import { byCertificate } from "./certificate-callers.ts";
import { openJwtIssuers } from "./jwt/jwt-issuers.ts";
import { checkLoopbackRequest } from "./loopback-request.ts";
import { header, type RequestHeaders } from "./request-headers.ts";
import { openBundles } from "./spiffe/bundles.ts";

/** Decides who is calling from headers and connection alone, so that it can be asked before a byte of the body is read. */
export interface Authenticator {
  /** @throws BrokerError UNAUTHENTICATED, CALLER_KEYS_UNAVAILABLE, or PERMISSION_DENIED where an open listener is asked by what may be a browser. */
  authenticate(headers: RequestHeaders, connection?: CallerConnection): Caller | Promise<Caller>;
  /** Reads its files again, now. */
  reload?(): void;
}

export interface AuthenticatorDependencies {
  readonly logger: Logger;
  readonly clock?: Clock;
  /** Milliseconds since 1970. Default `Date.now`: certificates and tokens bring times of day. */
  readonly nowMs?: () => number;
  /** Ports that no issuer's URL may reach on loopback. */
  readonly protectedPorts?: readonly number[];
}

type CallerSettings = Pick<BrokerConfig, "apiKeysFile" | "rpcAddress"> &
  Partial<Pick<BrokerConfig, "jwtIssuersFile" | "clientBundles" | "egress" | "mode">>;

const NO_CONNECTION: CallerConnection = { peerCertificates: () => [] };
const NO_EGRESS = { allow: [], caFile: undefined, insecureLoopback: [], proxy: undefined } as const;

/**
 * By client certificate, JWT or API key, in this order: the first that is presented decides, and the rights of two never add up. Without any of them
 * configured it is open, to programs on this machine. Files are read again when they change; one that has become unusable leaves the last good one in
 * force and is logged.
 *
 * @throws ConfigError when a file cannot be used now.
 */
export const createAuthenticator = (
  config: CallerSettings,
  dependencies: AuthenticatorDependencies,
): Authenticator => {
  const { logger, clock = systemClock, nowMs = Date.now, protectedPorts = [] } = dependencies;
  const { clientBundles = [], jwtIssuersFile, apiKeysFile, egress = NO_EGRESS } = config;
  const bundles = clientBundles.length > 0 ? openBundles(clientBundles, { logger, clock }) : undefined;
  const issuers =
    jwtIssuersFile === undefined
      ? undefined
      : openJwtIssuers(jwtIssuersFile, { egress }, { logger, clock, protectedPorts });
  const hasIssuers = (): boolean => (issuers?.current().callers.length ?? 0) > 0;
  const proofs = [
    bundles && "a client certificate with a SPIFFE ID",
    hasIssuers() ? "a JWT as `authorization: Bearer <JWT>`" : undefined,
    apiKeysFile && "a valid API key as `authorization: Bearer tbk_<id>_<secret>`",
  ].filter((proof) => proof !== undefined);
  const refusal = (): BrokerError => new BrokerError("UNAUTHENTICATED", `send ${proofs.join(", or ")}`);
  const methods: CallerMethod[] = [
    ...(bundles ? [byCertificate(bundles, { logger, nowMs, refusal })] : []),
    ...(issuers ? [byBearerToken(issuers, { logger, nowMs, refusal })] : []),
    ...(apiKeysFile === undefined ? [] : [byApiKey(apiKeysFile, { logger, clock, refusal })]),
  ];
  if (proofs.length === 0) methods.push(openTo(config));
  const prove = (headers: RequestHeaders, connection: CallerConnection): Caller | Promise<Caller> => {
    for (const method of methods) {
      const caller = method(headers, connection);
      if (caller !== undefined) return caller;
    }
    throw refusal();
  };
  const withSubject = createSubjectProof(issuers, { logger, nowMs });
  return {
    authenticate(headers, connection = NO_CONNECTION) {
      const caller = prove(headers, connection);
      return header(headers, SUBJECT_TOKEN) === undefined ? caller : withSubject(caller, headers);
    },
    reload() {
      bundles?.reload();
      issuers?.reload();
    },
  };
};

const OPEN: Caller = { id: "anonymous", method: "open" };

const openTo = ({ rpcAddress, mode }: CallerSettings): CallerMethod => {
  if (rpcAddress.kind === "unix") return () => OPEN;
  if (!isLocalAddress(rpcAddress)) throw openToOthers("which answers beyond this machine");
  if (mode === "production") throw openToOthers("which has no open mode in production");
  return openOnLoopback;
};

const openOnLoopback: CallerMethod = (headers) => {
  const host = header(headers, "host");
  const authority = header(headers, ":authority");
  const origin = header(headers, "origin");
  checkLoopbackRequest({ host: authority ?? host, origin });
  // An HTTP/2 request may carry both, and proxies differ in which one they believe.
  if (authority !== undefined && host !== undefined) checkLoopbackRequest({ host, origin });
  return OPEN;
};

const openToOthers = (why: string): ConfigError =>
  new ConfigError([
    {
      variable: "BROKER_API_KEYS_FILE",
      problem: `is required for BROKER_RPC_ADDR, ${why}`,
      cure: "name a file of keys (`token-broker apikey new <id>` makes a line), or prove callers by BROKER_JWT_ISSUERS_FILE or BROKER_RPC_TLS_CLIENT_CA_FILE",
    },
  ]);
