import type { BrokerError } from "../errors.ts";
import type { Logger } from "../telemetry/index.ts";
import type { CallerMethod } from "./caller-method.ts";
import type { Bundles } from "./spiffe/bundles.ts";
import { createIdentifyChain } from "./spiffe/certificate-callers.ts";
import { SvidProblem } from "./spiffe/verify-svid.ts";

export interface CertificateCallersOptions {
  readonly logger: Logger;
  readonly nowMs: () => number;
  readonly refusal: () => BrokerError;
}

/** By the certificate of this very connection. A proxy's word about somebody else's (`x-forwarded-client-cert`) is never read. */
export const byCertificate = (
  bundles: Bundles,
  { logger, nowMs, refusal }: CertificateCallersOptions,
): CallerMethod => {
  const identify = createIdentifyChain(bundles);
  return (_, connection) => {
    const chain = connection.peerCertificates();
    if (chain.length === 0) return undefined;
    try {
      return { id: identify(chain, nowMs()), method: "mtls" };
    } catch (error) {
      if (!(error instanceof SvidProblem)) throw error;
      logger.debug("client certificate refused", { reason: error.message });
      throw refusal();
    }
  };
};
