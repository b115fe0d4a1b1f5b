import { pino, type DestinationStream } from "pino";
import { named } from "./provider-name.ts";

/**
 * The only names a log line may carry. A closed list is the guard: what is not on it does not compile, so a token, a code, a state
 * or a person's id cannot slip in under a new name. Values must be safe to show to an operator; `user_id` is deliberately absent.
 */
export type LogField =
  | "namespace"
  | "connection_id"
  | "provider"
  | "template"
  | "method"
  | "protocol"
  | "code"
  | "reason"
  | "outcome"
  | "status"
  | "http_status"
  | "provider_error"
  | "error_class"
  | "duration_ms"
  | "retry_after_ms"
  | "job"
  | "count"
  | "limit"
  | "attempt"
  | "version"
  | "caller"
  | "request_id"
  | "listener"
  | "address"
  | "path"
  | "variable"
  | "cause"
  | "mode"
  | "key_id"
  | "callback_url"
  | "login_callback_url"
  | "signal"
  | "migration"
  | "database"
  | "host"
  | "message";

export type LogFields = Readonly<Partial<Record<LogField, string | number | boolean | undefined>>>;

/** One structured line per event: `event` is a fixed phrase ("token refreshed"), everything that varies is a field. */
export interface Logger {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
}

export interface LoggerOptions {
  /** Default "info". */
  readonly level?: "debug" | "info" | "warn" | "error" | "silent";
  /** Default standard output. */
  readonly destination?: DestinationStream;
}

/** JSON lines: `{"level":"info","time":"2026-11-23T10:00:00.000Z","event":"token refreshed",…}`. */
export const createLogger = (options: LoggerOptions = {}): Logger => {
  const sink = pino(
    {
      level: options.level ?? "info",
      base: null,
      messageKey: "event",
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }), log: named },
    },
    options.destination ?? pino.destination({ dest: 1, sync: true }),
  );
  return {
    debug: (event, fields = {}) => sink.debug(fields, event),
    info: (event, fields = {}) => sink.info(fields, event),
    warn: (event, fields = {}) => sink.warn(fields, event),
    error: (event, fields = {}) => sink.error(fields, event),
  };
};

export const silentLogger: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/**
 * What a log may say about a foreign error: its class and, where the runtime sets one, its code ("ECONNREFUSED"). Never the message:
 * database drivers print bound parameters there, JSON.parse quotes the body, header errors quote the token.
 */
export const errorClass = (error: unknown): string => {
  if (!(error instanceof Error)) return typeof error;
  const code =
    "code" in error && typeof error.code === "string" && /^[A-Z0-9_]{1,40}$/.test(error.code)
      ? `:${error.code}`
      : "";
  return `${error.name}${code}`;
};
