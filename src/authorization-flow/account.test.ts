import { describe, expect, it } from "vitest";
import { tokenRow } from "../../test/support/token-row.ts";
import type { AuthorizationRow } from "../store/index.ts";
import { accountOf } from "./account.ts";
import type { Exchanged } from "./redeem.ts";

const row = { clientId: "client", scopes: ["read"] } as unknown as AuthorizationRow;

const idToken = (claims: object): string =>
  ["e30", Buffer.from(JSON.stringify(claims)).toString("base64url"), "sig"].join(".");

/** A provider that has nothing but its token answer. */
const exchanged = (raw: string, metadata: readonly object[] = [], root = ""): Exchanged =>
  ({
    registration: { definition: { metadata, tokenAnswer: { root } } },
    call: { endpoints: { userinfoUrl: "" } },
    answer: { raw, scopes: undefined, accessToken: tokenRow().id },
  }) as unknown as Exchanged;

const noEgress = {
  egress: {
    fetch() {
      throw new Error("nothing is asked");
    },
  } as never,
};

const account = (...given: Parameters<typeof exchanged>) => accountOf(noEgress, row, exchanged(...given));

const ADA = { iss: "https://id.example", sub: "ada", aud: "client" };
const ACCOUNT_RULE = [{ name: "user", from: "token", path: "user.id", role: "account" }];

describe("accountOf", () => {
  it("is issuer and subject of an ID token that is for this client", async () => {
    expect(await account(JSON.stringify({ id_token: idToken(ADA) }))).toBe('["https://id.example","ada"]');
    const amongOthers = idToken({ ...ADA, aud: ["client", "other"] });
    expect(await account(JSON.stringify({ id_token: amongOthers }))).toBe('["https://id.example","ada"]');
  });

  it.each([
    ["for another client", idToken({ ...ADA, aud: "other" })],
    ["without a subject", idToken({ ...ADA, sub: "" })],
    ["with a number for one", idToken({ ...ADA, sub: 1.5 })],
    ["without an issuer", idToken({ sub: "ada", aud: "client" })],
    ["that is none", "x.y"],
    ["of another kind", 7],
  ])("is not known by an ID token %s", async (_, token) => {
    expect(await account(JSON.stringify({ id_token: token }))).toBeUndefined();
  });

  it("is what the catalog calls the account in the token answer", async () => {
    expect(await account('{"user":{"id":7}}', ACCOUNT_RULE)).toBe('["catalog:user","7"]');
    expect(await account('{"data":{"user":{"id":"7"}}}', ACCOUNT_RULE, "data")).toBe('["catalog:user","7"]');
  });

  it.each(["[]", "null", "no JSON", "{}", '{"user":{"id":["7","8"]}}', '{"user":{"id":""}}'])(
    "is not known by the answer %s",
    async (raw) => expect(await account(raw, ACCOUNT_RULE)).toBeUndefined(),
  );
});
