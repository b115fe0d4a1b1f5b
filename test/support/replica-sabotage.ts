import type { Database, Store, TokenRow } from "../../src/store/index.ts";

export type Sabotage = (store: Store, database: Database) => Store;

const withoutLease = (row: TokenRow | undefined): TokenRow | undefined =>
  row && { ...row, leaseOwner: null, leaseUntil: null };

/** Every claim succeeds: nobody ever sees that somebody else is refreshing. */
const dropLease: Sabotage = (store, { sql }) => ({
  ...store,
  tokens: {
    ...store.tokens,
    find: async (key) => withoutLease(await store.tokens.find(key)),
    async claim(id, ...rest) {
      await sql.run(
        "",
        "update connection_tokens set lease_owner = null, lease_until = null where id = $1::bigint",
        [id],
      );
      return await store.tokens.claim(id, ...rest);
    },
  },
});

/** An answer without a refresh token erases the stored one. */
const dropRefreshToken: Sabotage = (store, { sql }) => ({
  ...store,
  tokens: {
    ...store.tokens,
    async saveRefreshed(claimed, update) {
      const row = await store.tokens.saveRefreshed(claimed, update);
      if (row === undefined || update.refreshToken !== undefined) return row;
      await sql.run(
        "",
        "update connection_tokens set refresh_token = null, refresh_token_key_id = null where id = $1::bigint and version = $2::bigint",
        [row.id, row.version],
      );
      return { ...row, hasRefreshToken: false, sealed: { ...row.sealed, refreshToken: undefined } };
    },
  },
});

/** What a broker would be without one of its laws. `none` leaves it alone. */
export const sabotages: Readonly<Record<string, Sabotage>> = {
  none: (store) => store,
  "drop-lease": dropLease,
  "drop-refresh-token": dropRefreshToken,
};
