import { randomUUID } from "node:crypto";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { expect } from "vitest";
import { AuthorizationStatus } from "../../gen/ts/tokenbroker/v1/authorization_pb.ts";
import type { AcmeApp } from "../server/acme-app.ts";
import { canary } from "../support/canaries.ts";
import type { ScriptedAnswer } from "../support/provider.ts";
import { anyJson, cases, nastyText } from "./cases.ts";

/** A secret where a token is, so that the end of the run finds whatever quotes one. */
const token = fc.oneof(
  { weight: 3, arbitrary: fc.constant(null).map(() => canary("access_token")) },
  { weight: 1, arbitrary: anyJson },
);

const answerBody = fc.record(
  {
    access_token: token,
    refresh_token: token,
    id_token: token,
    token_type: fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom("Bearer", "bearer") },
      { weight: 1, arbitrary: anyJson },
    ),
    expires_in: anyJson,
    scope: anyJson,
    error: fc.oneof(fc.constantFrom("invalid_grant", "invalid_client", "slow_down"), anyJson),
    error_description: anyJson,
    extra: anyJson,
  },
  { requiredKeys: [] },
);

const headerText = nastyText.map((text) => text.replaceAll(/[^\x20-\x7e]/g, ""));

const answers: fc.Arbitrary<ScriptedAnswer> = fc
  .record({
    status: fc.oneof(
      { weight: 4, arbitrary: fc.constant(200) },
      { weight: 2, arbitrary: fc.constantFrom(201, 204, 302, 400, 401, 403, 404, 429, 500, 503) },
    ),
    body: fc.oneof(
      answerBody.map((body) => JSON.stringify(body)),
      answerBody.map((body) => `\ufeff${JSON.stringify(body)}`),
      anyJson.map((body) => JSON.stringify(body) ?? ""),
      answerBody.map((body) => new URLSearchParams(body as Record<string, string>).toString()),
      nastyText,
    ),
    contentType: fc.constantFrom(
      "application/json",
      "application/json; charset=latin1",
      "text/html",
      "application/x-www-form-urlencoded",
      "",
    ),
    gzip: fc.boolean(),
    retryAfter: fc.option(headerText),
    challenge: fc.option(headerText),
  })
  .map(({ status, body, contentType, gzip, retryAfter, challenge }) => ({
    status,
    body: gzip ? gzipSync(body) : body,
    headers: {
      ...(contentType !== "" && { "content-type": contentType }),
      ...(gzip && { "content-encoding": "gzip" }),
      ...(retryAfter && { "retry-after": retryAfter }),
      ...(challenge && { "www-authenticate": challenge }),
    },
  }));

const VISIBLE = /^[\x20-\x7e]+$/;

/** Whatever the token endpoint answers, a flow succeeds with a token that can be sent, or fails for a reason that is the provider's. */
export const fuzzExchanges = async (app: AcmeApp, count: number): Promise<void> => {
  const broker = app.broker.client();
  await fc.assert(
    fc.asyncProperty(answers, async (answer) => {
      const grant = { connectionId: randomUUID(), userId: "user-1", provider: "acme" };
      const started = await broker.startAuthorization({ ...grant, redirectUri: "http://localhost:9/done" });
      app.provider.always("token", answer);
      const response = await fetch(await app.provider.authorize(started.authorizeUrl), {
        redirect: "manual",
      });
      await response.text();
      app.provider.always("token", undefined);
      expect(response.status).toBe(303);
      const { status, reason } = await broker.getAuthorization({ authorizationId: started.authorizationId });
      if (status === AuthorizationStatus.FAILED) {
        expect(["INTERNAL", "KEY_UNAVAILABLE", ""]).not.toContain(reason);
        return;
      }
      expect(status).toBe(AuthorizationStatus.SUCCEEDED);
      const { connection } = await broker.getConnection(grant);
      expect(connection?.scopes.every((scope) => VISIBLE.test(scope))).toBe(true);
    }),
    cases(count),
  );
};

/** Whatever it answers a refresh, the connection stands as an error of the contract says, or has a token that can be sent. */
export const fuzzRefreshes = async (app: AcmeApp, count: number): Promise<void> => {
  const broker = app.broker.client();
  const refusal = /^\[(unavailable|failed_precondition|deadline_exceeded)\]/;
  await fc.assert(
    fc.asyncProperty(answers, async (answer) => {
      const grant = { connectionId: randomUUID(), userId: "user-1", provider: "acme" };
      await broker.importToken({
        ...grant,
        accessToken: canary("access_token"),
        refreshToken: canary("refresh_token"),
      });
      app.provider.always("token", answer);
      const outcome = await broker.refreshToken(grant).then(
        () => "ok",
        (error: unknown) => (error as Error).message,
      );
      app.provider.always("token", undefined);
      if (outcome !== "ok") expect(outcome).toMatch(refusal);
      const after = await broker.getToken(grant).catch((error: unknown) => (error as Error).message);
      if (typeof after === "string") expect(after).toMatch(refusal);
      else expect(after.accessToken).toMatch(VISIBLE);
    }),
    cases(count),
  );
};
