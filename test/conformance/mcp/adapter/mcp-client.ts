/**
 * A Model Context Protocol client over Streamable HTTP, as far as the suite's servers need one. Revisions through 2025-11-25 begin with
 * `initialize`; the later ones have no session and say in every request what `initialize` said once.
 */

/** What a server answers to a request without, or with too weak, a token. */
export interface Challenge {
  readonly status: 401 | 403;
  /** `WWW-Authenticate`, several lines joined as RFC 9110 section 5.3 says; empty = none. */
  readonly header: string;
}

export type Answer =
  | { readonly result: Readonly<Record<string, unknown>> }
  | { readonly challenge: Challenge };

export interface McpClient {
  /** One request, sent once. `authorization` is the header's value. Throws for every answer that is neither a result nor a challenge. */
  send(request: McpRequest, authorization: string | undefined): Promise<Answer>;
}

export interface McpRequest {
  readonly method: string;
  readonly params?: Readonly<Record<string, unknown>>;
}

const INITIALIZED = "notifications/initialized";
const CLIENT_INFO = { name: "token-broker-conformance", version: "1.0.0" };
const LAST_WITH_SESSION = "2025-11-25";

/** The requests of one session that lists the tools and calls one. */
export const sessionOf = (protocolVersion: string): McpRequest[] => {
  const use = [
    { method: "tools/list" },
    { method: "tools/call", params: { name: "test-tool", arguments: {} } },
  ];
  if (protocolVersion > LAST_WITH_SESSION) return use;
  const params = { protocolVersion, capabilities: {}, clientInfo: CLIENT_INFO };
  return [{ method: "initialize", params }, { method: INITIALIZED }, ...use];
};

export const createMcpClient = (url: string, protocolVersion: string): McpClient => {
  let sessionId: string | null = null;
  let lastId = 0;
  return {
    async send({ method, params }, authorization) {
      const id = method === INITIALIZED ? undefined : ++lastId;
      const response = await fetch(url, {
        method: "POST",
        redirect: "manual",
        headers: {
          accept: "application/json, text/event-stream",
          "content-type": "application/json",
          ...(method !== "initialize" && { "mcp-protocol-version": protocolVersion }),
          ...(sessionId !== null && { "mcp-session-id": sessionId }),
          ...(authorization !== undefined && { authorization }),
        },
        body: JSON.stringify({
          jsonrpc: "2.0",
          ...(id !== undefined && { id }),
          method,
          params: protocolVersion > LAST_WITH_SESSION ? withMeta(protocolVersion, params) : params,
        }),
      });
      sessionId = response.headers.get("mcp-session-id") ?? sessionId;
      const { status } = response;
      const body = await response.text();
      if (status === 401 || status === 403) {
        return { challenge: { status, header: response.headers.get("www-authenticate") ?? "" } };
      }
      if (!response.ok) throw new Error(`${method} was answered with HTTP ${status}`);
      return { result: id === undefined ? {} : resultIn(body, id) };
    },
  };
};

const withMeta = (protocolVersion: string, params: McpRequest["params"]) => ({
  ...params,
  _meta: {
    "io.modelcontextprotocol/protocolVersion": protocolVersion,
    "io.modelcontextprotocol/clientInfo": CLIENT_INFO,
    "io.modelcontextprotocol/clientCapabilities": {},
  },
});

interface Message {
  readonly id?: number;
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly code: number; readonly message: string };
}

/** The body is the message, or a stream of events of which one carries it. */
const resultIn = (body: string, id: number): Record<string, unknown> => {
  const texts = body.startsWith("{")
    ? [body]
    : [...body.matchAll(/^data: ?(\{.*)$/gm)].map(([, data = ""]) => data);
  const message = texts.map((text) => JSON.parse(text) as Message).find((candidate) => candidate.id === id);
  if (message?.result === undefined) {
    throw new Error(`no result: ${message?.error?.message ?? "the answer has no message to this request"}`);
  }
  return message.result;
};
