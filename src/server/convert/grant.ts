/** Fields 1 to 5 of every message that names one grant. */
export interface GrantFields {
  readonly connectionId: string;
  readonly userId: string;
  readonly provider: string;
  readonly mcpServerUrl: string;
  readonly namespace: string;
}

/** Only the fields that name the grant, whatever else the message holds. */
export const toGrant = ({
  connectionId,
  userId,
  provider,
  mcpServerUrl,
  namespace,
}: GrantFields): GrantFields => ({
  connectionId,
  userId,
  provider,
  mcpServerUrl,
  namespace,
});
