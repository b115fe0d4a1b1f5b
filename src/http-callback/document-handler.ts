import type { IncomingMessage, ServerResponse } from "node:http";
import type { ClientDocuments } from "../mcp/index.ts";
import { errorClass, type Logger } from "../telemetry/index.ts";
import type { CallbackHandler } from "./callback-handler.ts";
import * as pages from "./pages.ts";
import { sendEmpty, sendJson, sendPage } from "./reply.ts";

export interface DocumentHandlerOptions {
  readonly documents: ClientDocuments;
  readonly logger: Logger;
}

/** Authorization servers may keep a document for so long; what is in one does not change. */
const MAX_AGE_SECONDS = 300;

/** Answers for Client ID Metadata Documents and returns true; leaves everything else untouched. */
export const createDocumentHandler =
  (options: DocumentHandlerOptions): CallbackHandler =>
  (request, response) => {
    const [path = ""] = (request.url ?? "").split("?");
    if (!options.documents.isDocumentPath(path)) return false;
    void answer(options, path, request, response);
    return true;
  };

/** Never rejects: an answer is sent, or the client is gone. */
const answer = async (
  { documents, logger }: DocumentHandlerOptions,
  path: string,
  { method }: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  if (method !== "GET" && method !== "HEAD") return sendEmpty(response, 405, { allow: "GET, HEAD" });
  try {
    const document = await documents.find(path);
    if (document === undefined) sendPage(response, pages.notFoundPage);
    else sendJson(response, document, MAX_AGE_SECONDS);
  } catch (error) {
    logger.error("client metadata document not read", { error_class: errorClass(error) });
    sendPage(response, pages.unavailablePage, { "retry-after": "5" });
  }
};
