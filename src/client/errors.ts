import { type Client, Code, ConnectError } from "@connectrpc/connect";
import { ErrorInfoSchema, RetryInfoSchema } from "../../gen/ts-client/google/rpc/error_details_pb.ts";
import type { Status } from "../../gen/ts-client/google/rpc/status_pb.ts";
import type { TokenBrokerService } from "../../gen/ts-client/tokenbroker/v1/token_broker_service_pb.ts";
import { type Connection, grantFields } from "./connection.ts";

export type BrokerClient = Client<typeof TokenBrokerService>;

export interface ErrorFacts {
  /** As Connect spells it: `unavailable`, `failed_precondition`, … */
  readonly code: string;
  /** `ErrorInfo.reason`, such as `REAUTHORIZATION_REQUIRED`; "" = it did not come from the broker. Take an unknown one by its code. */
  readonly reason: string;
  readonly metadata: Readonly<Record<string, string>>;
  /** When trying again may help; undefined = nobody said. */
  readonly retryAfterMs: number | undefined;
  /** Whose token it was about. */
  readonly connection: Connection | undefined;
}

/** A call to the broker that failed. The message is safe to show; no token, key or secret stands in it. */
export class TokenBrokerError extends Error implements ErrorFacts {
  readonly code: string;
  readonly reason: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly retryAfterMs: number | undefined;
  readonly connection: Connection | undefined;

  constructor(message: string, facts: ErrorFacts, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "TokenBrokerError";
    this.code = facts.code;
    this.reason = facts.reason;
    this.metadata = facts.metadata;
    this.retryAfterMs = facts.retryAfterMs;
    this.connection = facts.connection;
  }
}

export interface ReconnectOptions {
  /** Where the browser goes afterwards; the broker must allow it. Default: the broker's. */
  readonly redirectUri?: string | undefined;
  /** Default: the provider's; for missing scopes, those that are missing beside those that were granted. */
  readonly scopes?: readonly string[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Where a person authorizes. */
export interface ReconnectLink {
  readonly authorizeUrl: string;
  readonly expiresAt: Date | undefined;
  /** For GetAuthorization, which tells how it ended. */
  readonly authorizationId: string;
}

/** Begins an authorization of the connection that an error is about. */
export type Reconnect = (
  options: ReconnectOptions & { readonly missing: readonly string[] },
) => Promise<ReconnectLink>;

/** A person must authorize: for the first time, again, or for more scopes. */
export class AuthorizationRequiredError extends TokenBrokerError {
  /** Scopes that were required and not granted. */
  readonly missingScopes: readonly string[];
  readonly #reconnect: Reconnect;

  constructor(message: string, facts: ErrorFacts, reconnect: Reconnect, cause?: unknown) {
    super(message, facts, cause);
    this.name = "AuthorizationRequiredError";
    this.missingScopes = (facts.metadata["missing_scopes"] ?? "").split(" ").filter((scope) => scope !== "");
    this.#reconnect = reconnect;
  }

  /** Asks the broker for the link at which a person mends this. Each call begins an authorization of its own. */
  reconnectLink(options: ReconnectOptions = {}): Promise<ReconnectLink> {
    return this.#reconnect({ ...options, missing: this.missingScopes });
  }
}

/** Nobody says where the token may be sent: neither the broker nor the caller. */
export class OriginUnknownError extends Error {
  constructor() {
    super(
      "the broker does not know which origins this token may be sent to: name them in `allowedOrigins` of withToken",
    );
    this.name = "OriginUnknownError";
  }
}

const NEEDS_PERSON: ReadonlySet<string> = new Set([
  "CONNECTION_NOT_FOUND",
  "REAUTHORIZATION_REQUIRED",
  "EXPIRED_NOT_REFRESHABLE",
  "MISSING_SCOPES",
]);

/** Whatever a call threw, as an error of this client. */
export const toTokenBrokerError = (
  thrown: unknown,
  connection: Connection | undefined,
  reconnect: Reconnect | undefined,
): TokenBrokerError => {
  if (thrown instanceof TokenBrokerError) return thrown;
  const error = ConnectError.from(thrown);
  const [info] = error.findDetails(ErrorInfoSchema);
  const facts: ErrorFacts = {
    code: codeName(error.code),
    reason: info?.reason ?? "",
    metadata: info?.metadata ?? {},
    retryAfterMs: retryAfterMs(error),
    connection,
  };
  return reconnect !== undefined && NEEDS_PERSON.has(facts.reason)
    ? new AuthorizationRequiredError(error.rawMessage, facts, reconnect, error)
    : new TokenBrokerError(error.rawMessage, facts, error);
};

/** The error of one item of an answer. */
export const fromStatus = ({ code, message, details }: Status): ConnectError => {
  const error = new ConnectError(message, code in Code ? code : Code.Unknown);
  error.details = details.map(({ typeUrl, value }) => ({
    type: typeUrl.slice(typeUrl.lastIndexOf("/") + 1),
    value,
  }));
  return error;
};

/** `FailedPrecondition` → `failed_precondition` */
const codeName = (code: Code): string =>
  (Code[code] ?? "Unknown").replaceAll(/(?<!^)[A-Z]/g, (letter) => `_${letter}`).toLowerCase();

const retryAfterMs = (error: ConnectError): number | undefined => {
  const [{ retryDelay } = {}] = error.findDetails(RetryInfoSchema);
  return retryDelay && Number(retryDelay.seconds) * 1000 + Math.ceil(retryDelay.nanos / 1_000_000);
};

export const reconnectOf =
  (client: BrokerClient, connection: Connection): Reconnect =>
  async ({ redirectUri = "", scopes, missing, signal }) => {
    const answer = await client
      .startAuthorization(
        {
          ...grantFields(connection),
          redirectUri,
          scopes: [...(scopes ?? missing)],
          keepGrantedScopes: missing.length > 0,
        },
        signal && { signal },
      )
      .catch((thrown: unknown) => {
        signal?.throwIfAborted();
        throw toTokenBrokerError(thrown, connection, undefined);
      });
    const { authorizeUrl, expiresAt, authorizationId } = answer;
    return {
      authorizeUrl,
      authorizationId,
      expiresAt: expiresAt && new Date(Number(expiresAt.seconds) * 1000),
    };
  };
