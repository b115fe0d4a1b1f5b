import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Code } from "@connectrpc/connect";
import { afterAll, describe, expect, it } from "vitest";
import { newApiKey } from "../../src/access/index.ts";
import { useAcmeApp } from "../server/acme-app.ts";
import { comeBackFromLogin } from "../server/come-back-from-login.ts";
import { rpcNames, rpcPath } from "../server/rpc-calls.ts";
import { canary } from "../support/canaries.ts";
import { startAuthorizationServer } from "../support/mcp/authorization-server.ts";
import { startMcpServer } from "../support/mcp/mcp-server.ts";

const BUF = join(import.meta.dirname, "../../node_modules/.bin/buf");

/** No schema and nothing else lies here. */
const emptyFolder = mkdtempSync(join(tmpdir(), "token-broker-buf-"));
const home = mkdtempSync(join(tmpdir(), "token-broker-buf-home-"));
const keysFile = join(home, "keys");
const apiKey = newApiKey("operator");
writeFileSync(keysFile, apiKey.line);
afterAll(() => [emptyFolder, home].forEach((folder) => rmSync(folder, { recursive: true, force: true })));

interface Finished {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
}

const buf = (...args: readonly string[]): Promise<Finished> => {
  const { promise, resolve } = Promise.withResolvers<Finished>();
  const env = { PATH: process.env["PATH"], HOME: home };
  execFile(
    BUF,
    ["curl", "--http2-prior-knowledge", ...args],
    { cwd: emptyFolder, env },
    (error, stdout, stderr) => resolve({ exit: error ? Number(error.code) : 0, stdout, stderr }),
  );
  return promise;
};

/** buf ends with eight times the code of an error. */
const exitOf = (code: Code): number => code * 8;

const app = useAcmeApp({ env: { BROKER_AUDIT: "json,table" } });
const mcp = await startMcpServer();
const mcpLogin = await startAuthorizationServer();
afterAll(() => Promise.all([mcp[Symbol.asyncDispose](), mcpLogin[Symbol.asyncDispose]()]));

describe.each(["grpc", "connect", "grpcweb"])("buf curl --protocol %s from an empty folder", (protocol) => {
  const run = (rpc: string, request: object): Promise<Finished> =>
    buf("--protocol", protocol, "--data", JSON.stringify(request), app.broker.rpcUrl + rpcPath(rpc));

  it("calls every RPC", async () => {
    const called = new Set<string>();
    const call = async (rpc: string, request: object): Promise<Record<string, unknown>> => {
      const { exit, stdout, stderr } = await run(rpc, request);
      expect([rpc, exit, stderr]).toEqual([rpc, 0, ""]);
      called.add(rpc);
      return JSON.parse(stdout) as Record<string, unknown>;
    };
    const grant = { connectionId: randomUUID(), userId: `user-of-${protocol}`, provider: "acme" };
    const { userId } = grant;
    const name = `own-${protocol}`;
    const urls = { authorizeUrl: "https://acme.example/a", tokenUrl: "https://acme.example/t" };
    await call("RegisterProvider", { name, clientId: "c", clientSecret: canary("client_secret"), ...urls });
    expect(await call("GetProvider", { name })).toMatchObject({ provider: { name, active: true } });
    expect(await call("ListProviders", { activeOnly: true })).toMatchObject({
      providers: expect.arrayContaining([expect.objectContaining({ name })]) as unknown,
    });
    expect(await call("VerifyProvider", { name: "acme" })).toMatchObject({ ok: true });
    await call("DeleteProvider", { name });

    const started = await call("StartAuthorization", {
      ...grant,
      completion: "COMPLETION_REQUIRED",
      redirectUri: "http://localhost:9/done",
    });
    const callback = await app.provider.authorize(String(started["authorizeUrl"]));
    const back = await fetch(callback, { redirect: "manual" });
    await back.text();
    const ticket = new URL(back.headers.get("location") ?? "").searchParams.get("ticket");
    const { authorizationId } = started;
    expect(await call("GetAuthorization", { authorizationId })).toMatchObject({
      status: "AUTHORIZATION_STATUS_AWAITING_COMPLETION",
    });
    await call("CompleteAuthorization", { ticket, userId });

    const token = await call("GetToken", grant);
    expect(app.provider.grants.subjectOf(String(token["accessToken"]))).toBeDefined();
    expect(await call("BatchGetTokens", { requests: [grant, { ...grant, userId: "nobody" }] })).toMatchObject(
      {
        results: [{ token: { accessToken: token["accessToken"] } }, { error: { code: Code.NotFound } }],
      },
    );
    const refreshed = await call("RefreshToken", { ...grant, version: token["version"] });
    expect(await call("GetConnection", grant)).toEqual(refreshed);
    expect(await call("ListConnections", { userId })).toEqual({ connections: [refreshed["connection"]] });
    expect(await call("RevokeConnection", grant)).toEqual({ providerRevocation: "PROVIDER_REVOCATION_DONE" });
    await call("ImportToken", { ...grant, accessToken: canary("access_token") });

    const login = { provider: "people", redirectUri: "http://localhost:9/done" };
    const { authorizeUrl, loginId } = await call("StartLogin", login);
    const returned = await comeBackFromLogin(app.people, String(authorizeUrl));
    expect(await call("CompleteLogin", { ticket: returned.searchParams.get("ticket"), loginId })).toEqual({
      identity: { provider: "people", issuer: app.people.url, subject: "person-1" },
    });

    const { resource, url: mcpServerUrl } = mcp.add({
      path: `/${protocol}`,
      authorizationServers: [mcpLogin.issuer],
      verify: mcpLogin.verify,
    });
    expect(await call("CheckMcpServer", { mcpServerUrl })).toMatchObject({ ready: true, resource });
    const ownClient = { issuer: mcpLogin.issuer, clientId: "by-hand", clientSecret: canary("client_secret") };
    const { client } = await call("RegisterOAuthClient", { ...ownClient, namespace: protocol });
    expect(await call("ListOAuthClients", { namespace: protocol })).toEqual({ clients: [client] });
    const { id } = client as { id: string };
    await call("DeleteOAuthClient", { namespace: protocol, id });
    const asked = { caller: "billing", method: "GetToken", provider: "acme" };
    expect(await call("ExplainAccess", asked)).toMatchObject({ allowed: true });
    expect(await call("GetKeyStatus", {})).toMatchObject({ keys: [{ primary: true, configured: true }] });
    expect(await call("RotateKeys", { rowsPerSecond: 500 })).toMatchObject({ done: true });
    expect(await call("BlockConnections", { userId })).toEqual({ connections: 1, tokens: 1 });
    expect(await call("UnblockConnections", { userId })).toEqual({ connections: 1, tokens: 1 });
    expect(await call("RevokeConnections", { userId })).toEqual({ connections: 1, tokens: 1 });
    expect(await call("ListAuditEvents", { userId, method: "RevokeConnections" })).toMatchObject({
      events: [{ userId, outcome: "OK" }],
    });

    const jobs = { ...grant, connectionId: randomUUID(), provider: `jobs-${protocol}` };
    const { authorizeUrl: pageUrl, tokenUrl } = app.provider;
    await call("RegisterProvider", {
      name: jobs.provider,
      clientId: "client",
      clientSecret: canary("client_secret"),
      authorizeUrl: pageUrl,
      tokenUrl,
    });
    app.provider.always("token", {
      status: 200,
      json: { access_token: canary("access_token"), token_type: "Bearer" },
    });
    expect(await call("AcquireToken", { ...jobs, grant: "ACQUIRE_GRANT_CLIENT_CREDENTIALS" })).toMatchObject({
      connection: { provider: jobs.provider, status: "CONNECTION_STATUS_ACTIVE" },
    });
    app.provider.always("token", undefined);
    expect([...called].toSorted()).toEqual([...rpcNames].toSorted());
  });

  it("ends with the error's code and shows its reason", async () => {
    const grant = { connectionId: randomUUID(), userId: "user-1", provider: "acme" };
    const failures = await Promise.all([
      run("GetToken", {}),
      run("GetToken", grant),
      run("CompleteAuthorization", { ticket: "x", userId: "u" }),
      run("GetToken", { ...grant, provider: "", mcpServerUrl: "https://mcp.example/" }),
      run("RegisterProvider", {
        name: "acme",
        clientId: "c",
        clientSecret: "s",
        authorizeUrl: "https://a.example/a",
        tokenUrl: "https://a.example/t",
      }),
    ]);
    expect(failures.map(({ exit, stdout }) => [exit, stdout])).toEqual(
      [Code.InvalidArgument, Code.NotFound, Code.PermissionDenied, Code.NotFound, Code.AlreadyExists].map(
        (code) => [exitOf(code), ""],
      ),
    );
    for (const { stderr } of failures) expect(stderr).toContain('"type": "google.rpc.ErrorInfo"');
  });

  it("sees what is there", async () => {
    const { stdout } = await buf("--list-methods", app.broker.rpcUrl);
    const methods = stdout.trim().split("\n");
    expect(methods).toEqual(expect.arrayContaining(rpcNames.map((rpc) => rpcPath(rpc).slice(1))));
    const unknown = await run("NoSuchMethod", {});
    expect(unknown.exit).not.toBe(0);
    expect(readdirSync(emptyFolder)).toEqual([]);
  });
});

describe("buf curl with an API key", () => {
  const closed = useAcmeApp({ env: { BROKER_API_KEYS_FILE: keysFile } });
  const list = (...args: readonly string[]) =>
    buf(...args, "--data", "{}", closed.broker.rpcUrl + rpcPath("ListConnections"));

  it("calls and reflects", async () => {
    const header = ["--header", `authorization: Bearer ${apiKey.key}`, "--reflect-header", "*"];
    expect(await list(...header)).toEqual({ exit: 0, stdout: "{}\n", stderr: "" });
  });

  it("sees nothing without one", async () => {
    const { exit, stdout } = await list();
    expect([exit === 0, stdout]).toEqual([false, ""]);
  });
});
