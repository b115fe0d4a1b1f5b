import { issuerProblem } from "../providers/endpoint-url.ts";

/** Stands for the registration that a document belongs to. */
export const DOCUMENT_ID = "{id}";

/** The path of the public listener where documents lie unless the operator says otherwise. */
const STANDARD_PATH = "/connect/mcp-client/{id}";

export const NO_DOCUMENT = "off";

/**
 * The URL of Client ID Metadata Documents: https with a path, no query and no fragment (draft-ietf-oauth-client-id-metadata-document-00 section 3), and
 * at most one `{id}`, in the path.
 */
export const parseClientMetadataUrl = (text: string): string | undefined => {
  if (text === NO_DOCUMENT) return text;
  const filled = text.replace(DOCUMENT_ID, "id");
  const isUsable = issuerProblem(filled, { insecureLoopback: [], ipLiterals: true }) === undefined;
  if (!isUsable) return undefined;
  const { origin, pathname } = new URL(filled);
  const isPlain = filled === origin + pathname && pathname !== "/";
  return isPlain && !text.slice(0, origin.length).includes("{") ? text : undefined;
};

/** undefined = authorization servers could not fetch any. */
export const clientMetadataUrlOf = (setting: string | undefined, apiBase: string): string | undefined => {
  if (setting === NO_DOCUMENT) return undefined;
  if (setting !== undefined) return setting;
  return apiBase.startsWith("https:") ? apiBase + STANDARD_PATH : undefined;
};
