import {
  readDate,
  readDateOrNull,
  readFlag,
  readText,
  readTextMap,
  readTexts,
  unreadable,
} from "../database/read-row.ts";
import type { SqlRow } from "../database/sql.ts";
import { readSealed } from "../tokens/token-row.ts";
import type {
  AuthorizationOutcome,
  AuthorizationPurpose,
  AuthorizationRow,
  CompletionMode,
} from "./authorization.ts";

export const AUTHORIZATION_COLUMNS = `id, namespace, purpose, code_verifier, code_verifier_key_id, code, code_key_id, connection_id,
  user_id, provider, mcp_server_url, caller_id, registration_id, client_id, endpoints, issuer, resource, callback_url, redirect_uri,
  scopes, provider_config, completion, allow_account_change, pin_account, labels, created_at, expires_at, consumed_at, parked_until,
  redeeming_at, completed_at, outcome, reason, broker_now() as now`;

export const readAuthorizationRow = (row: SqlRow): AuthorizationRow => ({
  id: readText(row, "id"),
  purpose: readPurpose(row),
  namespace: readText(row, "namespace"),
  connectionId: readText(row, "connection_id"),
  userId: readText(row, "user_id"),
  provider: readText(row, "provider"),
  mcpServerUrl: readText(row, "mcp_server_url"),
  callerId: readText(row, "caller_id"),
  registrationId: readText(row, "registration_id"),
  clientId: readText(row, "client_id"),
  endpoints: readTextMap(row, "endpoints"),
  issuer: readText(row, "issuer"),
  resource: readText(row, "resource"),
  callbackUrl: readText(row, "callback_url"),
  redirectUri: readText(row, "redirect_uri"),
  scopes: readTexts(row, "scopes"),
  providerConfig: readTextMap(row, "provider_config"),
  completion: readCompletion(row),
  allowAccountChange: readFlag(row, "allow_account_change"),
  pinAccount: readFlag(row, "pin_account"),
  labels: row["labels"] === null ? null : readTextMap(row, "labels"),
  createdAt: readDate(row, "created_at"),
  expiresAt: readDate(row, "expires_at"),
  consumedAt: readDateOrNull(row, "consumed_at"),
  parkedUntil: readDateOrNull(row, "parked_until"),
  redeemingAt: readDateOrNull(row, "redeeming_at"),
  completedAt: readDateOrNull(row, "completed_at"),
  outcome: readOutcome(row),
  now: readDate(row, "now"),
  sealed: {
    codeVerifier: row["code_verifier"] === null ? undefined : readSealed(row, "code_verifier"),
    code: row["code"] === null ? undefined : readSealed(row, "code"),
  },
});

const readPurpose = (row: SqlRow): AuthorizationPurpose => {
  const purpose = row["purpose"];
  return purpose === "connect" || purpose === "login" ? purpose : unreadable("purpose");
};

const readCompletion = (row: SqlRow): CompletionMode => {
  const completion = row["completion"];
  return completion === "automatic" || completion === "required" ? completion : unreadable("completion");
};

const readOutcome = (row: SqlRow): AuthorizationOutcome | null => {
  const outcome = row["outcome"];
  if (outcome === null) return null;
  if (outcome === "succeeded") return { kind: outcome };
  return outcome === "failed" ? { kind: outcome, reason: readText(row, "reason") } : unreadable("outcome");
};
