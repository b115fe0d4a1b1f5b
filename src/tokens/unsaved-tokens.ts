import type { GrantKey, TokenRow } from "../store/index.ts";
import type { Clock } from "../time.ts";
import type { HeldToken } from "./token-view.ts";

/** A refreshed token that the database has not taken yet: for now it lives in this process alone. */
export interface UnsavedToken {
  /** The row as it will be, judged by the database's clock when it was claimed. */
  readonly row: TokenRow;
  readonly accessToken: string;
  readonly since: Date;
  /** The monotonic moment that `row.now` belongs to. */
  readonly atMs: number;
}

export interface UnsavedTokens {
  keep(token: UnsavedToken): void;
  forget(id: string): void;
  /** The token that follows this row, if it waits here. `row.now` of the answer is the present. */
  after(row: TokenRow): HeldToken | undefined;
  /** For a time when the row cannot be read. */
  byKey(key: GrantKey): HeldToken | undefined;
  all(): readonly UnsavedToken[];
}

export const createUnsavedTokens = (clock: Clock): UnsavedTokens => {
  const tokens = new Map<string, UnsavedToken>();
  const held = (token: UnsavedToken): HeldToken => {
    const now = new Date(token.row.now.getTime() + clock.monotonicMs() - token.atMs);
    return { row: { ...token.row, now }, accessToken: token.accessToken, unsavedSince: token.since };
  };
  return {
    keep: (token) => void tokens.set(token.row.id, token),
    forget: (id) => void tokens.delete(id),
    after(row) {
      const token = tokens.get(row.id);
      return token && token.row.version > row.version ? held(token) : undefined;
    },
    byKey(key) {
      const token = [...tokens.values()].find(({ row }) => sameKey(row, key));
      return token && held(token);
    },
    all: () => [...tokens.values()],
  };
};

const sameKey = (a: GrantKey, b: GrantKey): boolean =>
  a.namespace === b.namespace &&
  a.connectionId === b.connectionId &&
  a.userId === b.userId &&
  a.provider === b.provider &&
  a.mcpServerUrl === b.mcpServerUrl &&
  a.tokenName === b.tokenName;
