import { invalidField } from "../errors.ts";

const FIELD = "mcp_server_url";
const MAX_LENGTH = 2048;
const VISIBLE_ASCII = /^[\x21-\x7e]+$/;

/**
 * An MCP server's URL in the one form that names its grants: scheme and host in lower case, no default port, no dot segments, and no slash at the end of
 * a URL without a path (the specification's canonical server URI). Path, query and a slash behind a path stay: they may name another server.
 *
 * Whether the address may be called is the egress's to say, at each call.
 *
 * @throws BrokerError INVALID_REQUEST naming `mcp_server_url`.
 */
export const parseMcpServerUrl = (text: string): string => {
  const problem = problemOf(text);
  if (problem !== undefined) throw invalidField(FIELD, problem);
  const url = new URL(text);
  return url.pathname === "/" && url.search === "" ? url.origin : url.href;
};

const problemOf = (text: string): string | undefined => {
  if (text.length > MAX_LENGTH) return `must not be longer than ${MAX_LENGTH} characters`;
  if (!VISIBLE_ASCII.test(text) || text.includes("\\"))
    return "must be printable ASCII without blanks and backslashes: percent-encode the rest";
  if (!/^https?:\/\/[^/]/i.test(text) || !URL.canParse(text)) return "must be an https URL";
  const url = new URL(text);
  if (url.username !== "" || url.password !== "") return "must not hold a user name or password";
  return text.includes("#") ? "must not have a fragment" : undefined;
};
