import type { EndReason } from "../grants/grant.ts";
import { fingerprint } from "./fingerprint.ts";
import type { LogEntry } from "./log-entry.ts";

/** What a client holds for one connection: the refresh token, or its fingerprint. */
export interface StoredToken {
  /** The client's name for it; only for the answer. */
  readonly connectionId: string;
  readonly refreshToken?: string | undefined;
  readonly fingerprint?: string | undefined;
}

/**
 * `live`: the provider accepts it. `superseded`: of an earlier generation; the successor is lost to the client. `dead`: the grant is over. `unknown`: no
 * token of this provider.
 */
export type Standing = "live" | "superseded" | "dead" | "unknown";

export interface ComparedToken {
  readonly connectionId: string;
  readonly standing: Standing;
  readonly grantId: string | undefined;
  readonly label: string | undefined;
  readonly storedGeneration: number | undefined;
  readonly liveGeneration: number | undefined;
  readonly ended: EndReason | undefined;
}

export interface Comparison {
  readonly all: readonly ComparedToken[];
  readonly live: readonly ComparedToken[];
  /** Everything else: connections for which a person has to log in again (or soon, where a superseded token still has its grace). */
  readonly lost: readonly ComparedToken[];
}

interface Family {
  readonly grantId: string;
  readonly label: string | undefined;
  liveToken: string | undefined;
  liveGeneration: number;
  ended: EndReason | undefined;
}

/**
 * Whether each stored refresh token is the living generation at the provider, by its log. Take both when nothing is under way. A grant that ends by age
 * is dead in the log from the first request after that.
 */
export const compareWithStore = (log: Iterable<LogEntry>, stored: Iterable<StoredToken>): Comparison => {
  const { families, tokens } = readTokens(log);
  const all = [...stored].map((token): ComparedToken => {
    const print = token.fingerprint ?? fingerprint(token.refreshToken ?? "");
    const known = tokens.get(print);
    const family = known && families.get(known.grantId);
    return {
      connectionId: token.connectionId,
      standing: standingOf(print, family),
      grantId: family?.grantId,
      label: family?.label,
      storedGeneration: known?.generation,
      liveGeneration: family?.liveGeneration,
      ended: family?.ended,
    };
  });
  return {
    all,
    live: all.filter(({ standing }) => standing === "live"),
    lost: all.filter(({ standing }) => standing !== "live"),
  };
};

const standingOf = (print: string, family: Family | undefined): Standing => {
  if (family === undefined) return "unknown";
  if (family.ended !== undefined) return "dead";
  return family.liveToken === print ? "live" : "superseded";
};

interface Known {
  readonly grantId: string;
  readonly generation: number;
}

/** Entries stand in the order in which requests ended, so the highest generation and not the last entry names the living token. */
const readTokens = (log: Iterable<LogEntry>) => {
  const families = new Map<string, Family>();
  const tokens = new Map<string, Known>();
  const learn = (grantId: string, print: string | undefined, generation: number): void => {
    const family = families.get(grantId);
    if (family === undefined || print === undefined) return;
    tokens.set(print, { grantId, generation });
    if (generation < family.liveGeneration) return;
    family.liveToken = print;
    family.liveGeneration = generation;
  };
  for (const entry of log)
    switch (entry.kind) {
      case "grant": {
        const { grantId, label, issued } = entry;
        families.set(grantId, { grantId, label, liveToken: undefined, liveGeneration: 0, ended: undefined });
        learn(grantId, issued, 1);
        break;
      }
      case "token":
        if (entry.grantId !== undefined) learn(entry.grantId, entry.issued, entry.issuedGeneration ?? 0);
        break;
      case "end":
        if (families.has(entry.grantId)) families.get(entry.grantId)!.ended = entry.reason;
        break;
      case "revoke":
      case "control":
        break;
    }
  return { families, tokens };
};
