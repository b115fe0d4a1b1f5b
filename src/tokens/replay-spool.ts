import { BrokerError } from "../errors.ts";
import type { Spool, SpooledToken, Store } from "../store/index.ts";
import type { LogFields, Logger } from "../telemetry/index.ts";
import type { RefreshReports } from "./refresh-reports.ts";

export interface ReplayDeps {
  readonly store: Pick<Store, "tokens" | "revocations">;
  readonly reports: Pick<RefreshReports, "recorded">;
  readonly logger: Logger;
}

/**
 * Stores what an earlier process left in the spool, each token where its row still is as the refresh found it. Resolves to how many were stored.
 *
 * @throws BrokerError STORE_UNAVAILABLE: what is left stays in the spool.
 */
export const replaySpool = async (deps: ReplayDeps, spool: Spool): Promise<number> => {
  let stored = 0;
  for (const token of await spool.read()) {
    const ending = await replayGuarded(deps, token);
    deps.logger[ending.isKept ? "error" : "info"](ending.event, nameOf(token));
    if (!ending.isKept) await spool.remove(token);
    if (ending.isStored) stored += 1;
  }
  return stored;
};

interface Ending {
  readonly event: string;
  readonly isStored?: boolean;
  /** The file stays, for a person to look at. */
  readonly isKept?: boolean;
}

/** One row that was edited into something unreadable does not keep the others from being stored. */
const replayGuarded = async (deps: ReplayDeps, token: SpooledToken): Promise<Ending> => {
  try {
    return await replay(deps, token);
  } catch (error) {
    if (!(error instanceof BrokerError) || error.code === "STORE_UNAVAILABLE") throw error;
    return { event: "spooled token cannot be stored and stays where it is", isKept: true };
  }
};

const replay = async (deps: ReplayDeps, token: SpooledToken): Promise<Ending> => {
  const row = await deps.store.tokens.find(token.key);
  if (row === undefined) return await withoutRow(deps, token);
  if (row.id !== token.id) return REPLACED;
  if (row.version === token.nextVersion) return { event: "spooled token had been stored" };
  if (row.version !== token.version) return REPLACED;
  const receivedAgoMs = row.now.getTime() - token.receivedAt.getTime();
  const update = { ...token.update, receivedAgoMs };
  const saved = await deps.store.tokens.saveRefreshed({ ...row, nextVersion: token.nextVersion }, update);
  // It moved between the two statements, and the second look says whereto.
  if (saved === undefined) return await replay(deps, token);
  deps.reports.recorded(saved);
  return { event: "spooled token stored", isStored: true };
};

const REPLACED: Ending = { event: "spooled token not needed any more: the connection has a newer one" };

/**
 * Of a grant that was revoked, the vendor must hear of these tokens too. A row that was never here says that the spool belongs to another database,
 * where the grant may live: telling the vendor would end it.
 */
const withoutRow = async (
  { store }: ReplayDeps,
  { key, id, nextVersion, update }: SpooledToken,
): Promise<Ending> => {
  const revoked = await store.tokens.findRevoked(key, id);
  if (revoked === undefined)
    return {
      event: "spooled token belongs to no connection of this database and stays where it is",
      isKept: true,
    };
  const { accessToken, refreshToken, providerMetadata = {} } = update;
  const orphan = { accessToken, refreshToken, pins: revoked.pins, providerMetadata };
  await store.revocations.enqueue(key, orphan, nextVersion);
  return { event: "spooled token of a revoked connection handed to the provider's revocation" };
};

const nameOf = ({ key: { namespace, connectionId, provider }, nextVersion }: SpooledToken): LogFields => ({
  namespace,
  connection_id: connectionId,
  provider,
  version: String(nextVersion),
});
