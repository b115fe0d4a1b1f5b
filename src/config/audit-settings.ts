import type { AuditSink } from "./config.ts";
import { splitList, type ValueType } from "./value-types.ts";

const SINKS: readonly AuditSink[] = ["json", "table"];

const sinkOf = (text: string): AuditSink | undefined => SINKS.find((sink) => sink === text);

export const auditSinks: ValueType<readonly AuditSink[]> = {
  expects: "json, table, json,table or none",
  parse(text) {
    const items = splitList(text);
    if (items.length === 1 && items[0] === "none") return [];
    const known = items.map(sinkOf).filter((sink) => sink !== undefined);
    return items.length > 0 && known.length === items.length ? [...new Set(known)] : undefined;
  },
};

/** The sinks whose failure refuses a call. */
export const auditFailures: ValueType<readonly AuditSink[]> = {
  expects: "json:refuse, json:serve, table:refuse or table:serve, or one of each with a comma between them",
  parse(text) {
    const choices = new Map<AuditSink, string>([
      ["json", "serve"],
      ["table", "refuse"],
    ]);
    for (const item of splitList(text)) {
      const [name = "", choice = "", ...rest] = item.split(":");
      const sink = sinkOf(name);
      if (sink === undefined || !/^(?:refuse|serve)$/.test(choice) || rest.length > 0) return undefined;
      choices.set(sink, choice);
    }
    return SINKS.filter((sink) => choices.get(sink) === "refuse");
  },
};
