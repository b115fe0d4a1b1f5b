import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ServiceError } from "@grpc/grpc-js";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { newApiKey } from "../../src/access/index.ts";
import { generateFernetKey } from "../../src/crypto/index.ts";
import { type BrokerProcess, runBrokerCommand, startBrokerProcess } from "../support/broker-process.ts";
import { canariesIn, canary, recordOutput } from "../support/canaries.ts";
import { createGrpcClient } from "../support/grpc-client.ts";
import { createDatabase } from "../support/postgres-databases.ts";
import { json, type ScriptedAnswer, startTestProvider, type TestProvider } from "../support/provider.ts";
import { postgresServerUrl } from "../support/run-fixtures.ts";
import {
  createDeployment,
  declared,
  newClient,
  newSelector,
  RETURN_TO,
  type Selector,
} from "./deployment.ts";

/** No secret, and still nobody to be named in a log. */
const PERSON = "ada@people.example";

/**
 * Every input that takes a secret is given a canary, everything goes wrong that can, at the level that logs most. What the broker let
 * out meanwhile is kept here and searched in the end: its log, `/metrics`, its pages, and each refusal of an RPC.
 */
describe("a broker with log level debug", () => {
  const client = newClient();
  const apiKey = newApiKey("canary-caller");
  const scratch = mkdtempSync(join(tmpdir(), "token-broker-secrets-"));
  /** Secrets that the broker or a format makes, and that therefore cannot be canaries. */
  const made = new Set<string>([apiKey.key, apiKey.key.slice("tbk_canary-caller_".length)]);
  const shown: { readonly source: string; readonly text: string }[] = [];
  let databaseUrl: string;
  let deploymentKey: string;
  let provider: TestProvider;
  let broker: BrokerProcess;

  beforeAll(async () => {
    provider = await startTestProvider({ clients: { [client.id]: client.secret } });
    const url = new URL(await createDatabase(await postgresServerUrl()));
    databaseUrl = url.href;
    // The test server trusts everybody; the driver sends and keeps a password all the same.
    url.password = canary("database_password");
    const keysFile = join(scratch, "api-keys");
    writeFileSync(keysFile, `${apiKey.line}\n`);
    const deployment = createDeployment(url.href, {
      ...declared("acme", provider, client),
      CONNECT_ACME_CLIENT_SECRET_PREVIOUS: canary("previous_client_secret"),
      CONNECT_ACME_EXTRA_TOKEN_PARAMS: `resource_key=${canary("token_parameter")}`,
      CONNECT_ACME_REVOKE_URL: provider.revokeUrl,
      BROKER_API_KEYS_FILE: keysFile,
      BROKER_LOG_LEVEL: "debug",
      BROKER_SWEEP_INTERVAL_SECONDS: "1",
    });
    deploymentKey = String(deployment.env["CONNECT_TOKEN_ENCRYPTION_KEY"]);
    made.add(deploymentKey);
    broker = await deployment.start();
  });

  afterAll(async () => {
    await broker?.stop();
    await provider.close();
    rmSync(scratch, { recursive: true, force: true });
  });

  const newGrant = (): Selector => ({ ...newSelector("acme"), userId: PERSON });

  const show = (source: string, text: string): void => {
    recordOutput(source, text);
    shown.push({ source, text });
  };

  /** One RPC; keeps what refuses it. An answer is not kept: it is where tokens belong. */
  const rpc = async (method: string, request: object | string, authorization = `Bearer ${apiKey.key}`) => {
    const response = await fetch(`${broker.rpcUrl}/tokenbroker.v1.TokenBrokerService/${method}`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization },
      body: typeof request === "string" ? request : JSON.stringify(request),
    });
    const text = await response.text();
    const headers = JSON.stringify([...response.headers]);
    show(`${method} over Connect`, response.ok ? headers : headers + text);
    return {
      ok: response.ok,
      text,
      message: (response.ok ? JSON.parse(text) : {}) as Record<string, unknown>,
    };
  };

  const refused = async (...request: Parameters<typeof rpc>): Promise<void> => {
    const { ok } = await rpc(...request);
    expect(ok, `${request[0]} was answered`).toBe(false);
  };

  const start = async (selector: Selector, more: object = {}) => {
    const { message } = await rpc("StartAuthorization", { ...selector, redirectUri: RETURN_TO, ...more });
    const state = new URL(String(message["authorizeUrl"])).searchParams.get("state") ?? "";
    made.add(state);
    return state;
  };

  /** The browser comes back; keeps page and headers, and what is in the address it is sent to but the ticket, which belongs there. */
  const comeBack = async (params: Record<string, string> | string, init: RequestInit = {}) => {
    const query = typeof params === "string" ? params : new URLSearchParams(params).toString();
    const url = `http://${broker.callbackAddress}/connect/callback/acme?${query}`;
    const response = await fetch(url, { redirect: "manual", ...init });
    const location = new URL(response.headers.get("location") ?? RETURN_TO);
    const ticket = location.searchParams.get("ticket") ?? "";
    location.searchParams.delete("ticket");
    if (ticket !== "") made.add(ticket);
    const headers = [...response.headers].filter(([name]) => name !== "location");
    show("callback", [JSON.stringify(headers), location.href, await response.text()].join("\n"));
    return { status: response.status, ticket, query: location.searchParams };
  };

  const tokens = (more: object = {}): ScriptedAnswer =>
    json({
      access_token: canary("access_token"),
      refresh_token: canary("refresh_token"),
      id_token: canary("id_token"),
      token_type: "Bearer",
      expires_in: 3600,
      unexpected: canary("unknown_field"),
      ...more,
    });

  /** What a token endpoint may do wrong, each with a secret in it. */
  const mishaps = (): ScriptedAnswer[] => [
    json({ error: "invalid_grant", error_description: canary("error_description") }, { status: 400 }),
    json({ error: canary("error_code") }, { status: 400 }),
    { headers: { "content-type": "text/html" }, body: `<p>${canary("page")}</p>` },
    { headers: { "content-type": "application/json" }, body: `{"access_token":"${canary("access_token")}"` },
    { headers: { "content-type": "application/json" }, body: canary("short_body") },
    json({ access_token: `${canary("access_token")}\nx: y`, token_type: "Bearer" }),
    json({ access_token: { nested: canary("access_token") }, token_type: "Bearer" }),
    json({ access_token: canary("access_token"), token_type: canary("token_type") }),
    json(
      { error: "invalid_client" },
      { status: 401, headers: { "www-authenticate": `Basic ${canary("challenge")}` } },
    ),
    { status: 302, headers: { location: `https://elsewhere.example/?${canary("location")}` } },
    { status: 503, body: canary("error_body") },
    { raw: `HTTP/1.1 200 ${canary("status_line")}\r\n${canary("header")}\r\n\r\n` },
    { fault: "truncate", body: canary("cut_off") },
  ];

  /** The broker may ask the provider something of its own accord and take the answer that was meant for the exchange. */
  const connected = async (): Promise<Selector> => {
    for (;;) {
      const selector = newGrant();
      provider.script("token", tokens());
      const { query } = await comeBack({ state: await start(selector), code: canary("code") });
      if (query.get("error") === null) return selector;
    }
  };

  const versionOf = async (selector: Selector): Promise<unknown> => {
    const { message } = await rpc("GetConnection", selector);
    return (message["connection"] as { version: string }).version;
  };

  it("connects, by itself and by ticket, and hands tokens out", async () => {
    const selector = await connected();
    const { text } = await rpc("GetToken", selector);
    expect(canariesIn(text)).toEqual(["access_token"]);
    const byTicket = newGrant();
    const state = await start(byTicket, { completion: "COMPLETION_REQUIRED" });
    const { ticket } = await comeBack({ state, code: canary("code") });
    await refused("CompleteAuthorization", { ticket, userId: "eve" });
    await refused("CompleteAuthorization", { ticket: canary("ticket"), userId: PERSON });
    provider.script("token", tokens());
    expect((await rpc("CompleteAuthorization", { ticket, userId: PERSON })).ok).toBe(true);
    for (const { params, client: presented } of provider.requestsTo("token")) {
      made.add(params["code_verifier"]!);
      expect(presented.clientSecret).toBe(client.secret);
    }
  });

  it("refuses callbacks", async () => {
    const selector = newGrant();
    const denied = { error: "access_denied", error_description: canary("error_description") };
    expect((await comeBack({ state: await start(selector), ...denied })).query.get("error")).toBe(
      "access_denied",
    );
    await comeBack({ state: await start(selector), error: canary("error_code"), code: canary("code") });
    for (const query of [
      `state=${canary("state")}&code=${canary("code")}`,
      `code=${canary("code")}`,
      `state=${canary("state")}&state=${canary("state")}&code=${canary("code")}`,
      `state=${canary("state")}%zz&code=${canary("code")}`,
      `state=${canary("state")}&code=${canary("code").repeat(100)}`,
      `state=${canary("state")}&code=${canary("code").repeat(1000)}`,
    ])
      expect((await comeBack(query)).status).toBeGreaterThanOrEqual(400);
    const form = new URLSearchParams({ state: canary("state"), code: canary("code") });
    expect((await comeBack("", { method: "POST", body: form })).status).toBe(400);
    expect((await comeBack("", { method: "POST", body: canary("body") })).status).toBe(415);
  });

  it("meets a token endpoint that goes wrong, on exchange and on refresh", async () => {
    for (const mishap of mishaps()) {
      provider.always("token", mishap);
      const { query } = await comeBack({ state: await start(newGrant()), code: canary("code") });
      expect(query.get("error")).not.toBeNull();
    }
    for (const mishap of mishaps()) {
      const selector = await connected();
      provider.always("token", mishap);
      await rpc("RefreshToken", selector);
      await refused("GetToken", { ...selector, rejectedVersion: await versionOf(selector) });
    }
    provider.always("token", undefined);
  });

  it("is told to revoke what the provider does not let go", async () => {
    const selector = await connected();
    provider.script("revoke", json({ error: canary("error_code") }, { status: 400 }), {
      status: 503,
      body: canary("error_body"),
    });
    expect((await rpc("RevokeConnection", selector)).ok).toBe(true);
    await refused("GetToken", selector);
  });

  it("refuses calls", async () => {
    await refused("GetToken", newGrant(), `Bearer tbk_canary-caller_${canary("api_key")}`);
    await refused("GetToken", newGrant(), `Bearer ${apiKey.key}x`);
    await refused("GetToken", newGrant(), `Basic ${canary("api_key")}`);
    await refused(
      "ImportToken",
      `{"access_token": "${canary("access_token")}", "expires_at": ${canary("time")}`,
    );
    await refused("ImportToken", { ...newGrant(), accessToken: [canary("access_token")] });
    await refused("ImportToken", { ...newGrant(), accessToken: `${canary("access_token")}\r\n` });
    await refused("ImportToken", {
      ...newGrant(),
      accessToken: canary("access_token"),
      expiresAt: canary("time"),
    });
    await refused("ImportToken", {
      ...newGrant(),
      accessToken: canary("access_token").repeat(20_000),
    });
    await refused("ImportToken", {
      ...newGrant(),
      accessToken: canary("access_token"),
      tokenType: `${canary("token_type")} ${canary("token_type")}`,
    });
    provider.always("token", mishaps()[0]);
    await refused("ImportToken", {
      ...newGrant(),
      accessToken: canary("access_token"),
      refreshToken: canary("refresh_token"),
      verify: true,
    });
    provider.always("token", undefined);
    const registration = {
      name: "other",
      clientId: "id",
      clientSecret: canary("client_secret"),
      authorizeUrl: provider.authorizeUrl,
      tokenUrl: provider.tokenUrl,
    };
    await refused("RegisterProvider", { ...registration, clientSecret: `${canary("client_secret")}\n` });
    await refused("RegisterProvider", {
      ...registration,
      tokenUrl: `https://user:${canary("password")}@example.com/token`,
    });
    await refused("RegisterProvider", { ...registration, template: canary("template") });
    expect((await rpc("RegisterProvider", registration)).ok).toBe(true);
    await refused("RegisterProvider", { ...registration, clientSecret: canary("client_secret") });
    for (const [method, request] of [
      ["GetProvider", { name: "other" }],
      ["VerifyProvider", { name: "other" }],
      ["ListProviders", {}],
      ["ListConnections", {}],
    ] as const)
      show(method, (await rpc(method, request)).text);
    using grpc = createGrpcClient(broker.rpcAddress);
    const error = await grpc.call("GetToken", newGrant()).catch((reason: ServiceError) => reason);
    show("GetToken over gRPC", JSON.stringify(error));
    expect(error).toMatchObject({ code: 16 });
  });

  it("is authorized by another account than before", async () => {
    const idToken = (): string => {
      const claims = { iss: provider.url, sub: canary("subject"), aud: client.id };
      const token = `e30.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.c2ln`;
      made.add(token);
      return token;
    };
    const authorize = async (selector: Selector, request: object) => {
      provider.script("token", tokens({ id_token: idToken() }));
      return await comeBack({ state: await start(selector, request), code: canary("code") });
    };
    const selector = newGrant();
    await authorize(selector, {});
    for (const text of [(await rpc("GetConnection", selector)).text, (await rpc("ListConnections", {})).text])
      show("a pinned connection", text);
    expect((await authorize(selector, { pinAccount: true })).query.get("error")).toBe("account_mismatch");
    expect((await authorize(selector, {})).query.get("error")).toBeNull();
  });

  it("changes its keys, by RPC and by command", async () => {
    const administer = async (method: string): Promise<void> => {
      const response = await fetch(`${broker.rpcUrl}/tokenbroker.v1.TokenBrokerAdminService/${method}`, {
        method: "POST",
        headers: { "content-type": "application/json", authorization: `Bearer ${apiKey.key}` },
        body: "{}",
      });
      show(method, await response.text());
      expect(response.status).toBe(200);
    };
    await administer("GetKeyStatus");
    await administer("RotateKeys");
    const fresh = generateFernetKey();
    made.add(fresh);
    for (const keys of [deploymentKey, fresh, `${fresh},${deploymentKey}`])
      for (const command of [["rotate-keys", "--dry-run"], ["rotate-keys"], ["resume"]]) {
        const { output } = await runBrokerCommand(command, {
          BROKER_DATABASE_URL: databaseUrl,
          CONNECT_TOKEN_ENCRYPTION_KEY: keys,
        });
        show(command.join(" "), output);
      }
  });

  it("has a database that refuses statements, and one whose rows were edited", async () => {
    const edited = await connected();
    const administrator = new Client({ connectionString: databaseUrl });
    await administrator.connect();
    try {
      await administrator.query("update connection_tokens set token_url = 'https://evil.example/token'");
      await refused("GetToken", edited);
      await administrator.query("alter table connection_tokens add constraint none check (false) not valid");
      const { status, query } = await comeBack({
        state: await start(newGrant()),
        code: canary("code"),
      });
      expect([status, query.get("error")]).not.toEqual([303, null]);
      provider.script("token", tokens());
      await refused("ImportToken", { ...newGrant(), accessToken: canary("access_token") });
      await administrator.query("alter table oauth_states rename to away");
      await refused("StartAuthorization", newGrant());
      await comeBack({ state: canary("state"), code: canary("code") });
      await administrator.query("alter table connection_tokens rename to away_too");
      await refused("ImportToken", { ...newGrant(), accessToken: canary("access_token") });
      await refused("GetToken", edited);
    } finally {
      await administrator.end();
    }
  });

  it("let no secret out by its log, its metrics, its pages or its refusals", async () => {
    show("metrics", await (await fetch(`${broker.telemetryUrl}/metrics`)).text());
    show("readiness", await (await fetch(`${broker.telemetryUrl}/healthz/ready`)).text());
    expect(await broker.stop()).toEqual({ code: 0, signal: null });
    show("log", broker.output());
    const debugged = new Set(broker.log().map(({ level }) => level));
    expect([...debugged]).toEqual(expect.arrayContaining(["debug", "info", "warn", "error"]));
    expect(made.size).toBeGreaterThan(30);
    expect([...made].filter(({ length }) => length < 16)).toEqual([]);
    const leaks = shown.flatMap(({ source, text }) => [
      ...canariesIn(text).map((kind) => `${kind} in ${source}`),
      ...[...made].filter((secret) => holds(text, secret)).map((_, at) => `secret ${at} in ${source}`),
    ]);
    expect([...new Set(leaks)]).toEqual([]);
    // People's ids are what the audit record is for; the log has none.
    const logged = broker
      .output()
      .split("\n")
      .filter((line) => !line.includes('"audit":true'));
    expect(logged.join("\n")).not.toContain(PERSON);
  });

  it("would have been caught", () => {
    const secret = randomBytes(32).toString("base64url");
    expect(holds(`… ${secret} …`, secret)).toBe(true);
    expect(holds(Buffer.from(`user:${secret}`).toString("base64"), secret)).toBe(true);
    expect(canariesIn(canary("client_secret"))).toEqual(["client_secret"]);
  });
});

describe("a broker that crashes", () => {
  const PROGRAM = join(import.meta.dirname, "programs/crash-on-signal.ts");

  it.each(["exception", "rejection", "value", "aggregate"])(
    "tells of an %s in one line, and nothing of what it says",
    async (kind) => {
      const text = canary("crash");
      await using broker = await startBrokerProcess({
        env: {
          BROKER_LOG_LEVEL: "debug",
          NODE_OPTIONS: `--import ${PROGRAM}`,
          CRASH_TEXT: text,
          CRASH_KIND: kind,
        },
      });
      broker.kill("SIGUSR1");
      broker.kill("SIGUSR2");
      expect(await broker.exited).toEqual({ code: 1, signal: null });
      expect(broker.log().at(-1)).toMatchObject({ level: "error", event: "crashed" });
      const lines = broker.output().trimEnd().split("\n");
      expect(lines.filter((line) => !line.startsWith("{"))).toEqual([]);
      expect(canariesIn(broker.output())).toEqual([]);
      expect(broker.output()).not.toContain("Debugger");
    },
  );

  it("does so in every command", async () => {
    const text = canary("crash");
    const crash = `const t=setInterval(()=>{if(process.listenerCount("uncaughtException")===0)return;clearInterval(t);throw new TypeError(process.env.CRASH_TEXT)},1)`;
    const { code, output } = await runBrokerCommand(["migrate"], {
      BROKER_DATABASE_URL: await createDatabase(await postgresServerUrl()),
      CONNECT_TOKEN_ENCRYPTION_KEY: generateFernetKey(),
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(crash)}`,
      CRASH_TEXT: text,
    });
    expect(code).toBe(1);
    expect(output).toContain("token-broker: crashed: unexpected TypeError");
    expect(canariesIn(output)).toEqual([]);
  });
});

/** As it is, or in base64 behind anything. */
const holds = (text: string, secret: string): boolean =>
  secret !== "" &&
  [secret, ...[0, 1, 2].map((offset) => encodedAt(secret, offset))].some((form) => text.includes(form));

/** The characters of base64 that depend on the secret alone, when so many bytes (modulo three) stand before it. */
const encodedAt = (secret: string, offset: number): string =>
  Buffer.from("\0".repeat(offset) + secret)
    .toString("base64")
    .slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + secret.length) * 8) / 6));
