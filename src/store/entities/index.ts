import { AuditEventSchema } from "./audit-event.ts";
import { BrokerInstanceSchema } from "./broker-instance.ts";
import { ConnectionTokenSchema } from "./connection-token.ts";
import { EncryptionKeySchema } from "./encryption-key.ts";
import { OAuthClientSchema } from "./oauth-client.ts";
import { OAuthStateSchema } from "./oauth-state.ts";
import { ProviderHealthSchema } from "./provider-health.ts";
import { ProviderSchema } from "./provider.ts";
import { RateLimitSchema } from "./rate-limit.ts";
import { RefreshHoldSchema } from "./refresh-hold.ts";
import { RefreshOutcomeSchema } from "./refresh-outcome.ts";
import { RevocationSchema } from "./revocation.ts";

/**
 * The tables as MikroORM sees them, for a host that keeps them in its own schema: with these among its entities its schema generator
 * leaves the tables alone. The migrations create them; `broker_now()` and the sequences exist only there. The repositories run SQL.
 */
export const entities = [
  ConnectionTokenSchema,
  OAuthStateSchema,
  ProviderSchema,
  OAuthClientSchema,
  EncryptionKeySchema,
  RevocationSchema,
  ProviderHealthSchema,
  RefreshOutcomeSchema,
  RefreshHoldSchema,
  BrokerInstanceSchema,
  AuditEventSchema,
  RateLimitSchema,
];
