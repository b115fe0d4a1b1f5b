/**
 * An MCP server as far as authorization needs one (2026-07-28): several endpoints on one port, each with its own resource identifier, metadata
 * (RFC 9728) and challenge. Honest until a test takes a path over.
 */
import type { ScriptedAnswer } from "../../../src/testing/mock-provider/answers/scripted-answer.ts";
import {
  type HttpServer,
  NOT_FOUND,
  type SeenRequest,
  type ServerOptions,
  startHttpServer,
} from "./http-server.ts";

/** What a token is good for, told by whoever issued it. */
export interface TokenFacts {
  readonly resource: string;
  readonly scopes: readonly string[];
}

export interface McpEndpoint {
  /** Of its URL, such as `/mcp`; empty = the server's root without a slash. */
  readonly path: string;
  readonly authorizationServers: readonly string[];
  readonly verify: (token: string) => TokenFacts | undefined;
  /** Default: the endpoint's URL. */
  readonly resource?: string;
  readonly scopesSupported?: readonly string[];
  /** The challenge's `scope`. */
  readonly challengeScope?: string;
  /** Without these a token gets 403 `insufficient_scope`. */
  readonly requiredScopes?: readonly string[];
  /** `metadata` (default): with `resource_metadata`. `bare`: without. `none`: a 401 without a challenge. */
  readonly challenge?: "metadata" | "bare" | "none";
  /** `path` (default): inserted. `root`. Or a path of its own, which only the challenge tells. */
  readonly metadataAt?: "path" | "root" | `/${string}`;
  /** Anybody may `initialize`; default false. */
  readonly initializeOpen?: boolean;
  /** Laid over the metadata; undefined removes a field. */
  readonly metadata?: Readonly<Record<string, unknown>>;
}

export interface McpEndpointUrls {
  readonly url: string;
  readonly resource: string;
  readonly metadataPath: string;
  readonly metadataUrl: string;
}

export interface McpServer extends HttpServer {
  /** Adds an endpoint, or puts another in its place. */
  add(endpoint: McpEndpoint): McpEndpointUrls;
  /** What the endpoint says of itself. */
  metadataOf(path: string): Record<string, unknown>;
}

const WELL_KNOWN = "/.well-known/oauth-protected-resource";

/** `await using server = await startMcpServer()`. */
export const startMcpServer = async (options: ServerOptions = {}): Promise<McpServer> => {
  const endpoints = new Map<string, McpEndpoint>();
  const server = await startHttpServer((request, { url }) => {
    const endpoint = endpoints.get(request.path) ?? (request.path === "/" ? endpoints.get("") : undefined);
    if (endpoint) return serve(endpoint, request, url);
    const described = [...endpoints.values()].find((one) => metadataPathOf(one) === request.path);
    return described ? { json: metadataOf(described, url) } : NOT_FOUND;
  }, options);
  return Object.assign(server, {
    add(endpoint: McpEndpoint): McpEndpointUrls {
      endpoints.set(endpoint.path, endpoint);
      const metadataPath = metadataPathOf(endpoint);
      return {
        url: server.url + endpoint.path,
        resource: endpoint.resource ?? server.url + endpoint.path,
        metadataPath,
        metadataUrl: server.url + metadataPath,
      };
    },
    metadataOf(path: string): Record<string, unknown> {
      const endpoint = endpoints.get(path);
      return endpoint ? metadataOf(endpoint, server.url) : {};
    },
  });
};

const metadataPathOf = ({ path, metadataAt = "path" }: McpEndpoint): string => {
  if (metadataAt === "path") return WELL_KNOWN + path;
  return metadataAt === "root" ? WELL_KNOWN : metadataAt;
};

const metadataOf = (endpoint: McpEndpoint, url: string): Record<string, unknown> => ({
  resource: endpoint.resource ?? url + endpoint.path,
  authorization_servers: endpoint.authorizationServers,
  bearer_methods_supported: ["header"],
  ...(endpoint.scopesSupported ? { scopes_supported: endpoint.scopesSupported } : {}),
  ...endpoint.metadata,
});

const serve = (endpoint: McpEndpoint, request: SeenRequest, url: string): ScriptedAnswer => {
  if (request.method !== "POST") return { status: 405 };
  const method = methodOf(request.body);
  if (method === "initialize" && endpoint.initializeOpen) return result({ protocolVersion: "2026-07-28" });
  const [, token] = /^Bearer (.+)$/i.exec(request.headers["authorization"] ?? "") ?? [];
  const facts = token === undefined ? undefined : endpoint.verify(token);
  // A token for another server is no token here (RFC 8707, and the specification's "Access Token Privilege Restriction").
  if (facts?.resource !== (endpoint.resource ?? url + endpoint.path)) return challenge(endpoint, url, 401);
  const missing = (endpoint.requiredScopes ?? []).filter((scope) => !facts.scopes.includes(scope));
  return missing.length > 0 ? challenge(endpoint, url, 403, missing) : result({ tools: [] });
};

const methodOf = (body: string): string => {
  try {
    return (JSON.parse(body) as { method?: string }).method ?? "";
  } catch {
    return "";
  }
};

const result = (value: unknown): ScriptedAnswer => ({ json: { jsonrpc: "2.0", id: 1, result: value } });

const challenge = (
  endpoint: McpEndpoint,
  url: string,
  status: number,
  missing?: readonly string[],
): ScriptedAnswer => {
  const kind = endpoint.challenge ?? "metadata";
  const scope = missing?.join(" ") ?? endpoint.challengeScope;
  const parameters = [
    missing && 'error="insufficient_scope"',
    kind === "metadata" && `resource_metadata="${url}${metadataPathOf(endpoint)}"`,
    scope !== undefined && `scope="${scope}"`,
  ].filter((parameter) => typeof parameter === "string");
  const header = ["Bearer", parameters.join(", ")].filter((part) => part !== "").join(" ");
  return { status, headers: kind === "none" ? {} : { "www-authenticate": header } };
};
