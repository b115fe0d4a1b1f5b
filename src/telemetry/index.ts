/**
 * What the process says about itself: log lines and counters.
 *
 * Owns the closed list of log fields and the names of all metrics. Does not own the listener that serves them (`server/`).
 * Law: no secret, code, state, token or person's id is ever a field or a label.
 */
export {
  createLogger,
  errorClass,
  silentLogger,
  type LogField,
  type LogFields,
  type Logger,
  type LoggerOptions,
  LOG_FIELDS,
} from "./log.ts";
export { stackFrames } from "./stack-frames.ts";
export { createMetrics, type Metrics, type MetricsOptions, type PoolUse } from "./metrics.ts";
