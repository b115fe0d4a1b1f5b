/**
 * The broker as it is deployed: replicas on one PostgreSQL, each a process of its own, behind one public address that sends a browser to
 * any of them; and what a person and the services around it do.
 */
import { randomUUID } from "node:crypto";
import { fromBinary } from "@bufbuild/protobuf";
import { ErrorInfoSchema, RetryInfoSchema } from "../../gen/ts/google/rpc/error_details_pb.ts";
import { generateFernetKey } from "../../src/crypto/index.ts";
import { type BrokerProcess, startBrokerProcess } from "../support/broker-process.ts";
import { canary } from "../support/canaries.ts";
import { callConnectJson, ConnectJsonError } from "../support/connect-json.ts";
import { type TestProvider } from "../support/provider.ts";
import type { SlowProxy } from "./slow-proxy.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** Of the load balancer; nobody listens here. */
const PUBLIC_URL = "http://localhost:9";

/** The application's page after connecting; nobody listens here either. */
export const RETURN_TO = "http://localhost:3000/connected";

/** For `expect.poll`: how long a busy machine may take with what usually happens at once. */
export const PATIENCE = { timeout: 15_000, interval: 50 };

export interface Deployment {
  readonly databaseUrl: string;
  readonly env: Environment;
  /** Starts one more replica. It ends with whoever asked for it. */
  start(env?: Environment): Promise<BrokerProcess>;
}

export const createDeployment = (databaseUrl: string, more: Environment = {}): Deployment => {
  const env = {
    BROKER_DATABASE_URL: databaseUrl,
    BROKER_DATA_DIR: undefined,
    BROKER_HTTP_ADDR: "127.0.0.1:0",
    CONNECT_TOKEN_ENCRYPTION_KEY: generateFernetKey(),
    CONNECT_API_BASE: PUBLIC_URL,
    BROKER_ALLOW_INSECURE_LOOPBACK: "true",
    ...more,
  };
  return {
    databaseUrl,
    env,
    start: (changes) => startBrokerProcess({ env: { ...env, ...changes } }),
  };
};

/** The client that every test provider knows: `startTestProvider({ clients: { [client.id]: client.secret } })`. */
export interface OAuthClient {
  readonly id: string;
  readonly secret: string;
}

export const newClient = (id = "client"): OAuthClient => ({ id, secret: canary("client_secret") });

/** What the environment says of a provider. */
export const declared = (
  name: string,
  provider: Pick<TestProvider, "authorizeUrl" | "tokenUrl">,
  client: OAuthClient,
): Environment => {
  const prefix = `CONNECT_${name.toUpperCase()}`;
  return {
    CONNECT_PROVIDERS: name,
    [`${prefix}_CLIENT_ID`]: client.id,
    [`${prefix}_CLIENT_SECRET`]: client.secret,
    [`${prefix}_AUTHORIZE_URL`]: provider.authorizeUrl,
    [`${prefix}_TOKEN_URL`]: provider.tokenUrl,
  };
};

/** A provider whose token endpoint is reached by a proxy, so that a test can hold its answers for as long as it takes. */
export const linkedBy = (
  { port }: Pick<SlowProxy, "port">,
  provider: TestProvider,
): Pick<TestProvider, "authorizeUrl" | "tokenUrl"> => {
  const tokenUrl = new URL(provider.tokenUrl);
  tokenUrl.port = String(port);
  return { authorizeUrl: provider.authorizeUrl, tokenUrl: tokenUrl.href };
};

/** Names a grant; every RPC about it takes these fields. */
export interface Selector {
  readonly connectionId: string;
  readonly userId: string;
  readonly provider: string;
  readonly namespace?: string;
}

export const newSelector = (provider: string, namespace?: string): Selector => ({
  connectionId: randomUUID(),
  userId: "ada",
  provider,
  ...(namespace !== undefined && { namespace }),
});

export const call = (
  { rpcUrl }: Pick<BrokerProcess, "rpcUrl">,
  method: string,
  request: unknown,
  headers?: Readonly<Record<string, string>>,
): Promise<Record<string, unknown>> => callConnectJson(rpcUrl, method, request, headers);

/** What a call was refused with. */
export interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly reason: string | undefined;
  /** Of `ErrorInfo`'s metadata. */
  readonly cause: string | undefined;
  readonly message: string;
  /** Of `RetryInfo`; undefined without one. */
  readonly retryAfterMs: number | undefined;
}

/** Throws when the call is answered, or when nobody answers. */
export const refusalOf = async (answer: Promise<unknown>): Promise<Refusal> => {
  const error = await answer.then(
    () => new Error("the call was answered"),
    (reason: unknown) => reason,
  );
  if (!(error instanceof ConnectJsonError)) throw error;
  const { status, code, message } = error;
  const encoded = detailOf(error, "google.rpc.ErrorInfo");
  const info = encoded && fromBinary(ErrorInfoSchema, encoded);
  const retry = detailOf(error, "google.rpc.RetryInfo");
  const delay = retry && fromBinary(RetryInfoSchema, retry).retryDelay;
  return {
    status,
    code,
    message,
    reason: info?.reason,
    cause: info?.metadata["cause"],
    retryAfterMs: delay && Number(delay.seconds) * 1000 + delay.nanos / 1_000_000,
  };
};

const detailOf = ({ details }: ConnectJsonError, type: string): Uint8Array | undefined => {
  const found = (details as { type: string; value: string }[]).find((detail) => detail.type === type);
  return found && Buffer.from(found.value, "base64");
};

export interface Started {
  readonly authorizationId: string;
  /** Where the provider sends the browser after the person's consent. */
  readonly callback: URL;
}

/** An application starts an authorization at a replica, and the person consents. */
export const startAndConsent = async (
  replica: BrokerProcess,
  provider: TestProvider,
  request: Selector & { readonly completion?: string },
): Promise<Started> => {
  const answer = await call(replica, "StartAuthorization", { redirectUri: RETURN_TO, ...request });
  const callback = await provider.authorize(String(answer["authorizeUrl"]));
  return { authorizationId: String(answer["authorizationId"]), callback };
};

/** The browser comes back to a replica; answers its status, its page, and the parameters that it leaves with. */
export const comeBack = async (replica: BrokerProcess, { pathname, search }: URL) => {
  const response = await fetch(`http://${replica.callbackAddress}${pathname}${search}`, {
    redirect: "manual",
  });
  const location = response.headers.get("location");
  return {
    status: response.status,
    body: await response.text(),
    query: location === null ? undefined : Object.fromEntries(new URL(location).searchParams),
  };
};

/** The whole flow at one replica. */
export const connect = async (
  replica: BrokerProcess,
  provider: TestProvider,
  selector: Selector,
): Promise<void> => {
  const { callback } = await startAndConsent(replica, provider, selector);
  const { query } = await comeBack(replica, callback);
  if (query?.["success"] !== "true") throw new Error(`the connection was not made: ${JSON.stringify(query)}`);
};

/** The refreshes that reached a provider, oldest first. */
export const refreshesAt = (provider: TestProvider) =>
  provider.requestsTo("token").filter(({ params }) => params["grant_type"] === "refresh_token");
