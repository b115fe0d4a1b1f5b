/** The demo itself: one person connects an account, two services use the token, and it is renewed before it ends. */
import { deepStrictEqual, equal, notEqual, ok } from "node:assert/strict";
import { createBrowser, type Visit } from "../../test/support/browser.ts";
import { callConnectJson } from "../../test/support/connect-json.ts";
import { createGrpcClient, timestampMs } from "../../test/support/grpc-client.ts";
import { type Paper, shortened } from "./paper.ts";
import { type Stage, TOKEN_LIFETIME_SECONDS } from "./stage.ts";

/** The application's page after connecting; nothing needs to listen there. */
const RETURN_TO = "http://localhost:3000/connected";

/** Who connects what; every RPC names the grant by these. */
export interface Grant {
  connectionId: string;
  userId: string;
  provider: string;
}

interface Token {
  accessToken: string;
  version: string;
  expiresInSeconds: number;
  refreshAfterMs: number;
}

export async function play(stage: Stage, grant: Grant, paper: Paper): Promise<void> {
  showStage(stage, paper);
  const authorizeUrl = await startAuthorization(stage, grant, paper);
  await connectInBrowser(authorizeUrl, grant, paper);
  const token = await getTokenOverGrpc(stage, grant, paper);
  explainEarlyRefresh(stage, paper);
  await getSameTokenOverConnect(stage, grant, token, paper);
  await useToken(stage, token, grant, paper);
  await seeRefresh(stage, grant, token, paper);
}

function showStage({ server, broker, declaration }: Stage, paper: Paper): void {
  paper.step("Two servers are up");
  paper.fact("authorization", `${server.issuer}   oidc-provider; tokens live ${TOKEN_LIFETIME_SECONDS} s`);
  paper.fact("broker", `${broker.rpcUrl}   RPC; embedded database, new and empty`);
  paper.fact("", `http://${broker.callbackAddress}   callback`);
  const secret = declaration["CONNECT_DEMO_CLIENT_SECRET"] ?? "";
  paper.fact("declared by", "environment variables alone:");
  for (const [name, value] of Object.entries(declaration)) {
    paper.fact("", `${name}=${value === secret ? shortened(secret) : value}`);
  }
}

async function startAuthorization({ broker }: Stage, grant: Grant, paper: Paper): Promise<string> {
  paper.step("An application asks for a link: StartAuthorization, Connect JSON");
  const answer = await callConnectJson(broker.rpcUrl, "StartAuthorization", {
    ...grant,
    redirectUri: RETURN_TO,
  });
  const url = new URL(String(answer["authorizeUrl"]));
  paper.fact("connection", grant.connectionId);
  paper.fact("link", withoutQuery(url));
  paper.fact("in the link", [...url.searchParams.keys()].join(", "));
  equal(url.searchParams.get("code_challenge_method"), "S256", "the authorization request carries no PKCE");
  return url.href;
}

async function connectInBrowser(authorizeUrl: string, grant: Grant, paper: Paper): Promise<void> {
  paper.step("A person opens it in a browser, logs in, and agrees");
  const visit = await createBrowser().visit(authorizeUrl, {
    stopAt: RETURN_TO,
    fields: { login: grant.userId },
    onStep: ({ method, url, status }) =>
      paper.line(`${method.padEnd(4)} ${status}  ${legible(new URL(url))}`),
  });
  assertConnected(visit, grant);
  paper.line(`→         ${visit.url.href}`);
  paper.shown("connected; the code was exchanged and the tokens are stored encrypted");
}

function assertConnected({ url, page }: Visit, { connectionId }: Grant): void {
  ok(page === undefined, `the browser ended on a page with HTTP ${page?.status} at ${withoutQuery(url)}`);
  deepStrictEqual(
    Object.fromEntries(url.searchParams),
    { success: "true", connection_id: connectionId },
    "the application was not told of success",
  );
}

async function getTokenOverGrpc({ broker }: Stage, grant: Grant, paper: Paper): Promise<Token> {
  paper.step("A service asks for the token: GetToken, gRPC (@grpc/grpc-js)");
  using client = createGrpcClient(broker.rpcAddress);
  const answer = await client.call("GetToken", grant);
  const token = {
    accessToken: String(answer["accessToken"]),
    version: String(answer["version"]),
    expiresInSeconds: (timestampMs(answer["expiresAt"]) - Date.now()) / 1000,
    refreshAfterMs: timestampMs(answer["refreshAfter"]),
  };
  showToken(token, paper);
  return token;
}

/** The first token is renewed within the margin of five minutes, however short it lives; a renewed one rests for most of its life. */
function explainEarlyRefresh({ server }: Stage, paper: Paper): void {
  if (refreshesAt(server) === 1) {
    paper.fact("refreshes", "1 already: the first token had less than the usual margin of 5 minutes left");
  }
}

function refreshesAt({ tokenAnswers }: Stage["server"]): number {
  return tokenAnswers.filter(({ grantType, outcome }) => grantType === "refresh_token" && outcome === "ok")
    .length;
}

async function getSameTokenOverConnect(
  stage: Stage,
  grant: Grant,
  token: Token,
  paper: Paper,
): Promise<void> {
  paper.step("Another service asks too: GetToken, Connect JSON");
  const before = refreshesAt(stage.server);
  const same = await getTokenOverConnect(stage, grant);
  showToken(same, paper);
  equal(same.accessToken, token.accessToken, "the two services got different tokens");
  equal(refreshesAt(stage.server), before, "the token was refreshed although it was fresh");
  paper.shown("the same token; no refresh token or client secret ever left the broker");
}

async function useToken({ server }: Stage, token: Token, grant: Grant, paper: Paper): Promise<void> {
  paper.step("It works: userinfo of the authorization server");
  const response = await userinfo(server.userinfoUrl, token);
  const person = (await response.json()) as Record<string, unknown>;
  paper.line(`GET  ${response.status}  ${JSON.stringify(person)}`);
  equal(person["sub"], grant.userId, "the token belongs to somebody else");
}

async function seeRefresh(stage: Stage, grant: Grant, old: Token, paper: Paper): Promise<void> {
  paper.step("It is renewed before it ends");
  paper.fact("due", "after four fifths of its life");
  const before = refreshesAt(stage.server);
  await paper.wait(Math.max(0, old.refreshAfterMs - Date.now()) + 250, "waiting");
  const renewed = await getTokenOverConnect(stage, grant);
  showToken(renewed, paper);
  notEqual(renewed.accessToken, old.accessToken, "the token was not refreshed");
  equal(refreshesAt(stage.server), before + 1, "the authorization server did not see one refresh");
  ok(BigInt(renewed.version) > BigInt(old.version), "the version did not grow");
  const response = await userinfo(stage.server.userinfoUrl, renewed);
  paper.line(`GET  ${response.status}  ${withoutQuery(new URL(stage.server.userinfoUrl))}`);
  ok(response.ok, "userinfo refused the refreshed token");
  paper.shown(`version ${old.version} → ${renewed.version}; the refresh token was rotated and replaced`);
}

async function getTokenOverConnect({ broker }: Stage, grant: Grant): Promise<Token> {
  const answer = await callConnectJson(broker.rpcUrl, "GetToken", grant);
  return {
    accessToken: String(answer["accessToken"]),
    version: String(answer["version"]),
    expiresInSeconds: (Date.parse(String(answer["expiresAt"])) - Date.now()) / 1000,
    refreshAfterMs: Date.parse(String(answer["refreshAfter"])),
  };
}

function showToken({ accessToken, version, expiresInSeconds }: Token, paper: Paper): void {
  paper.fact("access token", shortened(accessToken));
  paper.fact("version", version);
  paper.fact("valid for", `${expiresInSeconds.toFixed(0)} s more`);
}

function userinfo(url: string, { accessToken }: Token): Promise<Response> {
  return fetch(url, { headers: { authorization: `Bearer ${accessToken}` } });
}

/** Long random names of pages by their beginning. */
function legible(url: URL): string {
  return withoutQuery(url).replaceAll(/(?<=\/)([\w-]{6})[\w-]{30,}/g, "$1…");
}

/** Codes and states stay out of what the demo prints. */
function withoutQuery(url: URL): string {
  return url.origin + url.pathname;
}
