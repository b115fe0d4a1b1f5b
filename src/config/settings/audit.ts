import { auditFailures, auditSinks } from "../audit-settings.ts";
import { integer, path } from "../value-types.ts";
import { plain } from "./setting.ts";

export const auditSettings = {
  auditSinks: plain({
    name: "BROKER_AUDIT",
    group: "Audit",
    type: auditSinks,
    default: ["json"],
    defaultText: "`json`",
    doc: 'Where the record of every call goes before it is answered: `json` (a line, marked `"audit":true`), `table` (rows of `audit_events`, which ListAuditEvents reads), `json,table`, or `none`.',
  }),
  auditFile: plain({
    name: "BROKER_AUDIT_FILE",
    group: "Audit",
    type: path,
    default: undefined,
    defaultText: "unset: standard output",
    doc: "A file that audit lines are appended to, created with mode 0600. One that was moved away is made again within a second.",
  }),
  auditOnFailure: plain({
    name: "BROKER_AUDIT_ON_FAILURE",
    group: "Audit",
    type: auditFailures,
    default: ["table"],
    defaultText: "`json:serve,table:refuse`",
    doc: "What becomes of a call whose record a sink does not take: `refuse` answers `STORE_UNAVAILABLE`, `serve` counts it in `tokenbroker_audit_failures_total` and goes on. A sink that is not named keeps its default.",
  }),
  auditRetentionDays: plain({
    name: "BROKER_AUDIT_RETENTION_DAYS",
    group: "Audit",
    type: integer(0, 3650),
    default: 90,
    doc: "How long rows of `audit_events` are kept; 0 = for ever.",
  }),
} as const;
