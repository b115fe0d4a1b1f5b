import { EgressFailure } from "../oauth/index.ts";
import { type BearerChallenge, bearerChallenge } from "./challenge.ts";
import type { FetchDeps } from "./document.ts";
import { refusalOfCall } from "./refusal.ts";

/** What the server said to somebody without a token. `protectedBy`: it refuses; `open`: it does not, or says something else. */
export type Probe =
  | { readonly kind: "protected"; readonly challenge: BearerChallenge | undefined }
  | { readonly kind: "open" };

const CLIENT = { name: "token-broker", version: "1" };

/** Many servers leave `initialize` open and protect the rest, so that comes second. */
const REQUESTS = [
  {
    method: "tools/list",
    params: {
      _meta: {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": CLIENT,
        "io.modelcontextprotocol/clientCapabilities": {},
      },
    },
  },
  { method: "initialize", params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: CLIENT } },
] as const;

/**
 * Asks the server as a client without a token would, at most twice. Of its answers only status and `WWW-Authenticate` are read, so that a stream that never
 * ends holds nothing up. A redirect is not followed: it would take the request elsewhere.
 *
 * @throws BrokerError EGRESS_DENIED, METADATA_INVALID, PROVIDER_UNAVAILABLE.
 */
export const probeServer = async (deps: FetchDeps, serverUrl: string): Promise<Probe> => {
  for (const [index, request] of REQUESTS.entries()) {
    const response = await send(
      deps,
      serverUrl,
      JSON.stringify({ jsonrpc: "2.0", id: index + 1, ...request }),
    );
    const header = response.headers.get("www-authenticate") ?? "";
    if (response.status === 401 || (response.status === 403 && bearerChallenge(header) !== undefined))
      return { kind: "protected", challenge: bearerChallenge(header) };
  }
  return { kind: "open" };
};

const send = async ({ egress, budget }: FetchDeps, url: string, body: string): Promise<Response> => {
  const headers = { accept: "application/json, text/event-stream", "content-type": "application/json" };
  const request = { method: "POST", headers, body, redirect: "manual" } as const;
  const options = { trust: "user", deadlineMs: budget.remainingMs(), headersOnly: true } as const;
  try {
    return await egress.fetch(url, request, options);
  } catch (error) {
    // A server that answers with garbage, or slowly, may still publish its metadata.
    if (error instanceof EgressFailure && error.problem === "lost")
      return new Response(null, { status: 599 });
    throw refusalOfCall(error, "probe", "the MCP server");
  }
};
