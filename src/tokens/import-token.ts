import { BrokerError, invalidField } from "../errors.ts";
import type { McpServers } from "../mcp/index.ts";
import type { Egress } from "../oauth/index.ts";
import type { GrantSelector, Registrations } from "../registrations/index.ts";
import type { GrantKey, PutCondition, Store, TokenRow } from "../store/index.ts";
import type { Logger, Metrics } from "../telemetry/index.ts";
import type { Clock } from "../time.ts";
import { connectionView, type ConnectionView } from "./connection-view.ts";
import { importedToken, type ImportTarget, importTarget } from "./import-target.ts";
import { verifyImport } from "./verify-import.ts";

export interface ImportTokenRequest extends GrantSelector {
  readonly accessToken: string;
  readonly refreshToken?: string | undefined;
  /** Empty or absent = Bearer. */
  readonly tokenType?: string | undefined;
  readonly expiresAt?: Date | undefined;
  readonly refreshExpiresAt?: Date | undefined;
  readonly scopes?: readonly string[] | undefined;
  readonly providerMetadata?: Readonly<Record<string, string>> | undefined;
  readonly providerConfig?: Readonly<Record<string, string>> | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** 0 or absent = only if there is no live grant; else the version it must have. */
  readonly replaceVersion?: bigint | undefined;
  /** Refresh once before storing; a token that does not work is not stored. */
  readonly verify?: boolean | undefined;
}

export interface ImportDeps {
  readonly store: Pick<Store, "tokens">;
  readonly registrations: Registrations;
  readonly mcp: Pick<McpServers, "preRegistered">;
  readonly egress: Egress;
  readonly logger: Logger;
  readonly metrics: Pick<Metrics, "transitions">;
  readonly clock: Clock;
  readonly random: () => number;
  readonly providerTimeoutMs: number;
  readonly sweepHorizonMs: number;
}

/**
 * Stores tokens that were obtained elsewhere.
 *
 * @throws BrokerError INVALID_REQUEST; PROVIDER_NOT_FOUND; CONNECTION_ALREADY_EXISTS for a live grant; VERSION_MISMATCH when `replaceVersion` is not its
 *   version; and with `verify`, nothing being stored, REAUTHORIZATION_REQUIRED, PROVIDER_UNAVAILABLE or PROVIDER_MISCONFIGURED.
 */
export const importToken = async (deps: ImportDeps, request: ImportTokenRequest): Promise<ConnectionView> => {
  assertTokens(request);
  const target = await importTarget(deps, request);
  const condition = conditionOf(request);
  await assertHolds(deps, target.key, condition);
  const row = await putToken(deps, target, request, condition);
  if (row === undefined) throw conditionFailed(condition);
  deps.metrics.transitions.inc({ provider: row.provider, status: row.status });
  deps.logger.info("token imported", {
    namespace: row.namespace,
    connection_id: row.connectionId,
    provider: row.provider,
    version: String(row.version),
  });
  return connectionView(row);
};

const putToken = async (
  deps: ImportDeps,
  target: ImportTarget,
  request: ImportTokenRequest,
  condition: PutCondition,
): Promise<TokenRow | undefined> =>
  request.verify === true
    ? await verifyImport(deps, target, request, condition)
    : await deps.store.tokens.putAuthorized(target.key, importedToken(target, request), condition);

/** Visible ASCII and spaces, as RFC 6749 appendix A.12 and A.17 have it: a line break would end up in somebody's header. */
const TOKEN = /^(?=[\x20-\x7e]*[\x21-\x7e])[\x20-\x7e]{1,65536}$/;

const TOKEN_TYPE = /^[\x21-\x7e]{0,63}$/;
const BOUND = /^(dpop|mac|pop)$/i;

const assertTokens = ({
  accessToken,
  refreshToken: token = "",
  tokenType = "",
  verify,
}: ImportTokenRequest): void => {
  if (!TOKEN.test(accessToken))
    throw invalidField("access_token", "must be 1 to 65536 characters of visible ASCII");
  if (token !== "" && !TOKEN.test(token))
    throw invalidField("refresh_token", "must be at most 65536 characters of visible ASCII");
  if (!TOKEN_TYPE.test(tokenType))
    throw invalidField("token_type", "must be at most 63 characters of visible ASCII");
  if (BOUND.test(tokenType))
    throw invalidField("token_type", "a token that needs a proof of possession cannot be handed on");
  if (verify === true && token === "")
    throw invalidField("verify", "needs a refresh_token: verifying means refreshing once");
};

const conditionOf = ({ replaceVersion = 0n }: ImportTokenRequest): PutCondition =>
  replaceVersion === 0n ? { kind: "absent" } : { kind: "version", version: replaceVersion };

/** Looked at before anything is spent; the write itself checks again. */
const assertHolds = async ({ store }: ImportDeps, key: GrantKey, condition: PutCondition): Promise<void> => {
  const row: TokenRow | undefined = await store.tokens.find(key);
  const holds = condition.kind === "absent" ? row === undefined : row?.version === condition.version;
  if (!holds) throw conditionFailed(condition);
};

const conditionFailed = ({ kind }: PutCondition): BrokerError =>
  kind === "absent"
    ? new BrokerError(
        "CONNECTION_ALREADY_EXISTS",
        "this connection has a token: name its version in replace_version, or revoke it first",
      )
    : new BrokerError(
        "VERSION_MISMATCH",
        "replace_version is not the version of the stored token: read the connection again",
      );
