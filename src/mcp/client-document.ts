import { DOCUMENT_ID } from "../config/index.ts";
import { SHARED_KEY } from "./callback-key.ts";
import { clientMetadata, type ClientMetadata } from "./clients/client-metadata.ts";
import { METADATA } from "./clients/stored-client.ts";
import type { McpDeps } from "./deps.ts";

/** draft-ietf-oauth-client-id-metadata-document-00 section 4. */
export type ClientDocument = ClientMetadata & { readonly client_id: string };

export interface ClientDocuments {
  /** The document at a path of the public listener; undefined = there is none. @throws BrokerError STORE_UNAVAILABLE. */
  find(path: string): Promise<ClientDocument | undefined>;
  /** Whether a path could be a document's. */
  isDocumentPath(path: string): boolean;
}

const UUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}";

/** What authorization servers fetch. Everything in it is public, and it is there only for clients that the broker has. */
export const createClientDocuments = (
  deps: Omit<McpDeps, "discoveryMs" | "flowSeconds">,
): ClientDocuments => {
  const { clientMetadataUrl: url = "", clientName } = deps.config;
  const isShared = !url.includes(DOCUMENT_ID);
  const pattern = patternOf(url);
  return {
    isDocumentPath: (path) => pattern?.test(path) ?? false,
    async find(path) {
      const match = pattern?.exec(path);
      if (!match) return undefined;
      if (isShared)
        return { client_id: url, ...clientMetadata(clientName, "", deps.callbackUrl(SHARED_KEY), "none") };
      const row = await deps.clients.get(match[1] ?? "");
      if (row?.origin !== "document" || row.retiredReason === "deleted") return undefined;
      const host = row.metadata[METADATA.host] ?? "";
      return { client_id: row.clientId, ...clientMetadata(clientName, host, row.redirectUri, "none") };
    },
  };
};

const patternOf = (url: string): RegExp | undefined => {
  if (url === "") return undefined;
  const path = url.slice(new URL(url.replace(DOCUMENT_ID, "id")).origin.length);
  const escaped = path.split(DOCUMENT_ID).map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${escaped.join(`(${UUID})`)}$`);
};
