import { beforeAll, expect, it } from "vitest";
import type { Database } from "../../src/store/index.ts";
import { HOUR, MINUTE } from "../../src/time.ts";
import { describeEachStore, moveClock } from "../support/database.ts";
import { startTestProvider } from "../support/provider.ts";
import { createTokenFixture, refusal } from "./token-fixture.ts";

const untilDone = new AbortController().signal;

describeEachStore("whoever writes to the database", (backend) => {
  let database: Database;
  beforeAll(async () => {
    database = await backend.open();
  });

  it.each([
    ["token_url", (url: string) => `${url}/token`],
    ["revoke_url", (url: string) => `${url}/revoke`],
    ["issuer", (url: string) => url],
    ["resource", (url: string) => url],
    ["provider_config", (url: string) => JSON.stringify({ host: new URL(url).host })],
    ["provider_metadata", (url: string) => JSON.stringify({ instance_url: url })],
  ])("gets no connection to a server of his own by editing %s, and no token", async (column, value) => {
    await using canary = await startTestProvider();
    const { tokens, authorize, row, manager, provider } = await createTokenFixture(database);
    const replicas = [tokens, manager()];
    const selector = await authorize();
    await database.sql.run("", `update connection_tokens set ${column} = $1 where id = $2::bigint`, [
      value(canary.url),
      (await row(selector)).id,
    ]);
    const told = { code: "KEY_UNAVAILABLE", metadata: { cause: "binding" } };
    for (const move of [0, 56 * MINUTE, 3 * HOUR]) {
      await moveClock(database, move);
      for (const replica of replicas) {
        expect(await refusal(replica.getToken(selector))).toMatchObject(told);
        expect(await refusal(replica.refreshToken(selector))).toMatchObject(told);
        await replica.sweep(untilDone);
      }
    }
    await tokens.revokeConnection(selector);
    await moveClock(database, HOUR);
    await tokens.deliverRevocations(untilDone);
    expect(canary.connectionCount).toBe(0);
    expect(provider.requestsTo("token")).toHaveLength(0);
  });
});
