import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { SecureVersion } from "node:tls";
import { promisify } from "node:util";
import { type ScriptedAnswer, sendScripted } from "./provider-answers.ts";
import { answerOf, defaultSettings, type ProviderSettings } from "./provider-endpoints.ts";
import { createGrants, type Grants } from "./provider-grants.ts";
import { type ProviderEndpoint, type ProviderRequest, readRequest } from "./provider-requests.ts";

export { gzipBomb, json, oauthError, redirectTo, type ScriptedAnswer } from "./provider-answers.ts";
export type { ProviderSettings } from "./provider-endpoints.ts";
export type { GrantRules, IssuedTokens } from "./provider-grants.ts";
export { fingerprint } from "./provider-grants.ts";
export type { PresentedClient, ProviderEndpoint, ProviderRequest } from "./provider-requests.ts";

export interface ProviderOptions extends Partial<ProviderSettings> {
  /** Default: a free port. */
  readonly port?: number;
  /** Serves https with this certificate. */
  readonly tls?: {
    readonly key: string;
    readonly cert: string;
    readonly maxVersion?: SecureVersion;
    readonly minVersion?: SecureVersion;
    readonly ciphers?: string;
  };
}

/** A real authorization server on 127.0.0.1 that does what RFC 6749, 7009 and 7636 say until a test tells it otherwise. */
export interface TestProvider extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly authorizeUrl: string;
  readonly tokenUrl: string;
  readonly revokeUrl: string;
  readonly userinfoUrl: string;
  readonly settings: ProviderSettings;
  readonly grants: Grants;
  /** Every request in order of arrival; entries are filled in as they end. */
  readonly requests: readonly ProviderRequest[];
  requestsTo(endpoint: ProviderEndpoint): readonly ProviderRequest[];
  /** TCP connections accepted so far, also those that never sent a request. */
  readonly connectionCount: number;
  /** TCP connections that stand at the moment. */
  openConnections(): Promise<number>;
  /** The next requests to this endpoint get these answers, one each; then it is itself again. */
  script(endpoint: ProviderEndpoint, ...answers: readonly ScriptedAnswer[]): void;
  /** Every request to this endpoint gets this answer, until it is set to undefined. Scripted ones come first. */
  always(endpoint: ProviderEndpoint, answer: ScriptedAnswer | undefined): void;
  /** A person opens the URL and decides: the URL the browser is then sent to (the broker's callback). A form post's fields stand in the query. */
  authorize(authorizeUrl: string): Promise<URL>;
  close(): Promise<void>;
}

/** `await using provider = await startTestProvider()`. */
export const startTestProvider = async ({
  port,
  tls,
  ...changes
}: ProviderOptions = {}): Promise<TestProvider> => {
  const settings: ProviderSettings = { ...defaultSettings, ...changes };
  const grants = createGrants(settings);
  const requests: ProviderRequest[] = [];
  const scripts = new Map<ProviderEndpoint, ScriptedAnswer[]>();
  const constants = new Map<ProviderEndpoint, ScriptedAnswer>();
  const closing = new AbortController();
  let connectionCount = 0;

  const respond = async (message: IncomingMessage, response: ServerResponse): Promise<void> => {
    const request = await readRequest(message);
    requests.push(request);
    const scripted = scripts.get(request.endpoint)?.shift() ?? constants.get(request.endpoint);
    if (scripted === undefined)
      await sendScripted(response, answerOf(settings, grants, request), closing.signal);
    else {
      if (scripted.afterProcessing) answerOf(settings, grants, request);
      else request.verdict = "scripted";
      await sendScripted(response, scripted, closing.signal);
    }
    request.endedAtMs = performance.now();
  };
  const listener: RequestListener = (message, response) => {
    respond(message, response).catch(() => response.destroy());
  };
  const server = tls ? createTlsServer(tls, listener) : createServer(listener);
  server.on("connection", () => (connectionCount += 1));
  await new Promise<void>((resolve) => server.listen(port ?? 0, "127.0.0.1", resolve));
  const actualPort = (server.address() as AddressInfo).port;
  const url = `${tls ? "https" : "http"}://127.0.0.1:${actualPort}`;

  const close = async (): Promise<void> => {
    if (closing.signal.aborted) return;
    closing.abort();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };

  return {
    url,
    port: actualPort,
    authorizeUrl: `${url}/authorize`,
    tokenUrl: `${url}/token`,
    revokeUrl: `${url}/revoke`,
    userinfoUrl: `${url}/userinfo`,
    settings,
    grants,
    requests,
    requestsTo: (endpoint) => requests.filter((request) => request.endpoint === endpoint),
    get connectionCount() {
      return connectionCount;
    },
    openConnections: () => promisify(server.getConnections.bind(server))(),
    script: (endpoint, ...answers) =>
      void scripts.set(endpoint, [...(scripts.get(endpoint) ?? []), ...answers]),
    always: (endpoint, answer) => {
      if (answer) constants.set(endpoint, answer);
      else constants.delete(endpoint);
    },
    authorize: async (authorizeUrl) => {
      const response = await fetch(authorizeUrl, { redirect: "manual" });
      const location = response.headers.get("location") ?? formTarget(await response.text());
      if (location === undefined) throw new Error(`the consent page answered with status ${response.status}`);
      return new URL(location);
    },
    close,
    [Symbol.asyncDispose]: close,
  };
};

/** Where the form of a form post would go, its fields as a query. */
const formTarget = (html: string): string | undefined => {
  const action = /action="([^"]+)"/.exec(html)?.[1];
  if (action === undefined) return undefined;
  const fields = [...html.matchAll(/name="([^"]+)" value="([^"]*)"/g)];
  const query = new URLSearchParams(
    fields.map(([, name = "", value = ""]): [string, string] => [name, value]),
  );
  return `${action}?${query.toString()}`;
};
