/** Carries out one case with the TypeScript client. */
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import {
  type AccessToken,
  AuthorizationRequiredError,
  type Connection,
  OriginUnknownError,
  type TokenBroker,
  TokenBrokerError,
  withToken,
} from "../../src/client/index.ts";
import type { Case, Expected, ExpectedCounts, Step, StepOf } from "./case-format.ts";
import type { ControlClient } from "./control-client.ts";

/** What came of a token, a batch's item or a request. */
type Outcome =
  | { readonly kind: "token"; readonly token: AccessToken }
  | { readonly kind: "status"; readonly status: number }
  | { readonly kind: "error"; readonly error: Error };

interface Run {
  readonly control: ControlClient;
  readonly client: TokenBroker;
  readonly connections: ReadonlyMap<string, Connection>;
  readonly kept: Map<string, Outcome>;
  readonly background: Promise<unknown>[];
}

export const runCase = async (
  { connections, steps }: Case,
  control: ControlClient,
  client: TokenBroker,
): Promise<void> => {
  const keys = new Map<string, Connection>();
  for (const [alias, { unknown, ...seed }] of Object.entries(connections))
    keys.set(alias, unknown === true ? madeUp() : await control.post<Connection>("/connections", seed));
  const run: Run = { control, client, connections: keys, kept: new Map(), background: [] };
  try {
    for (const step of steps) await timed(step, () => carryOut(run, step));
  } finally {
    await Promise.all(run.background);
  }
};

const madeUp = (): Connection => ({ connectionId: randomUUID(), userId: "user-1", provider: "acme" });

const POLL_MS = 25;

const timed = async (step: Step, act: () => Promise<void>): Promise<void> => {
  const {
    eventuallyMs = 0,
    withinMs,
    atLeastMs,
  } = { ...step } as {
    eventuallyMs?: number;
    withinMs?: number;
    atLeastMs?: number;
  };
  const begunMs = performance.now();
  for (;;) {
    try {
      await act();
      break;
    } catch (error) {
      if (performance.now() - begunMs >= eventuallyMs) throw error;
      await sleep(POLL_MS);
    }
  }
  const tookMs = performance.now() - begunMs;
  if (withinMs !== undefined) expect(tookMs).toBeLessThanOrEqual(withinMs);
  if (atLeastMs !== undefined) expect(tookMs).toBeGreaterThanOrEqual(atLeastMs);
};

const carryOut = async (run: Run, step: Step): Promise<void> => {
  switch (step.do) {
    case "token":
      return await manyTimes(run, step, () => getToken(run, step));
    case "fetch":
      return await manyTimes(run, step, () => request(run, step));
    case "batch":
      return await batch(run, step);
    case "reconnect":
      return await reconnect(run, step);
    case "control": {
      const done = run.control.post(pathOf(run, step.path), step.body);
      if (step.background !== true) return void (await done);
      return void run.background.push(done);
    }
    case "counts":
      return compareCounts(await run.control.get<Record<string, unknown>>("/counts"), step);
    case "requests":
      return await compareRequests(run, step);
  }
};

const connectionOf = ({ connections }: Run, alias: string): Connection => {
  const connection = connections.get(alias);
  if (connection) return connection;
  throw new Error(`the case has no connection ${alias}`);
};

const pathOf = (run: Run, path: string): string =>
  path.replaceAll(/\{(\w+)\}/g, (_, alias: string) => connectionOf(run, alias).connectionId);

const manyTimes = async (
  run: Run,
  { times = 1, parallel = false, as, expect: expected }: StepOf<"token"> | StepOf<"fetch">,
  act: () => Promise<Outcome>,
): Promise<void> => {
  const outcomes: Outcome[] = [];
  if (parallel) outcomes.push(...(await Promise.all(Array.from({ length: times }, act))));
  else for (let time = 0; time < times; time += 1) outcomes.push(await act());
  for (const outcome of outcomes) {
    compare(run, outcome, expected);
    if (as !== undefined) run.kept.set(as, outcome);
  }
};

const failed = (error: unknown): Outcome => ({ kind: "error", error: error as Error });

const getToken = async (run: Run, { of, timeoutMs }: StepOf<"token">): Promise<Outcome> => {
  const source = run.client.tokenSource(connectionOf(run, of));
  return await source
    .token(timeoutMs === undefined ? {} : { timeoutMs })
    .then((token): Outcome => ({ kind: "token", token }), failed);
};

const batch = async (run: Run, { of, as = [], expect: expected }: StepOf<"batch">): Promise<void> => {
  const outcomes = await run.client.tokens(of.map((alias) => connectionOf(run, alias)));
  expect(outcomes).toHaveLength(expected.length);
  for (const [index, result] of outcomes.entries()) {
    const outcome: Outcome = result.ok
      ? { kind: "token", token: result.token }
      : { kind: "error", error: result.error };
    compare(run, outcome, expected[index]);
    run.kept.set(as[index] ?? "", outcome);
  }
};

const request = async (
  run: Run,
  { of, to = "api", method = "GET", path = "/", body }: StepOf<"fetch">,
): Promise<Outcome> => {
  const { resourceUrl, elsewhereUrl } = run.control.kit;
  const authorized = withToken(fetch, run.client.tokenSource(connectionOf(run, of)));
  const url = `${to === "api" ? resourceUrl : elsewhereUrl}${path}`;
  try {
    const response = await authorized(url, { method, ...(body !== undefined && { body }) });
    await response.body?.cancel();
    return { kind: "status", status: response.status };
  } catch (error) {
    return failed(error);
  }
};

const reconnect = async ({ kept, control }: Run, { from }: StepOf<"reconnect">): Promise<void> => {
  const outcome = kept.get(from);
  if (outcome?.kind !== "error" || !(outcome.error instanceof AuthorizationRequiredError))
    throw new Error(`${from} offers no link`);
  const { authorizeUrl } = await outcome.error.reconnectLink();
  await control.post("/visit", { url: authorizeUrl });
};

const compare = (run: Run, outcome: Outcome, expected: Expected = {}): void => {
  if (expected.error !== undefined) return compareError(outcome, expected.error);
  if (outcome.kind === "error") throw outcome.error;
  if (outcome.kind === "status") {
    if (expected.status !== undefined) expect(outcome.status).toBe(expected.status);
    return;
  }
  const { token } = outcome;
  if (expected.same !== undefined)
    expect([token.version, token.accessToken]).toEqual(identityOf(run, expected.same));
  if (expected.newerThan !== undefined)
    expect(token.version).toBeGreaterThan(identityOf(run, expected.newerThan)[0]);
  if (expected.degraded !== undefined) expect(token.degraded?.reason).toBe(expected.degraded);
};

const identityOf = ({ kept }: Run, alias: string): [bigint, string] => {
  const outcome = kept.get(alias);
  if (outcome?.kind !== "token") throw new Error(`no token was kept as ${alias}`);
  return [outcome.token.version, outcome.token.accessToken];
};

const compareError = (outcome: Outcome, expected: NonNullable<Expected["error"]>): void => {
  if (outcome.kind !== "error") throw new Error("it did not fail");
  const { error } = outcome;
  if (expected.kind === "origin_unknown") {
    expect(error).toBeInstanceOf(OriginUnknownError);
    return;
  }
  if (!(error instanceof TokenBrokerError)) throw error;
  if (expected.code !== undefined) expect([expected.code].flat()).toContain(error.code);
  if (expected.reason !== undefined) expect(error.reason).toBe(expected.reason);
  if (expected.reconnect !== undefined)
    expect(error instanceof AuthorizationRequiredError).toBe(expected.reconnect);
};

const numberAt = (counts: Record<string, unknown>, path: readonly string[]): number => {
  const value = path.reduce<unknown>((node, name) => (node as Record<string, unknown>)[name], counts);
  return typeof value === "number" ? value : 0;
};

const namedIn = ({ calls = {}, ...rest }: ExpectedCounts): [string[], number][] => [
  ...Object.entries(calls).map(([method, number]): [string[], number] => [["calls", method], number]),
  ...Object.entries(rest).map(([name, number]): [string[], number] => [[name], number]),
];

const compareCounts = (
  counts: Record<string, unknown>,
  { expect: exactly = {}, atMost = {}, atLeast = {} }: StepOf<"counts">,
): void => {
  const pick = (named: [string[], number][]) =>
    named.map(([path]) => [path.join("."), numberAt(counts, path)]);
  const flat = (named: [string[], number][]) => named.map(([path, number]) => [path.join("."), number]);
  expect(pick(namedIn(exactly))).toEqual(flat(namedIn(exactly)));
  expect(namedIn(atMost).filter(([path, most]) => numberAt(counts, path) > most)).toEqual([]);
  expect(namedIn(atLeast).filter(([path, least]) => numberAt(counts, path) < least)).toEqual([]);
};

const compareRequests = async (run: Run, { expect: expected }: StepOf<"requests">): Promise<void> => {
  const { requests } = await run.control.get<{ requests: Record<string, unknown>[] }>("/requests");
  expect(requests).toHaveLength(expected.length);
  for (const [index, { token, ...fields }] of expected.entries())
    expect(requests[index]).toMatchObject({
      ...fields,
      token: token === "" ? "" : identityOf(run, token)[1],
    });
};
