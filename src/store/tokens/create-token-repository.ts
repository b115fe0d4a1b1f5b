import type { Sealer } from "../../crypto/index.ts";
import type { RowGuard } from "../database/row-guard.ts";
import type { Sql } from "../database/sql.ts";
import type { GrantKey } from "../grant.ts";
import { callUp, retryNow, spareRejected } from "./after-trouble.ts";
import { changesAfter, connectionsAfter } from "./changes.ts";
import { type Claimer, claimDueTokens, claimToken } from "./claim.ts";
import { expireForeignLeases, markRejected, putOff, recordFailure, releaseLease } from "./failures.ts";
import { findAccount, openAccount } from "./find-account.ts";
import { findRevokedToken, findToken, findTokenNames, findTokens } from "./find.ts";
import { countByRegistration, deleteRevoked, touchLastUsed } from "./housekeeping.ts";
import { countForSwitch, switchBatch } from "./kill-switch.ts";
import { listTokens } from "./list.ts";
import { putAuthorized } from "./put-authorized.ts";
import type { TokenRepository } from "./repository.ts";
import { revokeTokens } from "./revoke.ts";
import { saveRefreshed } from "./save-refreshed.ts";
import { openAccessToken, openRefreshToken } from "./seal-token.ts";
import { countStepUp, endStepUps } from "./step-ups.ts";
import type { NewToken, PutCondition, TokenRow } from "./token.ts";

export const createTokenRepository = (
  sql: Sql,
  sealer: Sealer,
  guard: RowGuard,
  claimer: Claimer,
): TokenRepository => {
  function put(key: GrantKey, token: NewToken, condition: PutCondition): Promise<TokenRow | undefined>;
  function put(key: GrantKey, token: NewToken): Promise<TokenRow>;
  function put(key: GrantKey, token: NewToken, condition?: PutCondition): Promise<TokenRow | undefined> {
    return putAuthorized(sql, sealer, key, token, condition);
  }
  return {
    find: (key) => findToken(sql, key),
    findMany: (keys) => findTokens(sql, keys),
    changesAfter: (revision, limit) => changesAfter(sql, revision, limit),
    connectionsAfter: (filter, revision, limit) => connectionsAfter(sql, guard, filter, revision, limit),
    names: (grant) => findTokenNames(sql, grant),
    findAccount: (grant) => findAccount(sql, grant),
    openAccount: (grant, account) => openAccount(sealer, grant, account),
    findRevoked: (key, id) => findRevokedToken(sql, key, id),
    openAccessToken: (row) => openAccessToken(sealer, row),
    openRefreshToken: (row) => openRefreshToken(sealer, row),
    putAuthorized: put,
    claim: (id, version, owner, leaseSeconds, reuseSeconds = 0) =>
      claimToken(sql, claimer, { id, version, owner, leaseSeconds, reuseSeconds }),
    claimDue: (due) => claimDueTokens(sql, guard, claimer, due),
    saveRefreshed: (claimed, update) => saveRefreshed(sql, sealer, claimed, update),
    recordFailure: (claimed, failure) => recordFailure(sql, claimed, failure),
    putOff: (claimed, delay) => putOff(sql, claimed, delay),
    spareRejected: (registrationId, spare) => spareRejected(sql, guard, registrationId, spare),
    retryNow: (registrationId, reasons, limit) => retryNow(sql, registrationId, reasons, limit),
    callUp: (call) => callUp(sql, call),
    releaseLease: (claimed) => releaseLease(sql, claimed),
    expireForeignLeases: (owner) => expireForeignLeases(sql, owner),
    markRejected: (id, version) => markRejected(sql, id, version),
    countStepUp: (grant, limit) => countStepUp(sql, grant, limit),
    endStepUps: (id) => endStepUps(sql, id),
    list: (filter, page) => listTokens(sql, guard, filter, page),
    revoke: (grant, queue) => revokeTokens(sql, guard, grant, queue),
    countForSwitch: (kind, filter) => countForSwitch(sql, kind, filter),
    switchBatch: (action, filter, page) => switchBatch(sql, action, filter, page),
    touchLastUsed: (uses) => touchLastUsed(sql, uses),
    countByRegistration: (registrationId, namespace) => countByRegistration(sql, registrationId, namespace),
    deleteRevoked: (keepSeconds, limit) => deleteRevoked(sql, keepSeconds, limit),
  };
};
