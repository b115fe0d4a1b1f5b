import { randomUUID } from "node:crypto";
import type { Sealer } from "../../crypto/index.ts";
import { BrokerError } from "../../errors.ts";
import { execute, type Sql, type SqlResult } from "../database/sql.ts";
import { asJson } from "../database/values.ts";
import { isUuid } from "../grant.ts";
import { readAuthorizationRow } from "./authorization-row.ts";
import type { AuthorizationRow, NewAuthorization } from "./authorization.ts";
import type { AuthorizationRepository } from "./repository.ts";
import { flowContext } from "./seal-flow.ts";
import {
  CLAIM_PARKED,
  CONSUME,
  DELETE_EXPIRED,
  FIND_BY_TICKET,
  GET,
  INSERT,
  PARK,
  RECORD_OUTCOME,
} from "./statements.ts";

export const createAuthorizationRepository = (sql: Sql, sealer: Sealer): AuthorizationRepository => ({
  insert: (flow) => insert(sql, sealer, flow),
  openCodeVerifier: (row) => openCodeVerifier(sealer, row),
  openParkedCode: (row) => openParkedCode(sealer, row),

  async consumeByState(stateHash) {
    return firstRow(await execute(sql, CONSUME, { state_hash: stateHash }));
  },

  async park(row, { code, ticketHash, forSeconds }) {
    const sealed = sealer.seal(code, flowContext(row.id, row, "code"));
    const { count } = await execute(sql, PARK, {
      id: row.id,
      code: sealed.ciphertext,
      code_key_id: sealed.keyId,
      ticket_hash: ticketHash,
      for_seconds: forSeconds,
    });
    return count > 0;
  },

  async findByTicket(ticketHash) {
    return firstRow(await execute(sql, FIND_BY_TICKET, { ticket_hash: ticketHash }));
  },

  async claimParked(id) {
    return firstRow(await execute(sql, CLAIM_PARKED, { id }));
  },

  async recordOutcome(id, outcome) {
    const reason = outcome.kind === "failed" ? outcome.reason : "";
    const { count } = await execute(sql, RECORD_OUTCOME, { id, outcome: outcome.kind, reason });
    return count > 0;
  },

  async get(namespace, id) {
    if (!isUuid(id)) return undefined;
    return firstRow(await execute(sql, GET, { namespace, id }));
  },

  async deleteExpired(keepSeconds, limit) {
    return (await execute(sql, DELETE_EXPIRED, { keep_seconds: keepSeconds, limit })).count;
  },
});

const firstRow = ({ rows }: SqlResult): AuthorizationRow | undefined =>
  rows[0] && readAuthorizationRow(rows[0]);

/** A flow without PKCE seals an empty verifier: the seal is also what proves the row's pins. */
const insert = async (sql: Sql, sealer: Sealer, flow: NewAuthorization): Promise<AuthorizationRow> => {
  const id = randomUUID();
  const verifier = sealer.seal(flow.codeVerifier ?? "", flowContext(id, flow, "code_verifier"));
  const inserted = await execute(sql, INSERT, {
    id,
    namespace: flow.namespace,
    purpose: flow.purpose,
    state_hash: flow.stateHash,
    code_verifier: verifier.ciphertext,
    code_verifier_key_id: verifier.keyId,
    connection_id: flow.connectionId,
    user_id: flow.userId,
    provider: flow.provider,
    mcp_server_url: flow.mcpServerUrl,
    caller_id: flow.callerId,
    registration_id: flow.registrationId,
    client_id: flow.clientId,
    endpoints: asJson(flow.endpoints),
    issuer: flow.issuer,
    resource: flow.resource,
    callback_url: flow.callbackUrl,
    redirect_uri: flow.redirectUri,
    scopes: flow.scopes,
    provider_config: asJson(flow.providerConfig),
    completion: flow.completion,
    allow_account_change: flow.allowAccountChange,
    pin_account: flow.pinAccount,
    labels: flow.labels && asJson(flow.labels),
    ttl_seconds: flow.ttlSeconds,
  });
  const row = firstRow(inserted);
  if (!row) throw new BrokerError("INTERNAL", "the started authorization was not stored");
  return row;
};

const openCodeVerifier = (sealer: Sealer, row: AuthorizationRow): string | undefined => {
  if (!row.sealed.codeVerifier)
    throw new BrokerError("INTERNAL", "the authorization has ended: its verifier is erased");
  return sealer.open(row.sealed.codeVerifier, flowContext(row.id, row, "code_verifier")) || undefined;
};

const openParkedCode = (sealer: Sealer, row: AuthorizationRow): string => {
  if (!row.sealed.code) throw new BrokerError("INTERNAL", "no code is parked for the authorization");
  return sealer.open(row.sealed.code, flowContext(row.id, row, "code"));
};
