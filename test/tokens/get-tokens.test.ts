import { randomUUID } from "node:crypto";
import { beforeAll, expect, it } from "vitest";
import type { Database } from "../../src/store/index.ts";
import { describeEachStore } from "../support/database.ts";
import { createTokenFixture } from "./token-fixture.ts";

describeEachStore("getTokens", (store) => {
  let database: Database;
  const statements: string[] = [];
  beforeAll(async () => {
    const { sql, ...rest } = await store.open();
    database = {
      ...rest,
      sql: {
        async run(name, text, parameters) {
          statements.push(name);
          return await sql.run(name, text, parameters);
        },
        poolUse: () => sql.poolUse(),
      },
    };
  });

  it("reads fresh tokens with one statement, each in the place of its request", async () => {
    const { tokens, authorize } = await createTokenFixture(database);
    const selectors = await Promise.all(Array.from({ length: 20 }, () => authorize()));
    const single = await Promise.all(selectors.map((selector) => tokens.getToken(selector)));
    statements.length = 0;
    const answers = await Promise.all(tokens.getTokens([...selectors, selectors[0]!]));
    expect(statements).toEqual(["tokens.find_many"]);
    expect(answers.map((answer) => answer.ok && answer.token.accessToken)).toEqual(
      [...single, single[0]!].map(({ accessToken }) => accessToken),
    );
  });

  it("answers what GetToken would throw, with the revision that it is about", async () => {
    const { tokens, authorize, row, database: own } = await createTokenFixture(database);
    const [dead, other] = [await authorize(), await authorize()];
    const unknown = { ...other, connectionId: randomUUID() };
    await own.sql.run(
      "",
      "update connection_tokens set status = 'blocked' where connection_id = $1::text::uuid",
      [dead.connectionId],
    );
    const answers = await Promise.all(
      tokens.getTokens([dead, unknown, { ...other, userId: "" }, other, { ...other, tokenName: "bot" }]),
    );
    const codes = answers.map((answer) => (answer.ok ? "OK" : (answer.reason as { code: string }).code));
    expect(codes).toEqual([
      "BLOCKED",
      "CONNECTION_NOT_FOUND",
      "INVALID_REQUEST",
      "OK",
      "CONNECTION_NOT_FOUND",
    ]);
    expect(answers[3]?.revision).toBe((await row(other)).revision);
    expect(answers[1]?.revision).toBe(0n);
  });

  it("makes one refresh for items that are the same, and none waits for another", async () => {
    const { tokens, authorize, calls } = await createTokenFixture(database);
    const fresh = await authorize();
    const stale = await authorize({ expiresInSeconds: 1 });
    const before = calls();
    const answers = tokens.getTokens([stale, fresh, stale]);
    const order: string[] = [];
    await Promise.all(
      answers.map(async (answer, index) => {
        await answer;
        order.push(index === 1 ? "fresh" : "stale");
      }),
    );
    expect(order).toEqual(["fresh", "stale", "stale"]);
    expect(calls() - before).toBe(1);
  });
});
