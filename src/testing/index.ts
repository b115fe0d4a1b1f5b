/**
 * The test kit: a broker, a mock provider and an API that takes its tokens, for the tests of services that consume tokens. Owns the mock provider, what
 * can be done to a running broker from outside (restart, cut, count, fail), and the control API that does it for other languages. Knows no client.
 *
 * Laws: everything listens on loopback and is in memory; what happens to a connection happens by the broker's own doing, so that its watchers learn of
 * it as they would in production; nothing here is loaded by a broker that serves.
 */
export type { Restart, TlsAccess } from "./broker-under-test.ts";
export {
  createAuthority,
  type Authority,
  type Identity,
  type LeafNames,
} from "./certificates/certificate.ts";
export {
  type Connections,
  type ConnectionSeed,
  type SeededConnection,
  UnknownConnectionError,
} from "./connections.ts";
export { describeKit, type KitDescription } from "./control/describe-kit.ts";
export { readKitSeed } from "./kit-seed.ts";
export {
  type AdminClient,
  brokerEnvironment,
  checkLog,
  compareWithStore,
  connectAdmin,
  consent,
  fingerprint,
  json,
  type LogEntry,
  type LogReport,
  type MockProvider,
  type MockProviderOptions,
  monotonicUs,
  oauthError,
  type OpenedGrant,
  openGrants,
  parseLog,
  type ProviderProcess,
  readLog,
  type Script,
  type ScriptedAnswer,
  startMockProvider,
  startProviderProcess,
  STRICT,
  summarize,
  underWayAt,
  type Vendor,
  type VendorSettings,
} from "./mock-provider/index.ts";
export type { Resource, ResourceAnswer, ResourceRequest } from "./resource.ts";
export {
  type Counts,
  type KitProvider,
  startTestKit,
  type TestKit,
  type TestKitOptions,
} from "./test-kit.ts";
