import { beforeAll, expect, it } from "vitest";
import { plainDefinition } from "../../src/catalog/index.ts";
import type { Database } from "../../src/store/index.ts";
import { MINUTE } from "../../src/time.ts";
import { STRICT } from "../mock-provider/index.ts";
import { describeEachStore, moveClock } from "../support/database.ts";
import type { ProviderSettings, ScriptedAnswer } from "../support/provider.ts";
import { createTokenFixture, type FixtureOptions } from "./token-fixture.ts";

interface Odd {
  /** What stands in the answer instead of the usual; undefined leaves the field out. */
  readonly fields?: Readonly<Record<string, unknown>>;
  readonly sent?: Partial<ScriptedAnswer>;
  readonly provider?: Partial<ProviderSettings>;
  readonly definition?: FixtureOptions["definition"];
  /** Seconds from issue to expiry; null = it has no known end. Default 3600. */
  readonly lifetime?: number | null;
  /** Default: both that were asked for. */
  readonly scopes?: readonly string[];
}

const { tokenAnswer } = plainDefinition({ name: "p", authorizeUrl: "", tokenUrl: "" });
const keeping = { provider: { rotation: false } };

const ODD: readonly [name: string, odd: Odd][] = [
  ["JSON as text/plain", { sent: { headers: { "content-type": "text/plain" } } }],
  ["JSON as text/javascript", { sent: { headers: { "content-type": "text/javascript; charset=utf-8" } } }],
  ["JSON as text/html", { sent: { headers: { "content-type": "text/html" } } }],
  ["status 201", { sent: { status: 201 } }],
  ["a byte at a time", { sent: { chunkBytes: 1 } }],
  [
    "a form",
    {
      provider: { formEncodedAnswers: true },
      definition: { tokenAnswer: { ...tokenAnswer, formEncoded: true } },
    },
  ],
  ["no token_type", { fields: { token_type: undefined } }],
  ["token_type BEARER", { fields: { token_type: "BEARER" } }],
  ["no expires_in", { fields: { expires_in: undefined }, lifetime: null }],
  ["expires_in as text", { fields: { expires_in: "1800" }, lifetime: 1800 }],
  ["expires_in with a fraction", { fields: { expires_in: 1800.7 }, lifetime: 1800 }],
  ["expires_in abc", { fields: { expires_in: "abc" }, lifetime: null }],
  ["expires_in null", { fields: { expires_in: null }, lifetime: null }],
  ["expires_in -5", { fields: { expires_in: -5 }, lifetime: null }],
  ["expires_in true", { fields: { expires_in: true }, lifetime: null }],
  ["expires_in 1e18", { fields: { expires_in: 1e18 }, lifetime: 315_360_000 }],
  ["expires_in 0", { fields: { expires_in: 0 }, lifetime: 0 }],
  ["no refresh_token", { ...keeping, fields: { refresh_token: undefined } }],
  ["refresh_token null", { ...keeping, fields: { refresh_token: null } }],
  ["refresh_token empty", { ...keeping, fields: { refresh_token: "" } }],
  ["scope as an array", { provider: { scopeSeparator: "array" } }],
  ["scope as a comma list", { provider: { scopeSeparator: "," } }],
  ["fewer scopes", { fields: { scope: "read" }, scopes: ["read"] }],
  ["more scopes", { fields: { scope: "read write admin" }, scopes: ["read", "write", "admin"] }],
  ["no scope", { fields: { scope: undefined } }],
  ["a scope of 1 MiB", { fields: { scope: "scope ".repeat(170_000) } }],
];

describeEachStore("a refresh that is answered oddly", (backend) => {
  let database: Database;
  beforeAll(async () => {
    database = await backend.open();
  });

  it.each(ODD)("with %s works, and so does the next", async (_, odd) => {
    const {
      fields = {},
      sent,
      provider: settings,
      definition = {},
      lifetime = 3600,
      scopes = ["read", "write"],
    } = odd;
    const { tokens, provider, authorize, row, store, calls } = await createTokenFixture(database, {
      provider: { ...STRICT, ...settings, tokenAnswer: (answer) => ({ ...answer, ...fields }) },
      definition,
    });
    const selector = await authorize();
    const before = await row(selector);
    await moveClock(database, 56 * MINUTE);
    if (sent) provider.script("token", { own: true, ...sent });
    const view = await tokens.getToken(selector).catch(() => undefined);
    const after = await row(selector);
    expect(after.version).toBeGreaterThan(before.version);
    expect(after).toMatchObject({ status: "active", failureReason: "", lifetimeSeconds: lifetime, scopes });
    // A token without a life is answered to nobody, and does not make the broker ask again at once.
    if (lifetime === 0)
      for (let read = 0; read < 5; read += 1) await tokens.getToken(selector).catch(() => undefined);
    else expect(view).toMatchObject({ version: after.version, degraded: undefined });
    expect(calls()).toBe(1);
    const living = () => provider.grants.isLiveRefreshToken(store.tokens.openRefreshToken(after) ?? "");
    expect(living()).toBe(true);
    await moveClock(database, 2 * MINUTE);
    expect((await tokens.refreshToken(selector)).version).toBeGreaterThan(after.version);
    expect(provider.grants.views().map(({ ended }) => ended)).toEqual([undefined]);
  });
});
