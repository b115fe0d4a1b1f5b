import type { IncomingHttpHeaders, IncomingMessage } from "node:http";

export type ProviderEndpoint = "authorize" | "token" | "revoke" | "userinfo" | "other";

/** How the client proved itself, with the secret as the server understood it. */
export interface PresentedClient {
  readonly method: "basic" | "post" | "none";
  readonly clientId: string;
  readonly clientSecret: string | undefined;
}

/** One request as it arrived, and what became of it. Times are monotonic milliseconds. */
export interface ProviderRequest {
  readonly endpoint: ProviderEndpoint;
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: IncomingHttpHeaders;
  /** The body as it came. */
  readonly body: string;
  /** The body's parameters, form or JSON. */
  readonly params: Readonly<Record<string, string>>;
  readonly client: PresentedClient;
  readonly startedAtMs: number;
  endedAtMs: number | undefined;
  /** "issued", "revoked", an OAuth error code, "scripted", … */
  verdict: string;
  /** Of the code or token that was presented. */
  fingerprint: string;
  /** Of the grant afterwards; undefined where none was touched. */
  generation: number | undefined;
}

const ENDPOINTS: Readonly<Record<string, ProviderEndpoint>> = {
  "/authorize": "authorize",
  "/token": "token",
  "/revoke": "revoke",
  "/userinfo": "userinfo",
};

export const readRequest = async (request: IncomingMessage): Promise<ProviderRequest> => {
  const url = new URL(request.url ?? "/", "http://provider.test");
  const startedAtMs = performance.now();
  const body = await readText(request);
  const params = paramsOf(body, request.headers["content-type"] ?? "");
  return {
    endpoint: ENDPOINTS[url.pathname] ?? "other",
    method: request.method ?? "",
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    headers: request.headers,
    body,
    params,
    client: clientOf(request.headers.authorization, params),
    startedAtMs,
    endedAtMs: undefined,
    verdict: "",
    fingerprint: "",
    generation: undefined,
  };
};

const readText = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
};

const paramsOf = (body: string, contentType: string): Record<string, string> =>
  contentType.startsWith("application/json")
    ? (JSON.parse(body) as Record<string, string>)
    : Object.fromEntries(new URLSearchParams(body));

const clientOf = (authorization: string | undefined, params: Record<string, string>): PresentedClient => {
  const { client_id: clientId = "", client_secret: clientSecret } = params;
  if (!authorization?.startsWith("Basic "))
    return { method: clientSecret === undefined ? "none" : "post", clientId, clientSecret };
  const [user = "", ...rest] = Buffer.from(authorization.slice(6), "base64").toString("utf8").split(":");
  return { method: "basic", clientId: formDecode(user), clientSecret: formDecode(rest.join(":")) };
};

/** RFC 6749 section 2.3.1: both halves are form-encoded before they are joined. */
const formDecode = (text: string): string => new URLSearchParams(`_=${text}`).get("_") ?? "";
