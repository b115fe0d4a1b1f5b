import { auditSettings } from "./settings/audit.ts";
import { authorizationFlowSettings } from "./settings/authorization-flow.ts";
import { callerSettings } from "./settings/callers.ts";
import { egressSettings } from "./settings/egress.ts";
import { listenerSettings } from "./settings/listeners.ts";
import { mcpSettings } from "./settings/mcp.ts";
import { providerSettings } from "./settings/providers.ts";
import { rateLimitSettings } from "./settings/rate-limits.ts";
import type { SecretSetting } from "./settings/setting.ts";
import { storageSettings } from "./settings/storage.ts";
import { timingSettings } from "./settings/timing.ts";

export type { PlainSetting, SecretSetting, SettingGroup } from "./settings/setting.ts";

/** Every variable that is not a provider's, in the order of the reference. Parsing, warnings and documentation derive from here. */
export const plainSettings = {
  ...listenerSettings,
  ...storageSettings,
  ...authorizationFlowSettings,
  ...providerSettings,
  ...mcpSettings,
  ...callerSettings,
  ...auditSettings,
  ...rateLimitSettings,
  ...egressSettings,
  ...timingSettings,
} as const;

export const secretSettings = {
  encryptionKey: {
    name: "CONNECT_TOKEN_ENCRYPTION_KEY",
    group: "Storage and encryption",
    secret: true,
    expects: "one Fernet key, or several separated by commas",
    defaultText: "required; development on the embedded database creates a key file (0600) beside the data",
    doc: "Encrypts everything stored. The first key encrypts, all decrypt. `token-broker keygen` makes one. From `CONNECT_TOKEN_ENCRYPTION_KEY_FILE`, keys added later decrypt at once; which key encrypts, and the removal of keys, take effect at the next start.",
  },
  databaseUrl: {
    name: "BROKER_DATABASE_URL",
    group: "Storage and encryption",
    secret: true,
    expects:
      "postgres://user:password@host:5432/database, special characters of the password percent-encoded",
    defaultText: "unset: the embedded database",
    doc: "Selects PostgreSQL, which any number of replicas may share.",
  },
  egressProxy: {
    name: "BROKER_EGRESS_PROXY",
    group: "Outgoing requests",
    secret: true,
    expects: "http://host:port or http://user:password@host:port, special characters percent-encoded",
    defaultText: "unset: connections are opened directly",
    doc: "A proxy by which everything goes out, with CONNECT: TLS is end to end, the proxy sees host and port alone. It resolves the names, so it judges the addresses: see `BROKER_EGRESS_PROXY_BLOCKS_PRIVATE`. What `BROKER_ALLOW_INSECURE_LOOPBACK` lists is reached directly. `HTTPS_PROXY` is ignored.",
  },
} as const satisfies Record<string, SecretSetting>;
