import { parseHostItem } from "../urls.ts";
import { parseIssuer } from "./issuer.ts";

/** An MCP server's host that may send people to an issuer on another domain. */
export interface TrustedIssuer {
  /** `host` (every port) or `host:port`, in the form of a URL parser. */
  readonly host: string;
  readonly issuer: string;
}

/** `<host>=<issuer>` in normal form; undefined = unusable. */
export const parseTrustItem = (item: string): string | undefined => {
  const at = item.indexOf("=");
  const host = at < 0 ? undefined : parseHostItem(item.slice(0, at).trim().toLowerCase());
  const issuer = parseIssuer(item.slice(at + 1).trim());
  return host === undefined || issuer === undefined ? undefined : `${host}=${issuer}`;
};

/** An item in normal form. */
export const trustedIssuer = (item: string): TrustedIssuer => {
  const at = item.indexOf("=");
  return { host: item.slice(0, at), issuer: item.slice(at + 1) };
};
