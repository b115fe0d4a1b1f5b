import type { AuditConfig, AuditSink } from "../config/index.ts";
import { BrokerError } from "../errors.ts";
import type { AuditEventRepository } from "../store/index.ts";
import { errorClass, type Logger, type Metrics } from "../telemetry/index.ts";
import { type Clock, SECOND, systemClock } from "../time.ts";
import { createGroupCommit } from "./group-commit.ts";
import { jsonLine } from "./json-line.ts";
import { appendToFile, type WriteLine, writeToStandardOutput } from "./line-writer.ts";
import { type AuditEventPage, listAuditEvents, type ListAuditEventsRequest } from "./list-audit-events.ts";
import { type AuditRecord, storable } from "./record.ts";

export interface Audit {
  /**
   * Resolves when every sink has the record, or may do without.
   *
   * @throws BrokerError STORE_UNAVAILABLE when a sink that must have it does not: what it tells of must not leave.
   */
  record(record: AuditRecord): Promise<void>;
  /** One page of the table. @throws BrokerError NOT_AVAILABLE without one; INVALID_REQUEST. */
  list(request: ListAuditEventsRequest): Promise<AuditEventPage>;
}

export interface AuditDeps {
  readonly config: AuditConfig;
  readonly events: Pick<AuditEventRepository, "append" | "list">;
  readonly logger: Logger;
  readonly metrics: Pick<Metrics, "auditFailures">;
  /** Where JSON lines go; default: `BROKER_AUDIT_FILE`, else standard output. */
  readonly writeLine?: WriteLine | undefined;
  readonly clock?: Clock;
}

type Sinks = readonly { readonly name: AuditSink; write(record: AuditRecord): Promise<void> | void }[];

export const createAudit = (deps: AuditDeps): Audit => {
  const sinks = sinksOf(deps);
  const reportFailure = createFailureReport(deps);
  const mayFail = ({ name }: Sinks[number]): boolean => !deps.config.refuseOnFailure.includes(name);

  /** Answers whether the record is there. */
  const written = async (sink: Sinks[number], record: AuditRecord): Promise<boolean> => {
    try {
      await sink.write(record);
      return true;
    } catch (error) {
      reportFailure(sink.name, error);
      return false;
    }
  };

  return {
    list: (request) => listAuditEvents(deps.events, deps.config.sinks.includes("table"), request),
    async record(given) {
      if (sinks.length === 0) return;
      const record = storable(given);
      // In order: a line is written at once, and says what was meant to happen even if the table does not take its row.
      for (const sink of sinks) {
        if (!(await written(sink, record)) && !mayFail(sink)) throw unrecorded(sink.name);
      }
    },
  };
};

const sinksOf = ({ config, events, writeLine }: AuditDeps): Sinks => {
  const write = writeLine ?? (config.file === undefined ? writeToStandardOutput : appendToFile(config.file));
  const commit = createGroupCommit((records: readonly AuditRecord[]) => events.append(records));
  const all: Sinks = [
    { name: "json", write: (record) => write(jsonLine(record, new Date())) },
    { name: "table", write: commit },
  ];
  return all.filter(({ name }) => config.sinks.includes(name));
};

const RETRY_AFTER_MS = 1 * SECOND;

const unrecorded = (sink: AuditSink): BrokerError =>
  new BrokerError(
    "STORE_UNAVAILABLE",
    "the broker cannot write its audit record, and answers nothing that is not recorded: retry",
    { metadata: { cause: `audit_${sink}` }, retryAfterMs: RETRY_AFTER_MS },
  );

const REPORT_EVERY_MS = 10 * SECOND;

/** Every failure is counted; the log has one line in ten seconds for each sink. */
const createFailureReport = ({ logger, metrics, clock = systemClock }: AuditDeps) => {
  const reportedAtMs = new Map<AuditSink, number>();
  return (sink: AuditSink, error: unknown): void => {
    metrics.auditFailures.inc({ sink });
    const nowMs = clock.monotonicMs();
    if (nowMs - (reportedAtMs.get(sink) ?? Number.NEGATIVE_INFINITY) < REPORT_EVERY_MS) return;
    reportedAtMs.set(sink, nowMs);
    const cause = error instanceof BrokerError ? error.cause : error;
    logger.error("audit record not written", { cause: sink, error_class: errorClass(cause ?? error) });
  };
};
