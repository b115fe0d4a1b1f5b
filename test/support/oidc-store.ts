/** What `oidc-provider` keeps, in memory: sessions, codes, grants and tokens, until the server is disposed. */
import { type Adapter, type AdapterFactory, type AdapterPayload } from "oidc-provider";

/** The models whose id is the very value that travels: a code, an access token, a refresh token. */
const SECRET_MODELS = new Set(["AuthorizationCode", "AccessToken", "RefreshToken"]);

export interface OidcStore {
  adapter: AdapterFactory;
  /** Every code and token ever issued, revoked and rotated ones included. */
  issued: ReadonlySet<string>;
}

export function createOidcStore(): OidcStore {
  const issued = new Set<string>();
  const records = new Map<string, AdapterPayload>();
  const adapter = (model: string): Adapter => ({
    upsert: async (id, payload) => {
      if (SECRET_MODELS.has(model)) {
        issued.add(id);
      }
      records.set(`${model}:${id}`, payload);
    },
    find: async (id) => records.get(`${model}:${id}`),
    findByUid: async (uid) => [...records.values()].find((payload) => payload.uid === uid),
    findByUserCode: async () => undefined,
    consume: async (id) => {
      const payload = records.get(`${model}:${id}`);
      if (payload) {
        payload.consumed = Math.floor(Date.now() / 1000);
      }
    },
    destroy: async (id) => void records.delete(`${model}:${id}`),
    revokeByGrantId: async (grantId) => {
      for (const [key, payload] of records) {
        if (payload.grantId === grantId) {
          records.delete(key);
        }
      }
    },
  });
  return { adapter, issued };
}
