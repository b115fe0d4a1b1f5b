import type { EgressProxyConfig } from "./config.ts";
import type { EnvironmentReader } from "./environment.ts";
import type { Findings } from "./problems.ts";
import type { Settings } from "./read-settings.ts";
import { readSecret, secretOf } from "./secret-input.ts";
import { plainSettings, secretSettings } from "./settings.ts";

const { name: NAME, expects } = secretSettings.egressProxy;

/** The proxy that everything goes out by; its URL may hold a password and is a secret. */
export const readEgressProxy = (
  reader: EnvironmentReader,
  { egressProxyBlocksPrivate: blocksPrivate }: Settings,
  findings: Findings,
): EgressProxyConfig | undefined => {
  const input = readSecret(reader, NAME, findings);
  if (input === "unset" && blocksPrivate)
    findings.warn(`${plainSettings.egressProxyBlocksPrivate.name} has no effect while ${NAME} is unset`);
  if (typeof input === "string") return undefined;
  if (isProxyUrl(input.value)) return { url: secretOf(input, accepted), blocksPrivate };
  findings.problem(input.variable, "is not the URL of a proxy", `set it to ${expects}`);
  return undefined;
};

const accepted = (text: string): string => {
  if (!isProxyUrl(text)) throw new Error(`not ${expects}`);
  return text;
};

const isProxyUrl = (text: string): boolean => {
  const url = URL.parse(text);
  if (url?.protocol !== "http:" || url.hostname === "") return false;
  return url.pathname === "/" && url.search === "" && url.hash === "" && hasPlainCredentials(url);
};

/** They are sent as `user:password` (RFC 7617): percent-encoding has to be right, and no control character may be in them. */
const hasPlainCredentials = ({ username, password }: URL): boolean => {
  try {
    // oxlint-disable-next-line no-control-regex
    return !/[\u0000-\u001f\u007f]/.test(decodeURIComponent(username) + decodeURIComponent(password));
  } catch {
    return false;
  }
};
