import { expect, it } from "vitest";
import { execute, type Sql, statement } from "./sql.ts";

it("numbers each named parameter once and leaves casts alone", async () => {
  const query = statement<"id" | "user_id">("x", "select :id::bigint, :user_id, t.at::date where a = :id");
  expect(query.text).toBe("select $1::bigint, $2, t.at::date where a = $1");
  const calls: unknown[] = [];
  const sql: Sql = {
    run: async (...call) => {
      calls.push(call);
      return { rows: [], count: 0 };
    },
    poolUse: () => ({ used: 0, idle: 0, waiting: 0 }),
  };
  await execute(sql, query, { user_id: "u", id: 7n });
  expect(calls).toEqual([["x", query.text, [7n, "u"]]]);
});
