/** A fleet whose rows a test can read, and what must hold after every fault. */
import { expect } from "vitest";
import { generateFernetKey, parseKeyRing } from "../../../src/crypto/index.ts";
import { createStore, type Store, type TokenRow } from "../../../src/store/index.ts";
import { silentLogger } from "../../../src/telemetry/index.ts";
import { checkLog, compareWithStore, type LogReport } from "../../mock-provider/index.ts";
import { call, type Selector } from "../deployment.ts";
import { type Fleet, type FleetOptions, startFleet } from "./fleet.ts";

export interface FaultFleet {
  readonly fleet: Fleet;
  /** The test's own, with the replicas' key. */
  readonly store: Store;
}

/** Of a short lease: what waits for one that ran out takes seconds. */
export const LEASE_SECONDS = 4;
export const SHORT_LEASES = {
  BROKER_REFRESH_LEASE_SECONDS: String(LEASE_SECONDS),
  BROKER_PROVIDER_TIMEOUT_SECONDS: "3",
};

export const startFaultFleet = async (options: FleetOptions): Promise<FaultFleet & AsyncDisposable> => {
  const key = generateFernetKey();
  const fleet = await startFleet({
    ...options,
    env: { ...SHORT_LEASES, ...options.env, CONNECT_TOKEN_ENCRYPTION_KEY: key },
  });
  const store = createStore(fleet.database, { keyRing: parseKeyRing(key), logger: silentLogger });
  return { fleet, store, [Symbol.asyncDispose]: () => fleet[Symbol.asyncDispose]() };
};

export const rowOf = async ({ store }: FaultFleet, selector: Selector): Promise<TokenRow> => {
  const key = { namespace: "default", mcpServerUrl: "", tokenName: "", ...selector };
  const row = await store.tokens.find(key);
  if (row === undefined) throw new Error(`no row of ${selector.connectionId}`);
  return row;
};

/** The provider never saw two refreshes of a grant at once, nor a spent token again, and the row has the refresh token that lives there. */
export const expectIntact = async (
  faultFleet: FaultFleet,
  selectors: readonly Selector[],
): Promise<LogReport> => {
  const { fleet, store } = faultFleet;
  await fleet.provider.quiet();
  const stored = await Promise.all(
    selectors.map(async (selector) => ({
      connectionId: selector.connectionId,
      refreshToken: store.tokens.openRefreshToken(await rowOf(faultFleet, selector)),
    })),
  );
  const grants = selectors.map(({ connectionId }) => connectionId);
  const report = checkLog(fleet.provider.log, { grants });
  expect(report).toMatchObject({ overlaps: [], reuseDetections: [], unknownTokens: [], deadFamilies: [] });
  expect(compareWithStore(fleet.provider.log, stored).lost).toEqual([]);
  return report;
};

export interface Answer {
  readonly accessToken: string;
  readonly version: string;
  readonly expiresAt?: string;
  readonly degraded?: { readonly reason: string };
}

/** Asks for tokens, and fails where an answer is older than one that was there before the call, or had already expired then. */
export const createTokenWatch = () => {
  const seen = new Map<string, bigint>();
  return async (target: { readonly rpcUrl: string }, selector: Selector): Promise<Answer> => {
    const { connectionId } = selector;
    const [before = 0n, calledAt] = [seen.get(connectionId), new Date()];
    const answer = (await call(target, "GetToken", selector)) as unknown as Answer;
    const version = BigInt(answer.version);
    expect(version, `version of ${connectionId}`).toBeGreaterThanOrEqual(before);
    if (answer.expiresAt !== undefined) expect(new Date(answer.expiresAt) > calledAt).toBe(true);
    const latest = seen.get(connectionId) ?? 0n;
    seen.set(connectionId, version > latest ? version : latest);
    return answer;
  };
};
