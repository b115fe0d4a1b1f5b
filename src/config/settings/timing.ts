import { integer } from "../value-types.ts";
import { plain, type PlainSetting } from "./setting.ts";

const seconds = (
  name: string,
  range: readonly [number, number],
  standard: number,
  doc: string,
): PlainSetting<number, number> => ({
  name,
  group: "Timing",
  type: integer(...range),
  default: standard,
  doc,
});

/** Every variable that is not a provider's, in the order of the reference. Parsing, warnings and documentation derive from here. */
export const timingSettings = {
  refreshAheadSeconds: seconds(
    "BROKER_REFRESH_AHEAD_SECONDS",
    [1, 86_400],
    300,
    "GetToken refreshes a token that ends within this time.",
  ),
  sweepIntervalSeconds: seconds(
    "BROKER_SWEEP_INTERVAL_SECONDS",
    [1, 86_400],
    300,
    "How often `connect:refresh_tokens` runs.",
  ),
  sweepHorizonSeconds: seconds(
    "BROKER_SWEEP_HORIZON_SECONDS",
    [1, 604_800],
    600,
    "The sweep refreshes what ends within this time. At least `BROKER_SWEEP_INTERVAL_SECONDS`.",
  ),
  cleanupIntervalSeconds: seconds(
    "BROKER_CLEANUP_INTERVAL_SECONDS",
    [1, 86_400],
    600,
    "How often `connect:cleanup_states` deletes expired authorizations.",
  ),
  refreshLeaseSeconds: seconds(
    "BROKER_REFRESH_LEASE_SECONDS",
    [2, 600],
    45,
    "How long one replica owns a token's refresh. Longer than `BROKER_PROVIDER_TIMEOUT_SECONDS`.",
  ),
  providerTimeoutSeconds: seconds(
    "BROKER_PROVIDER_TIMEOUT_SECONDS",
    [1, 120],
    15,
    "The longest a request to a provider may take, from connecting to the last byte.",
  ),
  rpcTimeoutSeconds: seconds(
    "BROKER_RPC_TIMEOUT_SECONDS",
    [1, 300],
    20,
    "The longest a unary RPC may take; a caller's longer deadline is accepted and bounded by this.",
  ),
  maxConnectionAgeSeconds: seconds(
    "BROKER_MAX_CONNECTION_AGE_SECONDS",
    [1, 86_400],
    3600,
    "After this time, give or take a tenth, a client of the RPC listener is asked to open a new connection: HTTP/2 by GOAWAY, HTTP/1.1 by `Connection: close`. Calls under way are answered; what still runs ten minutes later is cut off. Clients come to new replicas by it, and to new certificates.",
  ),
  drainSeconds: seconds(
    "BROKER_DRAIN_SECONDS",
    [0, 600],
    25,
    "How long a stopping process finishes what is in flight.",
  ),
  refreshIdleDays: plain({
    name: "BROKER_REFRESH_IDLE_DAYS",
    group: "Timing",
    type: integer(0, 3650),
    default: 0,
    doc: "The sweep leaves out grants that nobody has read for so many days; 0 refreshes all.",
  }),
} as const;
