/**
 * Catalog entries made of facts, each with a mock vendor that is odd in the same way, and a broker that knows them all: what a test drives is the real
 * flow (StartAuthorization, the callback, GetToken, RefreshToken), what it reads is what went over the wire and what was stored.
 */
import { randomUUID } from "node:crypto";
import type { Client } from "@connectrpc/connect";
import { afterAll, beforeAll } from "vitest";
import { Completion } from "../../../gen/ts/tokenbroker/v1/authorization_pb.ts";
import type { TokenBrokerService } from "../../../gen/ts/tokenbroker/v1/token_broker_service_pb.ts";
import type { GetTokenResponse } from "../../../gen/ts/tokenbroker/v1/token_pb.ts";
import { completeDefinition, type ProviderFacts } from "../../../src/catalog/index.ts";
import { providerFacts } from "../../../src/catalog/schema.ts";
import { type Registration, Secret } from "../../../src/config/index.ts";
import { startTestApp, type TestApp } from "../../support/app.ts";
import { storeUnderTest } from "../../support/database.ts";
import { type OddVendor, plainTokens, type Respond, startOddVendor, type WireRequest } from "./odd-vendor.ts";

export interface Oddity {
  /** What is odd. `url` makes the vendor's addresses. */
  readonly facts?: (url: (path: string) => string) => Partial<ProviderFacts>;
  /** By path; `/token` is plain unless it is said otherwise. */
  readonly vendor?: Readonly<Record<string, Respond>>;
  readonly registration?: Partial<Registration>;
}

export const CLIENT_ID = "client-1";
export const CLIENT_SECRET = "secret-1/+";

const APP = "http://localhost:9";

type BrokerClient = Client<typeof TokenBrokerService>;

export interface ConnectOptions {
  readonly scopes?: string[];
  readonly providerConfig?: Record<string, string>;
  /** What the browser brings back beside or instead of code and state. Undefined values are left out. */
  readonly callback?: Record<string, string | undefined>;
  readonly formPost?: boolean;
  /** The application completes by ticket. */
  readonly byTicket?: boolean;
  /** Changes the whole answer, in order. */
  readonly query?: (params: URLSearchParams) => URLSearchParams;
}

export interface Grant {
  readonly connectionId: string;
  readonly userId: string;
  readonly provider: string;
}

/** One flow, from its start to the stored token. */
export interface Connected {
  readonly grant: Grant;
  readonly authorizeUrl: URL;
  /** Parameters of the redirect to the application: `success`, or `error`. */
  readonly outcome: Readonly<Record<string, string>>;
  /** What this flow and all that came after it sent to the vendor. */
  requests(path?: string): readonly WireRequest[];
  token(tokenName?: string): Promise<GetTokenResponse>;
  /** Forces a refresh: the token after it. */
  refreshed(): Promise<GetTokenResponse>;
  revoke(): Promise<void>;
}

export interface OddBroker {
  readonly client: BrokerClient;
  readonly app: TestApp;
  vendor(name: string): OddVendor;
  connect(name: string, options?: ConnectOptions): Promise<Connected>;
}

export const useOddities = (oddities: Readonly<Record<string, Oddity>>): OddBroker => {
  const store = storeUnderTest("postgresql");
  const vendors = new Map<string, OddVendor>();
  let app: TestApp | undefined;
  const started = (): TestApp => {
    if (app === undefined) throw new Error("the broker runs in tests only");
    return app;
  };
  beforeAll(async () => {
    const registrations: Registration[] = [];
    for (const [name, oddity] of Object.entries(oddities)) {
      const vendor = await startOddVendor({ "/token": plainTokens, ...oddity.vendor });
      vendors.set(name, vendor);
      registrations.push(registrationOf(name, oddity, `http://127.0.0.1:${vendor.port}`));
    }
    const env = { BROKER_ALLOW_INSECURE_LOOPBACK: "true" };
    app = await startTestApp({ database: await store.open(), env, registrations });
  });
  afterAll(async () => {
    await app?.[Symbol.asyncDispose]();
    for (const vendor of vendors.values()) await vendor[Symbol.asyncDispose]();
  });
  const vendorOf = (name: string): OddVendor => {
    const vendor = vendors.get(name);
    if (vendor === undefined) throw new Error(`no vendor ${name}`);
    return vendor;
  };
  return {
    get client() {
      return started().client();
    },
    get app() {
      return started();
    },
    vendor: vendorOf,
    connect: (name, options) => connect(started(), vendorOf(name), name, options),
  };
};

const registrationOf = (name: string, { facts, registration }: Oddity, base: string): Registration => {
  const complete: ProviderFacts = {
    name,
    displayName: name,
    category: "other",
    confidence: "confirmed",
    sources: ["a test"],
    reviewed: "2026-11",
    authorizeUrl: `${base}/authorize`,
    tokenUrl: `${base}/token`,
    pkce: "none",
    clientAuthentication: { method: "client_secret_post" },
    scopes: { default: ["read"] },
    ...facts?.((path) => base + path),
  };
  assertIsEntry(complete, base);
  return {
    name,
    namespace: "",
    source: "code",
    id: `code:${name}`,
    template: "",
    definition: completeDefinition(complete),
    values: {},
    clientId: CLIENT_ID,
    clientSecret: new Secret(CLIENT_SECRET),
    previousClientSecret: undefined,
    loginEnabled: false,
    loginTenants: [],
    ...registration,
  };
};

/** The facts must be such as a contributor may write, but for their http. */
const assertIsEntry = (facts: ProviderFacts, base: string): void => {
  const text = JSON.stringify(facts).replaceAll(base, "https://vendor.example");
  providerFacts.parse(JSON.parse(text));
};

const connect = async (
  app: TestApp,
  vendor: OddVendor,
  provider: string,
  { scopes = [], providerConfig = {}, byTicket = false, ...options }: ConnectOptions = {},
): Promise<Connected> => {
  const client = app.client();
  const grant = { connectionId: randomUUID(), userId: "user-1", provider };
  const before = vendor.requests.length;
  const completion = byTicket ? Completion.REQUIRED : Completion.AUTOMATIC;
  const request = { ...grant, redirectUri: `${APP}/done`, scopes, providerConfig, completion };
  const authorizeUrl = new URL((await client.startAuthorization(request)).authorizeUrl);
  const outcome = await comeBack(app, provider, authorizeUrl, options);
  if (outcome["ticket"] !== undefined)
    await client.completeAuthorization({ ticket: outcome["ticket"], userId: grant.userId });
  return {
    grant,
    authorizeUrl,
    outcome,
    requests: (path) =>
      vendor.requests.slice(before).filter((sent) => path === undefined || sent.path === path),
    token: (tokenName = "") => client.getToken({ ...grant, tokenName }),
    async refreshed() {
      const { version } = await client.getToken(grant);
      await client.refreshToken({ ...grant, version });
      return client.getToken(grant);
    },
    async revoke() {
      await client.revokeConnection(grant);
    },
  };
};

/** The person consents: the browser goes to the callback, and on to the application. */
const comeBack = async (
  app: TestApp,
  provider: string,
  authorizeUrl: URL,
  { callback = {}, formPost = false, query = (params) => params }: Omit<ConnectOptions, "scopes">,
): Promise<Record<string, string>> => {
  const answer = { code: "code-1", state: stateIn(authorizeUrl), ...callback };
  const params = query(
    new URLSearchParams(
      Object.entries(answer).filter((entry): entry is [string, string] => entry[1] !== undefined),
    ),
  );
  const url = `${app.httpUrl}/connect/callback/${provider}`;
  const response = formPost
    ? await fetch(url, { method: "POST", body: params, redirect: "manual" })
    : await fetch(`${url}?${params.toString()}`, { redirect: "manual" });
  await response.text();
  const location = response.headers.get("location");
  if (location === null) return { status: String(response.status) };
  const { connection_id: _, ...outcome } = Object.fromEntries(new URL(location).searchParams);
  return outcome;
};

/** Wherever this vendor has it. */
const stateIn = (authorizeUrl: URL): string =>
  /[?&]state=([A-Za-z0-9_-]{43})/.exec(decodeURIComponent(authorizeUrl.href))?.[1] ?? "";

/** What of a request its kind decides: everything but the code's own values. */
export const wire = ({ method, path, query, params, headers }: WireRequest) => ({
  method,
  path,
  query,
  params,
  ...(headers.authorization === undefined ? {} : { authorization: headers.authorization }),
  ...(headers["content-type"] === undefined ? {} : { type: headers["content-type"].split(";")[0] }),
});

/** The first request to a path. */
export const sentTo = (connected: Connected, path: string, index = 0): ReturnType<typeof wire> => {
  const request = connected.requests(path).at(index);
  if (request === undefined) throw new Error(`nothing was sent to ${path}`);
  return wire(request);
};

export const FORM = "application/x-www-form-urlencoded";

/** The broker's callback of a provider. */
export const callbackUrl = ({ app }: OddBroker, provider: string): string =>
  `${app.httpUrl.replace("127.0.0.1", "localhost")}/connect/callback/${provider}`;
