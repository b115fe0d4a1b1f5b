/** One provider, configured as a test says, and the report about it. No database: the registration is of the environment's kind. */
import { defineRegistration, type Registration, type RegistrationInput } from "../../src/config/index.ts";
import { callbackUrl, loginCallbackUrl } from "../../src/config/index.ts";
import { createEgress, type EgressOptions } from "../../src/oauth/index.ts";
import { createRegistrations } from "../../src/registrations/index.ts";
import { silentLogger } from "../../src/telemetry/index.ts";
import { systemClock } from "../../src/time.ts";
import {
  type CheckName,
  createVerification,
  type ProviderReport,
  type Verification,
} from "../../src/verification/index.ts";
import { canary, recordOutput } from "../support/canaries.ts";

export interface FixtureOptions {
  readonly input: Partial<RegistrationInput>;
  readonly egress?: Partial<EgressOptions>;
  /** Default 8 s. */
  readonly reportMs?: number;
  /** Default "code": hosts that the operator answers for. */
  readonly source?: "code" | "rpc";
}

export const CALLBACK = "https://broker.example/connect/callback/acme";

const NO_ROWS = { find: () => Promise.resolve(undefined) };

export const verificationOf = ({
  input,
  egress = {},
  source = "code",
  reportMs = 8000,
}: FixtureOptions): Verification => {
  const registration: Registration = {
    ...defineRegistration(
      { name: "acme", clientId: "client", clientSecret: "secret", ...input },
      { source: "code", namespace: "", id: "code:acme", insecureLoopback: "all" },
    ),
    source,
  };
  const registrations = createRegistrations({
    registrations: [registration],
    skipped: [],
    providers: NO_ROWS as never,
    tokens: undefined as never,
    insecureLoopback: "all",
    logger: silentLogger,
    callbackUrl: (target) => callbackUrl("https://broker.example", target),
  });
  return createVerification({
    registrations,
    egress: createEgress({
      allow: [],
      insecureLoopback: "all",
      protectedPorts: [],
      timeoutMs: 4000,
      ...egress,
    }),
    loginCallbackUrl: (target) => loginCallbackUrl("https://broker.example", target),
    reportMs,
    clock: systemClock,
    logger: silentLogger,
  });
};

/** The report, which is searched for secrets at the end of the run. */
export const reportOf = async (
  options: FixtureOptions,
  providerConfig: Readonly<Record<string, string>> = {},
): Promise<ProviderReport> => {
  const report = await verificationOf(options).verify({ name: "acme", providerConfig });
  recordOutput("reports about providers", JSON.stringify(report));
  return report;
};

/** "failed: invalid_client" for each check. */
export const outcomes = ({ checks }: ProviderReport): Partial<Record<CheckName, string>> =>
  Object.fromEntries(
    checks.map(({ name, status, reason }) => [name, reason === "ok" ? status : `${status}: ${reason}`]),
  );

export const checkOf = (report: ProviderReport, name: CheckName) => {
  const found = report.checks.find((check) => check.name === name);
  if (!found) throw new Error(`the report has no check ${name}`);
  return found;
};

export const secretCanary = (): string => canary("client_secret");
