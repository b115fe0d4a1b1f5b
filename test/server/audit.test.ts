import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { newApiKey } from "../../src/access/index.ts";
import { DETAIL_FIELDS } from "../../src/server/audit-facts.ts";
import { canariesIn, canary } from "../support/canaries.ts";
import { useAcmeApp } from "./acme-app.ts";
import { post, type RpcAnswer, rpcMethod, rpcNames } from "./rpc-calls.ts";
import { validRequest } from "./rpc-requests.ts";

const folder = mkdtempSync(join(tmpdir(), "token-broker-audit-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const keysFile = join(folder, "keys");
const key = newApiKey("billing");
writeFileSync(keysFile, `${key.line}\n`);

describe("the audit record", () => {
  const app = useAcmeApp({ env: { BROKER_AUDIT: "json,table", BROKER_API_KEYS_FILE: keysFile } });
  const lines = () => app.broker.auditLines;
  const call = (rpc: string, body: object | string = validRequest(rpc), more = {}) =>
    post(app.broker.rpcUrl, rpc, body, { authorization: `Bearer ${key.key}`, ...more });
  const rowCount = async (): Promise<number> => {
    const { rows } = await app.database.sql.run("", "select count(*)::int as n from audit_events", []);
    return Number(rows[0]?.["n"]);
  };

  /** A batch has a record for each item: here for one whose connection is not there. */
  const outcomeOf = (rpc: string, answer: RpcAnswer): string => {
    if (rpc === "BatchGetTokens") return "CONNECTION_NOT_FOUND";
    return answer.code === "ok" ? "OK" : answer.error.reason;
  };

  it.each(rpcNames)("is written once for %s, however it ends", async (rpc) => {
    const [linesBefore, rowsBefore] = [lines().length, await rowCount()];
    const answer = await call(rpc);
    const written = lines().slice(linesBefore);
    expect(written).toMatchObject([
      {
        audit: true,
        event: "audit",
        method: rpc,
        caller: "billing",
        namespace: "default",
        outcome: outcomeOf(rpc, answer),
        request_id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
      },
    ]);
    expect(await rowCount()).toBe(rowsBefore + 1);
  });

  it.each([
    ["who is not known", "UNAUTHENTICATED", () => call("GetToken", {}, { authorization: "" })],
    ["whose message cannot be read", "INVALID_ARGUMENT", () => call("GetToken", "{")],
    ["whose message is too long", "RESOURCE_EXHAUSTED", () => call("GetToken", "x".repeat(70_000))],
  ])("is written for a caller %s", async (_, outcome, refused) => {
    const before = lines().length;
    const rowsBefore = await rowCount();
    expect((await refused()).code).not.toBe("ok");
    expect(lines().slice(before)).toMatchObject([{ method: "GetToken", outcome }]);
    expect(lines().at(-1)).not.toHaveProperty("namespace");
    expect(await rowCount()).toBe(rowsBefore + 1);
  });

  it("samples a stranger's flood", async () => {
    const before = lines().length;
    const flood = Array.from({ length: 60 }, () => call("GetToken", {}, { authorization: "" }));
    expect(new Set((await Promise.all(flood)).map(({ code }) => code))).toEqual(new Set(["unauthenticated"]));
    expect(lines().length - before).toBeLessThan(40);
  });

  it("says who got which token of whom", async () => {
    const grant = { connectionId: randomUUID(), userId: "ada", provider: "acme" };
    const accessToken = canary("access_token");
    await call("ImportToken", { ...grant, accessToken, scopes: ["read"] });
    const { json } = await call("GetToken", { ...grant, requiredScopes: ["read"] });
    expect(json["accessToken"]).toBe(accessToken);
    expect(lines().at(-1)).toMatchObject({
      method: "GetToken",
      caller: "billing",
      connection_id: grant.connectionId,
      user_id: "ada",
      provider: "acme",
      version: json["version"],
      outcome: "OK",
      details: { required_scopes: ["read"] },
    });
  });

  it("is written for a provider's answer before the browser goes on", async () => {
    const grant = { connectionId: randomUUID(), userId: "ada", provider: "acme" };
    const start = await call("StartAuthorization", {
      ...grant,
      redirectUri: "http://localhost:9/done",
      completion: "COMPLETION_AUTOMATIC",
    });
    const callback = await app.provider.authorize(String(start.json["authorizeUrl"]));
    const response = await fetch(callback, { redirect: "manual" });
    expect(response.headers.get("location")).toContain("success=true");
    expect(lines().at(-1)).toMatchObject({
      method: "AuthorizationCallback",
      caller: "billing",
      connection_id: grant.connectionId,
      user_id: "ada",
      provider: "acme",
      outcome: "OK",
      details: { authorization_id: start.json["authorizationId"] },
    });
  });

  it("holds no secret, wherever a caller puts one", async () => {
    const secret = canary("misplaced");
    const grant = { connectionId: secret, userId: "ada", provider: secret, namespace: secret };
    await call("GetToken", {
      ...grant,
      requiredScopes: [secret],
      mcpServerUrl: `https://x.example/${secret}`,
    });
    await call("CompleteAuthorization", { ticket: canary("ticket"), userId: "ada" });
    await call("StartAuthorization", { ...validRequest("StartAuthorization"), extraParams: { a: secret } });
    const { rows } = await app.database.sql.run("", "select e::text as text from audit_events e", []);
    const text = rows.map((row) => String(row["text"])).join("\n") + JSON.stringify(lines());
    expect(canariesIn(text)).toEqual([]);
  });

  it("repeats no field that the contract calls secret", () => {
    const secret = rpcNames
      .flatMap((rpc) => [...rpcMethod(rpc).input.fields, ...rpcMethod(rpc).output.fields])
      .filter(({ proto }) => proto.options?.debugRedact === true)
      .map(({ name }) => name);
    expect(secret.length).toBeGreaterThan(3);
    expect(secret.filter((name) => DETAIL_FIELDS.has(name))).toEqual([]);
  });

  describe("that cannot be written to the table", () => {
    afterEach(() => app.database.sql.run("", "alter table if exists audit_away rename to audit_events", []));

    it("keeps the token back", async () => {
      const grant = { connectionId: randomUUID(), userId: "ada", provider: "acme" };
      await call("ImportToken", { ...grant, accessToken: canary("access_token") });
      await app.database.sql.run("", "alter table audit_events rename to audit_away", []);
      const { error, text } = await call("GetToken", grant);
      expect(error).toMatchObject({ code: "unavailable", reason: "STORE_UNAVAILABLE", retryMs: 1000 });
      expect(error.metadata).toEqual({ cause: "audit_table" });
      expect(canariesIn(text)).toEqual([]);
    });
  });
});
