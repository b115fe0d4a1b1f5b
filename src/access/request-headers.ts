import type { IncomingHttpHeaders } from "node:http";

/** The headers of a request, as `Headers` or as Node's object (HTTP/2 pseudo-headers among them). */
export type RequestHeaders =
  | { get(name: string): string | null | undefined }
  | (IncomingHttpHeaders & { readonly ":authority"?: string | undefined });

const isReader = (headers: RequestHeaders): headers is { get(name: string): string | null | undefined } =>
  typeof (headers as { get?: unknown }).get === "function";

/** One header; several lines of it joined as RFC 9110 section 5.3 says. Empty counts as absent. */
export const header = (headers: RequestHeaders, name: string): string | undefined => {
  if (!isReader(headers)) return joined(Object.hasOwn(headers, name) ? headers[name] : undefined);
  // `Headers` refuses the name of a pseudo-header.
  return name.startsWith(":") ? undefined : joined(headers.get(name) ?? undefined);
};

const joined = (value: string | string[] | undefined): string | undefined => {
  const text = Array.isArray(value) ? value.join(", ") : value;
  return text === "" ? undefined : text;
};
