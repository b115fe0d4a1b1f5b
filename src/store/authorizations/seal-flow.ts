import { pinsDigest, type SealContext } from "../../crypto/index.ts";
import { canonicalMap } from "../canonical-map.ts";
import type { PinnedFlow } from "./authorization.ts";

/** Everything pinned is bound: a row that was edited to lead the tokens elsewhere, or to another person, does not open. */
export const flowContext = (id: string, flow: PinnedFlow, field: "code_verifier" | "code"): SealContext => ({
  table: "oauth_states",
  row: [flow.namespace, id],
  field,
  version: "0",
  pins: digest(flow),
});

const digest = (flow: PinnedFlow): string =>
  pinsDigest({
    purpose: flow.purpose,
    connection_id: flow.connectionId,
    user_id: flow.userId,
    provider: flow.provider,
    mcp_server_url: flow.mcpServerUrl,
    caller_id: flow.callerId,
    registration_id: flow.registrationId,
    client_id: flow.clientId,
    endpoints: canonicalMap(flow.endpoints),
    issuer: flow.issuer,
    resource: flow.resource,
    callback_url: flow.callbackUrl,
    redirect_uri: flow.redirectUri,
    scopes: JSON.stringify(flow.scopes),
    provider_config: canonicalMap(flow.providerConfig),
    completion: flow.completion,
    allow_account_change: String(flow.allowAccountChange),
    // Absent rather than false: so it was before there was such a thing.
    ...(flow.pinAccount && { pin_account: "true" }),
    labels: flow.labels && canonicalMap(flow.labels),
  });
