/** Every column that holds a sealed value; beside each stands `<column>_key_id`. A test compares the list with the migrated schema. */
export const SEALED_COLUMNS: readonly (readonly [table: string, column: string])[] = [
  ["connection_tokens", "access_token"],
  ["connection_tokens", "refresh_token"],
  ["connection_tokens", "raw_token"],
  ["connection_tokens", "account_subject"],
  ["oauth_states", "code_verifier"],
  ["oauth_states", "code"],
  ["providers", "definition"],
  ["oauth_clients", "client_secret"],
  ["oauth_clients", "registration_access_token"],
  ["revocation_outbox", "access_token"],
  ["revocation_outbox", "refresh_token"],
];
