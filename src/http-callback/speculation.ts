import type { IncomingHttpHeaders } from "node:http";

/** Every header by which browsers and mail scanners say that nobody asked to see this yet (Fetch standard, and older names). */
const SPECULATION_HEADERS = ["sec-purpose", "purpose", "x-purpose", "x-moz"];

/** Whether a request is a guess at what a person may open: it must not spend what only the person's own visit may. */
export const isSpeculative = (headers: IncomingHttpHeaders): boolean =>
  SPECULATION_HEADERS.some((name) => /^(?:prefetch|prerender|preview)\b/i.test(String(headers[name] ?? "")));
