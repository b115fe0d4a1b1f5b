/**
 * The mock provider: real OAuth 2.0 authorization servers on 127.0.0.1, as hostile as a test wants them. It owns tokens, rules, scripts, its clock and
 * an append-only log of what clients did with their tokens, and the checker that reads that log. It knows nothing of the broker: it imports nothing of
 * `src/`, and any OAuth client can be tested with it.
 *
 * Laws: a vendor's own answers follow RFC 6749, 7009 and 7636 and its settings, and only a script says otherwise; what a request asks for is done once,
 * in one step, before its answer begins; every token or revocation request stands in the log once it has ended, whatever it was told; no token stands
 * in the log.
 */
export { type AdminClient, connectAdmin, type RemoteVendor } from "./admin/admin-client.ts";
export { brokerEnvironment } from "./broker-environment.ts";
export {
  checkLog,
  type CheckOptions,
  type DeadFamily,
  type GrantCounts,
  type LogReport,
  type Overlap,
  summarize,
} from "./log/check-log.ts";
export type { ProviderClock } from "./clock.ts";
export type { CodeRequest } from "./grants/codes.ts";
export {
  type ComparedToken,
  type Comparison,
  compareWithStore,
  type Standing,
  type StoredToken,
} from "./log/compare-with-store.ts";
export { consent } from "./consent.ts";
export type { Counters } from "./counters.ts";
export type { DelayBand } from "./endpoints/delays.ts";
export type { ErrorDialect } from "./endpoints/error-dialect.ts";
export { fingerprint } from "./log/fingerprint.ts";
export type { EndReason, GrantRules } from "./grants/grant.ts";
export type { Grants, GrantView, IssuedTokens, NewGrant, RefreshOutcome } from "./grants/grants.ts";
export type { ControlEntry, EndEntry, GrantEntry, LogEntry, RequestEntry, Verdict } from "./log/log-entry.ts";
export type { MockProvider, MockProviderOptions } from "./mock-provider.ts";
export { type GrantsRequest, type OpenedGrant, openGrants } from "./open-grants.ts";
export { type ProviderProcess, startProviderProcess } from "./process/provider-process.ts";
export type { RateLimit } from "./endpoints/rate-limit.ts";
export { parseLog, readLog } from "./log/read-log.ts";
export { monotonicUs, underWayAt } from "./log/under-way.ts";
export type { PresentedClient, ProviderEndpoint, ProviderRequest } from "./request.ts";
export { gzipBomb, json, oauthError, redirectTo, type ScriptedAnswer } from "./answers/scripted-answer.ts";
export type { Script, ScriptHandle } from "./answers/scripts.ts";
export { defaultSettings, STRICT, type VendorSettings } from "./settings.ts";
export { startMockProvider } from "./start-mock-provider.ts";
export type { Vendor } from "./vendor.ts";
