import { setTimeout as delay } from "node:timers/promises";
import { DOCUMENT_ID } from "../../config/index.ts";
import type { NewOAuthClient, OAuthClientKey, OAuthClientOrigin, OAuthClientRow } from "../../store/index.ts";
import { MILLISECOND, SECOND } from "../../time.ts";
import { callbackKey, SHARED_KEY } from "../callback-key.ts";
import type { McpDeps } from "../deps.ts";
import type { Discovered } from "../discovered.ts";
import { refuse } from "../refusal.ts";
import type { ServerMetadata } from "../server-metadata.ts";
import { clientMetadata, GRANT_TYPES } from "./client-metadata.ts";
import type { ClientSource, McpClient } from "./mcp-client.ts";
import { preRegisteredClient } from "./pre-registered.ts";
import { registerDynamically } from "./register.ts";
import { clientOfRow, METADATA } from "./stored-client.ts";

/** A client with the redirect URI that its flows come back to. */
export interface ChosenClient {
  readonly client: McpClient;
  readonly callbackUrl: string;
}

/** Where the client would come from, without registering one; undefined = from nowhere. */
export const clientSourceFor = async (
  deps: McpDeps,
  namespace: string,
  server: ServerMetadata,
): Promise<ClientSource | undefined> => {
  if (await preRegisteredClient(deps, namespace, server.issuer)) return "pre_registered";
  if (usesDocument(deps, server)) return "metadata_document";
  return server.registrationEndpoint === "" ? undefined : "dynamic_registration";
};

/** The one document for all names no callback of one issuer, so it is used only where `iss` tells whose answer it is. */
const usesDocument = ({ config: { clientMetadataUrl: url } }: McpDeps, server: ServerMetadata): boolean =>
  url !== undefined && server.takesDocuments && (url.includes(DOCUMENT_ID) || server.issPromised);

export const callbackUrlFor = (
  deps: McpDeps,
  namespace: string,
  { issuer }: Pick<ServerMetadata, "issuer">,
  source: ClientSource | undefined,
): string => {
  const isShared =
    source === "metadata_document" && !(deps.config.clientMetadataUrl ?? "").includes(DOCUMENT_ID);
  return deps.callbackUrl(isShared ? SHARED_KEY : callbackKey(namespace, issuer));
};

/**
 * The specification's order: a client that an operator registered, a Client ID Metadata Document, dynamic registration. One of the last two is for this
 * namespace, issuer, resource and callback alone; it is kept, and never sent to another issuer.
 *
 * @throws BrokerError CLIENT_REGISTRATION_REQUIRED, METADATA_INVALID, EGRESS_DENIED, PROVIDER_UNAVAILABLE.
 */
export const chooseClient = async (
  deps: McpDeps,
  namespace: string,
  found: Discovered,
): Promise<ChosenClient> => {
  const { server } = found;
  const source = await clientSourceFor(deps, namespace, server);
  const callbackUrl = callbackUrlFor(deps, namespace, server, source);
  if (source === undefined) throw noClient();
  if (source === "pre_registered") {
    const client = await preRegisteredClient(deps, namespace, server.issuer);
    if (client) return { client, callbackUrl };
  }
  const resource = found.resource === "" ? found.serverUrl : found.resource;
  const key = { namespace, issuer: server.issuer, resource, redirectUri: callbackUrl };
  const row = await ownRow(deps, key, found, source === "metadata_document" ? "document" : "dynamic");
  return { client: clientOfRow(deps.clients, row), callbackUrl };
};

const noClient = () =>
  refuse(
    "CLIENT_REGISTRATION_REQUIRED",
    "client_registration",
    "the authorization server registers no clients by itself: register one there by hand and give it to RegisterOAuthClient",
    { metadata: { cause: "no_registration_endpoint" } },
  );

/** Longer than a registration may take: another caller goes ahead only when this one is gone. */
const CLAIM_SECONDS = 20;
const POLL_MS = 100 * MILLISECOND;

/** One registration however many callers in however many replicas ask for it at once: the others wait for its row. */
const ownRow = async (
  deps: McpDeps,
  key: OAuthClientKey,
  found: Discovered,
  origin: OAuthClientOrigin,
): Promise<OAuthClientRow> => {
  for (;;) {
    const claimed = await deps.clients.claim(key, origin, CLAIM_SECONDS);
    if (claimed.kind === "claimed") {
      const row = await registered(deps, claimed.claim, found, origin);
      if (row) return row;
    }
    if (claimed.kind === "ready") {
      const reason = whyOutdated(deps, claimed.client);
      if (reason === undefined) return claimed.client;
      await deps.clients.retire(claimed.client.id, reason);
    }
    await delay(Math.min(POLL_MS, found.budget.remainingMs()));
  }
};

/** Why a client is not used any more: its secret ends before a flow that begins now does, or its document has moved. */
const whyOutdated = (deps: McpDeps, row: OAuthClientRow): "expired" | "replaced" | undefined => {
  const endMs = row.now.getTime() + deps.flowSeconds * SECOND;
  if (row.secretExpiresAt !== null && row.secretExpiresAt.getTime() <= endMs) return "expired";
  return row.origin === "document" && row.clientId !== documentUrl(deps, row.id) ? "replaced" : undefined;
};

const documentUrl = ({ config }: McpDeps, id: string): string =>
  (config.clientMetadataUrl ?? "").replace(DOCUMENT_ID, id);

const registered = async (
  deps: McpDeps,
  claim: OAuthClientKey & { readonly id: string; readonly version: bigint; readonly refusals: number },
  found: Discovered,
  origin: OAuthClientOrigin,
): Promise<OAuthClientRow | undefined> => {
  const { host } = new URL(found.serverUrl);
  try {
    const client =
      origin === "document" ? documentClient(deps, claim.id) : await register(deps, claim, found, host);
    const row = await deps.clients.complete(claim, {
      ...client,
      metadata: { ...client.metadata, [METADATA.host]: host },
    });
    deps.logger.info("OAuth client registered", { namespace: claim.namespace, host, reason: origin });
    return row;
  } catch (error) {
    await deps.clients.abandon(claim);
    throw error;
  }
};

const documentClient = (deps: McpDeps, id: string): NewOAuthClient => ({
  clientId: documentUrl(deps, id),
  secret: undefined,
  secretExpiresAt: undefined,
  tokenEndpointAuthMethod: "none",
  grantTypes: GRANT_TYPES,
  metadata: {},
});

const register = (
  { config, egress }: McpDeps,
  { redirectUri }: OAuthClientKey,
  { server, budget }: Discovered,
  host: string,
): Promise<NewOAuthClient> =>
  registerDynamically({
    egress,
    budget,
    server,
    metadata: (method) => clientMetadata(config.clientName, host, redirectUri, method),
  });
