import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import {
  fernetDecrypt,
  FernetError,
  type KeyRing,
  parseKeyRing,
  generateFernetKey,
} from "../../src/crypto/index.ts";
import type { Database, Store } from "../../src/store/index.ts";
import { SEALED_COLUMNS } from "../../src/store/keys/sealed-columns.ts";
import { describeEachStore } from "../support/database.ts";
import {
  grantKey,
  newAuthorization,
  newKeyRing,
  namedToken,
  newToken,
  pins,
  stored,
  storeOn,
} from "./fixtures.ts";

const unavailable = (cause: string) =>
  expect.objectContaining({ code: "KEY_UNAVAILABLE", metadata: { cause } });

describeEachStore("sealed columns", (backend) => {
  let database: Database;
  let store: Store;
  const keyRing: KeyRing = newKeyRing();
  beforeAll(async () => {
    database = await backend.open();
    store = storeOn(database, keyRing);
  });

  const run = async (text: string, parameters: readonly (string | bigint)[] = []) =>
    (await database.sql.run("", text, parameters)).rows;

  /** By the law of names, not from a list. */
  const secretColumns = async () =>
    (
      await run(`select s.table_name, s.column_name from information_schema.columns s
        join information_schema.columns k on k.table_name = s.table_name and k.table_schema = s.table_schema
          and k.column_name = s.column_name || '_key_id'
        where s.table_schema = current_schema() order by 1, 2`)
    ).map((row) => [String(row["table_name"]), String(row["column_name"])] as const);

  it("are those that the key count knows", async () => {
    expect(await secretColumns()).toEqual(SEALED_COLUMNS.toSorted((a, b) => (a.join() < b.join() ? -1 : 1)));
  });

  it("all open with the key they name, and with no other", async () => {
    const row = await stored(store);
    await stored(store);
    await store.tokens.revoke(row, { owner: "replica-1", leaseSeconds: 1 });
    const flow = newAuthorization();
    await store.authorizations.insert(flow);
    const consumed = await store.authorizations.consumeByState(flow.stateHash);
    await store.authorizations.park(consumed!, { code: "code", ticketHash: "ticket", forSeconds: 60 });
    await store.providers.insert("default", "acme", {
      template: "",
      clientId: "c",
      hosts: [],
      definition: "{}",
    });

    await store.oauthClients.put(
      { namespace: "default", issuer: "https://as.test", resource: "", redirectUri: "" },
      {
        clientId: "c",
        secret: "s",
        registrationAccessToken: "r",
        secretExpiresAt: undefined,
        tokenEndpointAuthMethod: "",
        grantTypes: [],
        metadata: {},
      },
      false,
    );

    const other = parseKeyRing(generateFernetKey()).primary;
    for (const [table, column] of await secretColumns()) {
      const values = await run(
        `select ${column} as value, ${column}_key_id as key_id from ${table} where ${column} is not null`,
      );
      expect([table, column, values.length]).not.toEqual([table, column, 0]);
      for (const { value, key_id } of values) {
        const key = keyRing.keys.get(String(key_id));
        expect(JSON.parse(fernetDecrypt(key!, String(value)).toString("utf8"))).toHaveProperty("secret");
        expect(() => fernetDecrypt(other, String(value))).toThrow(FernetError);
      }
    }
  });

  describe("of tokens", () => {
    const openers = (row: Parameters<Store["tokens"]["openAccessToken"]>[0]) => [
      () => store.tokens.openAccessToken(row),
      () => store.tokens.openRefreshToken(row),
    ];

    it.each([
      ["the user", "user_id", "mallory"],
      ["the namespace", "namespace", "elsewhere"],
      ["the connection", "connection_id", randomUUID()],
      ["the provider", "provider", "other"],
      ["the MCP server", "mcp_server_url", "https://evil.test"],
      ["the registration", "registration_id", "rpc:other"],
      ["the client", "client_id", "client-2"],
      ["the token endpoint", "token_url", "https://evil.test/token"],
      ["the revocation endpoint", "revoke_url", "https://evil.test/revoke"],
      ["the issuer", "issuer", "https://evil.test"],
      ["the resource", "resource", "https://evil.test"],
      ["the provider's variables", "provider_config", '{"shop":"evil","region":"eu"}'],
      ["the metadata that callers follow", "provider_metadata", '{"instance_url":"https://evil.test"}'],
      ["the version", "version", "999999999"],
    ])("do not open once %s was edited", async (_, column, value) => {
      const row = await stored(store);
      const [edited] = await run(
        `update connection_tokens set ${column} = $1 where id = $2
         returning namespace, connection_id, user_id, provider, mcp_server_url, token_name`,
        [value, row.id],
      );
      const found = await store.tokens.find({
        namespace: String(edited!["namespace"]),
        connectionId: String(edited!["connection_id"]),
        userId: String(edited!["user_id"]),
        provider: String(edited!["provider"]),
        mcpServerUrl: String(edited!["mcp_server_url"]),
        tokenName: String(edited!["token_name"]),
      });
      expect(found?.id).toBe(row.id);
      for (const open of openers(found!)) expect(open).toThrow(unavailable("binding"));
    });

    it("do not open under another token's name", async () => {
      const row = await stored(store, { named: [namedToken("user")] });
      await run(
        "update connection_tokens set token_name = 'bot' where connection_id = $1 and token_name = 'user'",
        [row.connectionId],
      );
      const renamed = await store.tokens.find({ ...row, tokenName: "bot" });
      for (const open of openers(renamed!)) expect(open).toThrow(unavailable("binding"));
    });

    it("do not open when two rows' ciphertexts, or a row's own, were swapped", async () => {
      const [a, b] = [await stored(store), await stored(store)];
      await run(
        `update connection_tokens t set access_token = o.access_token, refresh_token = o.refresh_token
         from connection_tokens o where (t.id = $1 and o.id = $2) or (t.id = $2 and o.id = $1)`,
        [a.id, b.id],
      );
      for (const row of [a, b]) {
        for (const open of openers((await store.tokens.find(row))!))
          expect(open).toThrow(unavailable("binding"));
      }
      const c = await stored(store);
      await run("update connection_tokens set access_token = refresh_token where id = $1", [c.id]);
      const swapped = (await store.tokens.find(c))!;
      expect(() => store.tokens.openAccessToken(swapped)).toThrow(unavailable("binding"));
    });

    it("do not open when put back to an older state of the same row", async () => {
      const row = await stored(store);
      await store.tokens.putAuthorized(row, newToken());
      await run("update connection_tokens set access_token = $1 where id = $2", [
        row.sealed.accessToken.ciphertext,
        row.id,
      ]);
      expect(() => store.tokens.openAccessToken(row)).not.toThrow();
      const rolledBack = (await store.tokens.find(row))!;
      expect(() => store.tokens.openAccessToken(rolledBack)).toThrow(unavailable("binding"));
    });

    it("do not open when damaged, or when their key is not configured; the row stays as it is", async () => {
      const row = await stored(store);
      expect(() => storeOn(database).tokens.openAccessToken(row)).toThrow(unavailable("unknown_key"));
      await run("update connection_tokens set access_token = 'gAAAA' || access_token where id = $1", [
        row.id,
      ]);
      const damaged = (await store.tokens.find(row))!;
      expect(() => store.tokens.openAccessToken(damaged)).toThrow(unavailable("corrupt"));
      expect(damaged).toMatchObject({ status: "active", version: row.version, revision: row.revision });
    });

    it("open under a ring that has the key and seals with another", async () => {
      const [old, fresh] = [generateFernetKey(), generateFernetKey()];
      const before = storeOn(database, parseKeyRing(old));
      const after = storeOn(database, parseKeyRing(`${fresh},${old}`));
      const token = newToken();
      const row = await before.tokens.putAuthorized(grantKey(), token);
      expect(after.tokens.openAccessToken(row)).toBe(token.accessToken);
      const claim = await after.tokens.claim(row.id, row.version, "replica-1", 45);
      const saved = await after.tokens.saveRefreshed(claim!, { ...token, refreshToken: undefined });
      expect(saved!.sealed.refreshToken!.keyId).toBe(parseKeyRing(fresh).primary.id);
      expect(after.tokens.openRefreshToken(saved!)).toBe(token.refreshToken);
      expect(() => before.tokens.openAccessToken(saved!)).toThrow(unavailable("unknown_key"));
    });

    it("do not depend on the order of provider_config", async () => {
      const token = newToken({
        pins: pins({ providerConfig: { zone: "z", area: "a", "10": "x", "9": "y" } }),
      });
      const key = grantKey();
      await store.tokens.putAuthorized(key, token);
      expect(store.tokens.openAccessToken((await store.tokens.find(key))!)).toBe(token.accessToken);
    });
  });

  describe("of flows", () => {
    it.each([
      ["purpose", "login"],
      ["connection_id", "other"],
      ["user_id", "mallory"],
      ["provider", "other"],
      ["mcp_server_url", "https://evil.test"],
      ["caller_id", "mallory"],
      ["registration_id", "rpc:other"],
      ["client_id", "client-2"],
      ["endpoints", '{"tokenUrl":"https://evil.test/token"}'],
      ["issuer", "https://evil.test"],
      ["resource", "https://evil.test"],
      ["callback_url", "https://evil.test"],
      ["redirect_uri", "https://evil.test"],
      ["scopes", "{admin}"],
      ["provider_config", "{}"],
      ["completion", "required"],
      ["allow_account_change", "true"],
      ["labels", "{}"],
      ["namespace", "elsewhere"],
    ])("do not open once %s was edited", async (column, value) => {
      const flow = newAuthorization();
      const { id } = await store.authorizations.insert(flow);
      await run(`update oauth_states set ${column} = $1 where id = $2`, [value, id]);
      const row = await store.authorizations.consumeByState(flow.stateHash);
      expect(() => store.authorizations.openCodeVerifier(row!)).toThrow(unavailable("binding"));
    });

    it("do not open in another flow", async () => {
      const [a, b] = [newAuthorization(), newAuthorization()];
      await store.authorizations.insert(a);
      await store.authorizations.insert(b);
      await run(
        `update oauth_states t set code_verifier = o.code_verifier from oauth_states o where t.state_hash = $1 and o.state_hash = $2`,
        [a.stateHash, b.stateHash],
      );
      const row = await store.authorizations.consumeByState(a.stateHash);
      expect(() => store.authorizations.openCodeVerifier(row!)).toThrow(unavailable("binding"));
    });
  });

  it.each([
    ["client_id", "client-2"],
    ["template", "other"],
    ["hosts", "{evil.test}"],
    ["namespace", "elsewhere"],
    ["name", "renamed"],
    ["version", "1000000"],
  ])("of providers do not open once %s was edited", async (column, value) => {
    const name = `edited-${column}`;
    await store.providers.insert("default", name, {
      template: "",
      clientId: "c",
      hosts: ["a.test"],
      definition: "{}",
    });
    const [edited] = await run(
      `update providers set ${column} = $1 where name = $2 returning namespace, name`,
      [value, name],
    );
    await expect(store.providers.find(String(edited!["namespace"]), String(edited!["name"]))).rejects.toEqual(
      unavailable("binding"),
    );
  });

  it.each([
    ["revoke_url", "https://evil.test"],
    ["user_id", "mallory"],
    ["provider_metadata", '{"instance_url":"https://evil.test"}'],
  ])("of the outbox do not open once %s was edited", async (column, value) => {
    await run("delete from revocation_outbox");
    await store.tokens.revoke(await stored(store), { owner: "replica-1", leaseSeconds: 0 });
    await run(`update revocation_outbox set ${column} = $1`, [value]);
    const [entry] = await store.revocations.claimDue({ limit: 1, owner: "replica-1", leaseSeconds: 1 });
    expect(() => store.revocations.openRefreshToken(entry!)).toThrow(unavailable("binding"));
  });
});
