import { beforeAll, expect, it } from "vitest";
import type { Database } from "../../src/store/index.ts";
import { HOUR, MINUTE } from "../../src/time.ts";
import { describeEachStore, moveClock } from "../support/database.ts";
import { createTokenFixture, refusal, type Selector, type TokenFixture } from "./token-fixture.ts";

const untilDone = new AbortController().signal;

interface Told {
  readonly code: string;
  readonly metadata: Readonly<Record<string, string>>;
}

const unreadable = (column: string): Told => ({ code: "INTERNAL", metadata: { column } });
const sealed = (cause: string): Told => ({ code: "KEY_UNAVAILABLE", metadata: { cause } });

/** What somebody with access to the database wrote, and what is said of that connection. */
const EDITS: readonly (readonly [set: string, told: Told])[] = [
  ["refresh_token = 'not a ciphertext'", sealed("corrupt")],
  ["refresh_token_key_id = 'deadbeef'", sealed("unknown_key")],
  ["refresh_token = access_token", sealed("binding")],
  ["user_id = 'mallory'", sealed("binding")],
  ["token_url = 'https://elsewhere.example/token'", sealed("binding")],
  ['provider_metadata = \'{"instance_url":"https://elsewhere.example"}\'', sealed("binding")],
  ["version = version + 1", sealed("binding")],
  ["version = -5", unreadable("version")],
  ["version = 0", unreadable("version")],
  ["revision = -5", unreadable("revision")],
  ["lease_seq = -5", unreadable("lease_seq")],
  ["failure_count = -5", unreadable("failure_count")],
  ["status = 'zombie'", unreadable("status")],
  ["status = ''", unreadable("status")],
  ["scopes = '{NULL}'", unreadable("scopes")],
  ["provider_config = '[]'", unreadable("provider_config")],
  ["provider_metadata = '7'", unreadable("provider_metadata")],
  ["labels = '{\"team\": 7}'", unreadable("labels")],
  ["expires_at = 'infinity'", unreadable("expires_at")],
  ["issued_at = '-infinity'", unreadable("issued_at")],
];

/** Of the access token alone: whoever reads is told, and the next refresh brings another. */
const HEALED: readonly (readonly [set: string, told: Told])[] = [
  ["access_token = 'not a ciphertext'", sealed("corrupt")],
  ["access_token = translate(access_token, 'abc', 'bca')", sealed("corrupt")],
  ["access_token = ''", sealed("corrupt")],
  ["access_token_key_id = 'deadbeef'", sealed("unknown_key")],
];

const GOOD = 20;

describeEachStore("a row that was edited by hand", (backend) => {
  let database: Database;
  beforeAll(async () => {
    database = await backend.open();
  });

  interface Edited {
    readonly selector: Selector;
    readonly set: string;
    readonly told: Told;
  }

  const editAll = async (
    { authorize, row }: TokenFixture,
    edits: readonly (readonly [set: string, told: Told])[],
  ): Promise<Edited[]> => {
    const edited: Edited[] = [];
    for (const [set, told] of edits) {
      const selector = await authorize();
      const text = `update connection_tokens set ${set} where id = $1::bigint returning user_id`;
      const { rows } = await database.sql.run("", text, [(await row(selector)).id]);
      edited.push({ selector: { ...selector, userId: String(rows[0]?.["user_id"]) }, set, told });
    }
    return edited;
  };

  const assertTold = async ({ tokens }: TokenFixture, edited: readonly Edited[]): Promise<void> => {
    for (const { selector, set, told } of edited)
      expect([set, await refusal(tokens.getToken(selector))]).toMatchObject([set, told]);
  };

  it("fails alone, with an error that names what is wrong, and the sweep goes on", async () => {
    const fixture = await createTokenFixture(database);
    const { tokens, authorize, row, calls } = fixture;
    const broken = await editAll(fixture, EDITS);
    const healed = await editAll(fixture, HEALED);
    const good = await Promise.all(Array.from({ length: GOOD }, () => authorize()));
    await assertTold(fixture, healed);
    await moveClock(database, 51 * MINUTE);
    for (let sweep = 0; sweep < 2; sweep += 1) {
      await tokens.sweep(untilDone);
      for (const selector of [...good, ...healed.map((one) => one.selector)])
        expect(await row(selector)).toMatchObject({ fromRefresh: true, status: "active", leaseOwner: null });
      expect(calls()).toBe(GOOD + HEALED.length);
      await moveClock(database, 2 * MINUTE);
    }
    await moveClock(database, 2 * HOUR);
    await assertTold(fixture, broken);
    expect(calls()).toBe(GOOD + HEALED.length);
  });

  it("does not keep the others waiting for the end of their provider's trouble", async () => {
    const fixture = await createTokenFixture(database);
    const { tokens, provider, authorize, row } = fixture;
    await editAll(fixture, [["refresh_token = 'not a ciphertext'", sealed("corrupt")]]);
    const good = await Promise.all(Array.from({ length: 3 }, () => authorize({ expiresInSeconds: 7200 })));
    const { clients } = provider.settings;
    provider.settings.clients = {};
    await moveClock(database, 3 * HOUR);
    await tokens.sweep(untilDone);
    await tokens.settle(10_000);
    expect((await row(good[0]!)).failureReason).toBe("PROVIDER_MISCONFIGURED");
    provider.settings.clients = clients;
    await moveClock(database, MINUTE);
    await tokens.tendTroubles(untilDone);
    await tokens.settle(10_000);
    expect(fixture.logLines.join("\n")).toContain("provider accepts the client again");
  });

  it("is named in the log of the sweep that comes by it, and kept as it is", async () => {
    const fixture = await createTokenFixture(database);
    const { tokens, logLines, registration } = fixture;
    const wanted = EDITS.filter(
      ([set, { metadata }]) => !/status|user_id/.test(set) && metadata["cause"] !== "unknown_key",
    );
    const broken = await editAll(fixture, wanted);
    const revisions = async () =>
      (
        await database.sql.run("", "select revision from connection_tokens where provider = $1 order by id", [
          registration.name,
        ])
      ).rows;
    const before = await revisions();
    await moveClock(database, 51 * MINUTE);
    await tokens.sweep(untilDone);
    for (const { selector, set, told } of broken) {
      const line = logLines.find((one) => one.includes(selector.connectionId) && one.includes(told.code));
      expect([set, JSON.parse(line ?? "{}")]).toMatchObject([
        set,
        {
          event: expect.stringMatching(/^stored (row skipped|token does not open)$/),
          cause: Object.values(told.metadata)[0],
        },
      ]);
    }
    expect(await revisions()).toEqual(before);
  });
});
