/** Names a person's grant. Nothing crosses a namespace. Either `provider` or `mcpServerUrl` is empty. */
export interface Grant {
  readonly namespace: string;
  /** A UUID, lower case. */
  readonly connectionId: string;
  readonly userId: string;
  readonly provider: string;
  readonly mcpServerUrl: string;
}

/** Names one token row of a grant: `tokenName` is empty for the main one. */
export interface GrantKey extends Grant {
  readonly tokenName: string;
}

/**
 * What must not change under a stored secret. Their digest is part of every ciphertext of the row, so a row whose pins were edited by SQL
 * does not open.
 */
export interface Pins {
  /** "environment:github", "code:my-service", "rpc:<uuid>". */
  readonly registrationId: string;
  readonly clientId: string;
  readonly tokenUrl: string;
  /** Empty = the vendor has none. */
  readonly revokeUrl: string;
  readonly issuer: string;
  /** RFC 8707; empty outside MCP. */
  readonly resource: string;
  readonly providerConfig: Readonly<Record<string, string>>;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** What is no UUID names no row: reads answer so without asking the database, which would refuse the text. */
export const isUuid = (text: string): boolean => UUID.test(text);
