import { describe, expect, it } from "vitest";
import type { Respond } from "./odd-vendor.ts";
import { type Connected, type Oddity, useOddities } from "./use-oddities.ts";

const IN_90_DAYS = new Date(Date.now() + 90 * 86_400_000);

/** A token answer whose tokens count up; `more` is what is odd about it. */
const answers =
  (more: (tokens: { access_token: string; refresh_token: string }) => object): Respond =>
  (_request, count) => ({ json: more({ access_token: `at-${count}`, refresh_token: `rt-${count}` }) });

const formAnswer =
  (type: string): Respond =>
  (_request, count) => ({
    headers: { "content-type": type },
    body: `access_token=at-${count}&expires_in=120&scope=read%2Cwrite&refresh_token=rt-${count}`,
  });

const withToken = (respond: Respond): Pick<Oddity, "vendor"> => ({ vendor: { "/token": respond } });

const ODDITIES = {
  root: {
    facts: () => ({
      tokenAnswer: { root: "data", paths: { scope: "granted.list" } },
      metadata: [
        { name: "shop", from: "token", path: "shop.id" },
        { name: "request", from: "token", path: "request_id" },
      ],
    }),
    ...withToken(
      answers((tokens) => ({
        request_id: 7,
        data: { ...tokens, expires_in: 120, granted: { list: ["read", "write"] }, shop: { id: "S1" } },
      })),
    ),
  },
  renamed: {
    facts: () => ({
      tokenAnswer: { paths: { accessToken: "token", refreshToken: "refreshToken", tokenType: "" } },
      expiry: { field: "expiresIn" },
    }),
    ...withToken((_request, count) => ({
      status: 201,
      json: { token: `at-${count}`, refreshToken: `rt-${count}`, expiresIn: 120, token_type: "user" },
    })),
  },
  form: {
    facts: () => ({ tokenAnswer: { formEncoded: true } }),
    ...withToken(formAnswer("application/x-www-form-urlencoded")),
  },
  "mislabelled-form": {
    facts: () => ({ tokenAnswer: { formEncoded: true, anyContentType: true } }),
    ...withToken(formAnswer("text/html")),
  },
  "mislabelled-json": withToken((_request, count) => ({
    headers: { "content-type": "text/plain" },
    body: JSON.stringify({
      access_token: `at-${count}`,
      refresh_token: "rt",
      expires_in: 120,
      scope: "read write",
    }),
  })),
  "no-lifetime": {
    facts: () => ({ expiry: { defaultSeconds: 7200 } }),
    ...withToken(answers((tokens) => tokens)),
  },
  "lifetime-as-text": withToken(answers((tokens) => ({ ...tokens, expires_in: "120" }))),
  "zero-means-never": {
    facts: () => ({ expiry: { zeroMeansNever: true } }),
    ...withToken(answers((tokens) => ({ ...tokens, expires_in: 0 }))),
  },
  "in-milliseconds": {
    facts: () => ({ expiry: { field: "ttl", format: "milliseconds" } }),
    ...withToken(answers((tokens) => ({ ...tokens, ttl: 120_000 }))),
  },
  "in-minutes": {
    facts: () => ({ expiry: { field: "ttl", format: "minutes" } }),
    ...withToken(answers((tokens) => ({ ...tokens, ttl: "2" }))),
  },
  "until-iso": {
    facts: () => ({ expiry: { absolute: { field: "credentials.expiresAt", format: "iso8601" } } }),
    ...withToken(answers((tokens) => ({ ...tokens, credentials: { expiresAt: IN_90_DAYS.toISOString() } }))),
  },
  "until-epoch": {
    facts: () => ({ expiry: { absolute: { field: "expires_at", format: "seconds" } } }),
    ...withToken(answers((tokens) => ({ ...tokens, expires_at: Math.floor(IN_90_DAYS.getTime() / 1000) }))),
  },
  "never-a-word": withToken(answers((tokens) => tokens)),
} satisfies Record<string, Oddity>;

const ERRORS = {
  "code-field": {
    facts: () => ({
      tokenAnswer: {
        root: "data",
        errorIn200: { field: "code", success: ["0"] },
        errorDialect: { invalidGrant: ["40105"], invalidClient: ["40001"] },
      },
    }),
    ...withToken((request, count) => ({
      json:
        request.params["grant_type"] === "refresh_token"
          ? { code: 40105, message: "the vendor's own words" }
          : { code: 0, data: { access_token: `at-${count}`, refresh_token: "rt", expires_in: 3600 } },
    })),
  },
  "ok-false": {
    facts: () => ({
      tokenAnswer: {
        errorIn200: { field: "ok", success: ["true"], code: "error" },
        errorDialect: { invalidGrant: ["invalid_code"] },
      },
    }),
    ...withToken(() => ({ json: { ok: false, error: "invalid_code" } })),
  },
  elsewhere: {
    facts: () => ({
      tokenAnswer: {
        errorPaths: { error: "status.reason" },
        errorDialect: { invalidClient: ["who_are_you"] },
      },
    }),
    ...withToken(() => ({ json: { access_token: "at", status: { reason: "who_are_you" } } })),
  },
} satisfies Record<string, Oddity>;

const SLACK = {
  facts: () => ({
    scopes: { default: ["chat:write", "user:search:read"], separator: "," },
    authorizeRequest: { secondScope: { parameter: "user_scope", prefix: "user:" } },
    tokenAnswer: {
      paths: { tokenType: "" },
      tokens: [
        {
          name: "user",
          paths: {
            accessToken: "authed_user.access_token",
            refreshToken: "authed_user.refresh_token",
            expiresIn: "authed_user.expires_in",
            scope: "authed_user.scope",
          },
        },
      ],
    },
  }),
} satisfies Oddity;

const broker = useOddities({
  ...ODDITIES,
  ...ERRORS,
  "several-tokens": {
    ...SLACK,
    ...withToken(({ params }) => ({
      json: {
        ok: true,
        access_token: params["refresh_token"] === "xoxe" ? "xoxp-2" : "xoxb",
        token_type: "bot",
        scope: "chat:write",
        authed_user: {
          id: "U1",
          access_token: "xoxp",
          refresh_token: "xoxe",
          expires_in: 3600,
          scope: "search:read,files:read",
          token_type: "user",
        },
      },
    })),
  },
  "user-token-only": {
    ...SLACK,
    ...withToken(() => ({ json: { ok: true, authed_user: { access_token: "xoxp", scope: "search:read" } } })),
  },
});

const secondsLeft = async (flow: Connected): Promise<number | undefined> => {
  const { expiresAt } = await flow.token();
  return expiresAt === undefined ? undefined : Number(expiresAt.seconds) - Date.now() / 1000;
};

describe("a token answer", () => {
  it.each<[keyof typeof ODDITIES, string, number | undefined]>([
    ["root", "24", 120],
    ["renamed", "24, 28", 120],
    ["form", "25", 120],
    ["mislabelled-form", "25", 120],
    ["mislabelled-json", "25", 120],
    ["no-lifetime", "27", 7200],
    ["lifetime-as-text", "28", 120],
    ["zero-means-never", "28", undefined],
    ["in-milliseconds", "28", 120],
    ["in-minutes", "28", 120],
    ["until-iso", "28", 90 * 86_400],
    ["until-epoch", "28", 90 * 86_400],
    ["never-a-word", "27", undefined],
  ])("with %s (%s) brings its tokens and its lifetime, also at a refresh", async (name, _, lifetime) => {
    const flow = await broker.connect(name);
    expect(flow.outcome).toEqual({ success: "true" });
    const first = await secondsLeft(flow);
    if (lifetime === undefined) expect(first).toBeUndefined();
    else expect(Math.abs((first ?? 0) - lifetime)).toBeLessThan(60);
    const token = await flow.refreshed();
    expect(token.accessToken).toBe(`at-${flow.requests("/token").length}`);
    expect(token.tokenType).toBe("Bearer");
  });

  it("below a root keeps what stands beside the tokens and outside (24, 35)", async () => {
    const token = await (await broker.connect("root")).token();
    expect(token.scopes).toEqual(["read", "write"]);
    expect(token.providerMetadata).toEqual({ shop: "S1", request: "7" });
  });

  it("with several tokens brings each under its name (several tokens per connection)", async () => {
    const flow = await broker.connect("several-tokens");
    expect(await flow.token()).toMatchObject({ accessToken: "xoxb", scopes: ["chat:write"] });
    const user = await flow.token("user");
    expect(user).toMatchObject({ accessToken: "xoxp", scopes: ["search:read", "files:read"] });
    expect(user.expiresAt).toBeDefined();
    const { version: rejectedVersion } = user;
    const next = await broker.client.getToken({ ...flow.grant, tokenName: "user", rejectedVersion });
    expect(next.accessToken).toBe("xoxp-2");
    expect((await flow.token()).accessToken).toBe("xoxb");
    const required = { ...flow.grant, requiredScopes: ["chat:write", "user:search:read"] };
    expect((await broker.client.getToken(required)).accessToken).toBe("xoxb");
  });

  it("without the main token has the first of the others in its place", async () => {
    const flow = await broker.connect("user-token-only");
    expect(await flow.token()).toMatchObject({ accessToken: "xoxp", scopes: ["search:read"] });
  });
});

describe("an error in an answer of status 200 (26)", () => {
  it("at a refresh ends the grant where the vendor's code means invalid_grant", async () => {
    const flow = await broker.connect("code-field");
    expect((await flow.token()).accessToken).toBe("at-1");
    await expect(flow.refreshed()).rejects.toThrow(/reauthor|refused|provider/i);
    await expect(flow.refreshed()).rejects.not.toThrow(/vendor's own words/);
  });

  it.each([
    ["ok-false", "exchange_failed"],
    ["elsewhere", "exchange_failed"],
  ])("at the exchange is a failure (%s)", async (name, error) => {
    expect((await broker.connect(name)).outcome).toEqual({ error });
  });
});
