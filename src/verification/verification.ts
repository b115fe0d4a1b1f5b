import type { Egress } from "../oauth/index.ts";
import { namespaceOf, type Registrations } from "../registrations/index.ts";
import type { Logger } from "../telemetry/index.ts";
import type { Clock } from "../time.ts";
import { checkAuthorization, checkLoginRedirectUri } from "./check-authorization.ts";
import { checkClient } from "./check-client.ts";
import { checkMoreEndpoints } from "./check-endpoint.ts";
import { checkFacts } from "./check-facts.ts";
import { checkMetadata } from "./check-metadata.ts";
import { checkNames, type ProviderCheck } from "./check.ts";
import type { Subject } from "./subject.ts";

export interface VerifyRequest {
  readonly namespace?: string | undefined;
  readonly name: string;
  /** Values of the declared variables, as a connection would give them. */
  readonly providerConfig?: Readonly<Record<string, string>> | undefined;
}

export interface ProviderReport {
  readonly name: string;
  /** The redirect URI to register at the vendor. */
  readonly callbackUrl: string;
  /** The other one, where the provider is offered for user login; else empty. */
  readonly loginCallbackUrl: string;
  /** No check failed. */
  readonly ok: boolean;
  readonly checks: readonly ProviderCheck[];
}

export interface VerificationDeps {
  readonly registrations: Pick<
    Registrations,
    "resolve" | "checkProviderConfig" | "endpointsFor" | "callbackUrl" | "trustOf"
  >;
  loginCallbackUrl(target: { readonly namespace: string; readonly provider: string }): string;
  readonly egress: Egress;
  /** For the whole report, well within what its caller may wait. 15 s is a sensible value. */
  readonly reportMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface Verification {
  /**
   * Asks the provider's servers everything that they tell without a person. Those who ask for the same at the same time share one report.
   *
   * @throws BrokerError PROVIDER_NOT_FOUND, `metadata.missing` naming what would activate it; INVALID_REQUEST naming `provider_config.<name>`;
   *   PROVIDER_MISCONFIGURED. What the network does is never an error.
   */
  verify(request: VerifyRequest): Promise<ProviderReport>;
}

/** Requests that follow each other for one check. */
const REQUESTS_IN_A_ROW = 2;

export const createVerification = (deps: VerificationDeps): Verification => {
  const underWay = new Map<string, Promise<ProviderReport>>();
  return {
    async verify(request) {
      const subject = await subjectOf(deps, request);
      const key = JSON.stringify([
        subject.registration.id,
        subject.callbackUrl,
        Object.entries(subject.endpoints),
      ]);
      const running = underWay.get(key) ?? examine(deps, subject).finally(() => underWay.delete(key));
      underWay.set(key, running);
      return await running;
    },
  };
};

const subjectOf = async (deps: VerificationDeps, request: VerifyRequest): Promise<Subject> => {
  const { registrations, egress, clock, reportMs } = deps;
  const namespace = namespaceOf(request.namespace);
  const registration = await registrations.resolve(namespace, request.name);
  const providerConfig = registrations.checkProviderConfig(registration, request.providerConfig ?? {});
  const target = { namespace, provider: registration.name };
  const endMs = clock.monotonicMs() + reportMs;
  return {
    registration,
    endpoints: registrations.endpointsFor(registration, providerConfig),
    callbackUrl: registrations.callbackUrl(target),
    loginCallbackUrl: registration.loginEnabled ? deps.loginCallbackUrl(target) : "",
    trust: registrations.trustOf(registration, providerConfig),
    egress,
    timeoutMs: () => Math.max(1, Math.min(reportMs / REQUESTS_IN_A_ROW, endMs - clock.monotonicMs())),
  };
};

const examine = async ({ logger }: VerificationDeps, subject: Subject): Promise<ProviderReport> => {
  const { registration, callbackUrl, loginCallbackUrl } = subject;
  const metadata = checkMetadata(subject);
  const speaksOpenId = metadata.then(
    (found) => found.speaksOpenId,
    () => false,
  );
  const [authorization, login, client, more, { checks }] = await Promise.all([
    checkAuthorization(subject, speaksOpenId),
    checkLoginRedirectUri(subject, speaksOpenId),
    checkClient(subject),
    checkMoreEndpoints(subject),
    metadata,
  ]);
  const all = [
    ...checkFacts(registration),
    ...authorization,
    ...login,
    ...client,
    ...more,
    ...checks,
  ].toSorted(byName);
  const ok = all.every(({ status }) => status !== "failed");
  const { name, namespace, template } = registration;
  logger.info("provider verified", { provider: name, namespace, template, outcome: ok ? "ok" : "failed" });
  return { name, callbackUrl, loginCallbackUrl, ok, checks: all };
};

const byName = (a: ProviderCheck, b: ProviderCheck): number =>
  checkNames.indexOf(a.name) - checkNames.indexOf(b.name);
