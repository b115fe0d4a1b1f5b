import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { OAuthFailure, type OAuthFailureOptions, type TokenSet } from "../oauth/index.ts";
import { MINUTE, SECOND } from "../time.ts";
import { type CallTimes, FIRST_PACE, MOST_CALLS, type Pace, paceAfter, rampCalls } from "./pace.ts";

const NOW = new Date("2026-11-23T10:00:00Z");
const secondsLater = (seconds: number): Date => new Date(NOW.getTime() + seconds * SECOND);

const tokens: TokenSet = {
  accessToken: "at",
  tokenType: "Bearer",
  refreshToken: undefined,
  expiresInSeconds: 3600,
  refreshExpiresInSeconds: undefined,
  scopes: undefined,
  raw: "{}",
  metadata: {},
};
const failure = (options: Partial<OAuthFailureOptions>): OAuthFailure =>
  new OAuthFailure("refused", { class: "transient", sent: true, ...options });

const times = (begunMs = 100, endedMs = 200): CallTimes => ({ begunMs, endedMs, now: NOW });
const half = (): number => 0.5;
const after = (pace: Pace, answer: TokenSet | OAuthFailure, at: CallTimes = times()): Pace =>
  paceAfter(pace, answer, at, half);

describe("paceAfter", () => {
  it("allows one call more after each success, up to a bound", () => {
    expect(after(FIRST_PACE, tokens).limit).toBe(9);
    let pace = FIRST_PACE;
    for (let i = 0; i < 100; i += 1) pace = after(pace, tokens);
    expect(pace.limit).toBe(MOST_CALLS);
  });

  it.each<[string, Partial<OAuthFailureOptions>]>([
    ["429", { httpStatus: 429 }],
    ["429 with another word", { httpStatus: 429, providerError: "invalid_grant" }],
    ["slow_down", { httpStatus: 400, providerError: "slow_down" }],
    ["503 that says when to come back", { httpStatus: 503, retryAfterMs: 1000 }],
    ["a time-out", { class: "outcome_unknown" }],
    ["nobody there", { class: "transient", sent: false }],
  ])("allows half as many after %s, and never none", (_, options) => {
    expect(after(FIRST_PACE, failure(options)).limit).toBe(4);
    expect(after({ ...FIRST_PACE, limit: 1 }, failure(options)).limit).toBe(1);
  });

  it.each<[string, Partial<OAuthFailureOptions>]>([
    ["a rejection", { class: "rejected", httpStatus: 400 }],
    ["a refusal of the client", { class: "client", httpStatus: 401 }],
    ["a closed shop", { class: "client", httpStatus: 404 }],
    ["an error of the server", { httpStatus: 500 }],
    ["503 without a word", { httpStatus: 503 }],
    ["no TLS", { class: "client", sent: false }],
  ])("is as before after %s", (_, options) => {
    expect(after(FIRST_PACE, failure(options))).toEqual(FIRST_PACE);
  });

  it("cuts once for all calls that were under way at the old pace", () => {
    let pace = FIRST_PACE;
    for (let i = 0; i < 8; i += 1) pace = after(pace, failure({ httpStatus: 429 }), times(100, 200 + i));
    expect(pace.limit).toBe(4);
    expect(after(pace, failure({ httpStatus: 429 }), times(300, 400)).limit).toBe(2);
  });

  it("grows slowly beyond where the provider had too much: one more for each round", () => {
    let pace = after(FIRST_PACE, failure({ httpStatus: 429 }));
    for (let i = 0; i < 4; i += 1) pace = after(pace, tokens);
    expect(pace.limit).toBeCloseTo(4.9, 1);
  });

  it.each<[number | undefined, number]>([
    [120_000, 120],
    [0, 0],
    [undefined, 1.5],
  ])("pauses after 429 with Retry-After %s ms for %s s", (retryAfterMs, seconds) => {
    const options = { httpStatus: 429, ...(retryAfterMs !== undefined && { retryAfterMs }) };
    expect(after(FIRST_PACE, failure(options)).pausedUntil).toEqual(secondsLater(seconds));
  });

  it("pauses for longer each time, up to a minute, and starts over after a success", () => {
    let pace = FIRST_PACE;
    const pauses: number[] = [];
    for (let i = 0; i < 9; i += 1) {
      pace = after(
        { ...pace, pausedUntil: undefined },
        failure({ httpStatus: 429 }),
        times(1000 * i, 1000 * i + 1),
      );
      pauses.push(((pace.pausedUntil?.getTime() ?? 0) - NOW.getTime()) / SECOND);
    }
    expect(pauses).toEqual([1.5, 3, 6, 12, 24, 45, 45, 45, 45]);
    expect(after(pace, tokens).strikes).toBe(0);
  });

  it("keeps the longest pause that was asked for, also after a success", () => {
    const long = after(FIRST_PACE, failure({ httpStatus: 429, retryAfterMs: 60_000 }));
    const short = after(long, failure({ httpStatus: 429, retryAfterMs: 1000 }));
    expect(short.pausedUntil).toEqual(secondsLater(60));
    expect(after(short, tokens).pausedUntil).toEqual(secondsLater(60));
  });

  it("stays between one call and the bound, whatever is answered", () => {
    const answer = fc.oneof(
      fc.constant(tokens),
      fc
        .record({
          class: fc.constantFrom("transient", "outcome_unknown", "rejected", "client", "invalid_response"),
          httpStatus: fc.option(fc.constantFrom(400, 401, 429, 500, 503), { nil: undefined }),
          retryAfterMs: fc.option(fc.nat(3_600_000), { nil: undefined }),
        })
        .map((options) => failure(options as OAuthFailureOptions)),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(answer, fc.nat(100))), (calls) => {
        let pace = FIRST_PACE;
        calls.forEach(([one, begunMs], index) => {
          pace = paceAfter(pace, one, times(begunMs, index), Math.random);
          expect(pace.limit).toBeGreaterThanOrEqual(1);
          expect(pace.limit).toBeLessThanOrEqual(MOST_CALLS);
        });
      }),
    );
  });
});

it.each([
  [0, 2],
  [1 * SECOND, 2],
  [15 * SECOND, 8],
  [30 * SECOND, 16],
  [1 * MINUTE, 32],
  [1 * MINUTE * 60, 32],
])("rampCalls after %i ms is %i", (elapsedMs, calls) => {
  expect(rampCalls(elapsedMs)).toBe(calls);
});
