import { randomUUID } from "node:crypto";
import type { App } from "../app.ts";
import { type MockProvider, openGrants } from "./mock-provider/index.ts";

/** A connection to be seeded; what is left out is made up. */
export interface ConnectionSeed {
  readonly connectionId?: string;
  /** Default "user-1". */
  readonly userId?: string;
  /** Default: the kit's first provider. */
  readonly provider?: string;
  readonly namespace?: string;
  /** Default ["read"]. */
  readonly scopes?: readonly string[];
  /** Default 3600; 0 = it has ended already. */
  readonly expiresInSeconds?: number;
  /** Default true. */
  readonly refreshable?: boolean;
}

/** What names a connection in every request to the broker. */
export interface SeededConnection {
  readonly connectionId: string;
  readonly userId: string;
  readonly provider: string;
  readonly namespace: string;
}

/** What happens to connections while a test looks on. */
export interface Connections {
  seed(seed?: ConnectionSeed): Promise<SeededConnection>;
  /** The provider issues another token, and the broker has it. */
  rotate(connectionId: string): Promise<void>;
  /** The token ends at once; the grant lives, so the next read refreshes. */
  expire(connectionId: string): Promise<void>;
  /** The person withdrew consent and the token has ended: nothing but a new authorization helps. */
  kill(connectionId: string): Promise<void>;
  /** The person has authorized again. */
  reconnect(connectionId: string): Promise<void>;
  all(): readonly SeededConnection[];
}

export const createConnections = (provider: MockProvider, app: () => App): Connections => {
  const seeds = new Map<string, Required<ConnectionSeed>>();
  const seedOf = (connectionId: string): Required<ConnectionSeed> => {
    const seed = seeds.get(connectionId);
    if (seed) return seed;
    throw new UnknownConnectionError(connectionId);
  };

  /** Puts tokens of a new grant in the place of what is stored; answers the grant. */
  const store = async (seed: Required<ConnectionSeed>, isNew: boolean): Promise<string> => {
    const vendor = provider.vendor(seed.provider);
    const [grant] = openGrants(vendor, { scopes: seed.scopes, labels: [seed.connectionId] });
    if (grant === undefined) throw new Error("the mock provider opened no grant");
    const replaced = isNew ? undefined : (await app().tokens.getConnection(keyOf(seed))).version;
    await app().tokens.importToken({
      ...keyOf(seed),
      accessToken: grant.accessToken,
      refreshToken: seed.refreshable ? grant.refreshToken : undefined,
      expiresAt: new Date(Date.now() + (seed.expiresInSeconds === 0 ? -1 : seed.expiresInSeconds) * 1000),
      scopes: seed.scopes,
      replaceVersion: replaced,
    });
    return grant.grantId;
  };

  return {
    async seed(given = {}) {
      const seed = complete(given, [...provider.vendors.keys()][0] ?? "");
      await store(seed, true);
      seeds.set(seed.connectionId, seed);
      return keyOf(seed);
    },
    async rotate(connectionId) {
      await app().tokens.refreshToken(keyOf(seedOf(connectionId)));
    },
    async expire(connectionId) {
      await store({ ...seedOf(connectionId), expiresInSeconds: 0 }, false);
    },
    async kill(connectionId) {
      const seed = seedOf(connectionId);
      const { grants } = provider.vendor(seed.provider);
      // All at the provider first: a broker that watches the connection refreshes as soon as it sees an ended token.
      for (const { label, grantId, ended } of grants.views())
        if (label === connectionId && ended === undefined) grants.end(grantId);
      const dead = provider.vendor(seed.provider).script({
        grant: connectionId,
        grantType: "refresh_token",
        times: Infinity,
        answer: { status: 400, json: { error: "invalid_grant" } },
      });
      try {
        grants.end(await store({ ...seed, expiresInSeconds: 0 }, false));
        await app()
          .tokens.refreshToken(keyOf(seed))
          .catch(() => undefined);
      } finally {
        dead.remove();
      }
    },
    async reconnect(connectionId) {
      await store(seedOf(connectionId), false);
    },
    all: () => [...seeds.values()].map(keyOf),
  };
};

/** No connection of this id was seeded. */
export class UnknownConnectionError extends Error {
  constructor(connectionId: string) {
    super(`no connection ${connectionId} was seeded`);
    this.name = "UnknownConnectionError";
  }
}

const complete = (seed: ConnectionSeed, provider: string): Required<ConnectionSeed> => ({
  connectionId: randomUUID(),
  userId: "user-1",
  provider,
  namespace: "default",
  scopes: ["read"],
  expiresInSeconds: 3600,
  refreshable: true,
  ...seed,
});

const keyOf = ({
  connectionId,
  userId,
  provider,
  namespace,
}: Required<ConnectionSeed>): SeededConnection => ({
  connectionId,
  userId,
  provider,
  namespace,
});
