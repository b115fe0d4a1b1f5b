/**
 * The mock provider: real OAuth 2.0 authorization servers on 127.0.0.1, as hostile as a test wants them. It owns tokens, rules, scripts, its clock and
 * an append-only log of what clients did with their tokens, and the checker that reads that log. It knows nothing of the broker: it imports nothing of
 * `src/`, and any OAuth client can be tested with it.
 *
 * Laws: a vendor's own answers follow RFC 6749, 7009 and 7636 and its settings, and only a script says otherwise; what a request asks for is done once,
 * in one step, before its answer begins; every token or revocation request stands in the log once it has ended, whatever it was told; no token stands
 * in the log.
 */
export { type AdminClient, connectAdmin, type RemoteVendor } from "./admin-client.ts";
export { brokerEnvironment } from "./broker-environment.ts";
export {
  checkLog,
  type CheckOptions,
  type DeadFamily,
  type GrantCounts,
  type LogReport,
  type Overlap,
  summarize,
} from "./check-log.ts";
export type { ProviderClock } from "./clock.ts";
export type { CodeRequest } from "./codes.ts";
export {
  type ComparedToken,
  type Comparison,
  compareWithStore,
  type Standing,
  type StoredToken,
} from "./compare-with-store.ts";
export { consent } from "./consent.ts";
export type { Counters } from "./counters.ts";
export type { DelayBand } from "./delays.ts";
export type { ErrorDialect } from "./error-dialect.ts";
export { fingerprint } from "./fingerprint.ts";
export type { EndReason, GrantRules } from "./grant.ts";
export type { Grants, GrantView, IssuedTokens, NewGrant, RefreshOutcome } from "./grants.ts";
export type { ControlEntry, EndEntry, GrantEntry, LogEntry, RequestEntry, Verdict } from "./log-entry.ts";
export type { MockProvider, MockProviderOptions } from "./mock-provider.ts";
export { type GrantsRequest, type OpenedGrant, openGrants } from "./open-grants.ts";
export { type ProviderProcess, startProviderProcess } from "./provider-process.ts";
export type { RateLimit } from "./rate-limit.ts";
export { parseLog, readLog } from "./read-log.ts";
export type { PresentedClient, ProviderEndpoint, ProviderRequest } from "./request.ts";
export { gzipBomb, json, oauthError, redirectTo, type ScriptedAnswer } from "./scripted-answer.ts";
export type { Script, ScriptHandle } from "./scripts.ts";
export { defaultSettings, STRICT, type VendorSettings } from "./settings.ts";
export { startMockProvider } from "./start-mock-provider.ts";
export type { Vendor } from "./vendor.ts";
