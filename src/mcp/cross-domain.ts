import { getDomain } from "tldts";
import { catalog } from "../catalog/index.ts";
import type { CrossDomainRule, TrustedIssuer } from "../config/index.ts";
import type { BrokerError } from "../errors.ts";
import { refuse } from "./refusal.ts";

export const CROSS_DOMAIN = "cross_domain_issuer";

export interface CrossDomainQuestion {
  readonly serverUrl: string;
  readonly resource: string;
  readonly issuer: string;
  /** What the issuer itself says it issues tokens for. */
  readonly protectedResources: readonly string[];
}

export interface CrossDomainPolicy {
  readonly rule: CrossDomainRule;
  readonly trust: readonly TrustedIssuer[];
}

/**
 * Whether a server may send people to this issuer. A hostile server can name an honest vendor's authorization server, and the token that a person allows
 * there would be handed to it: so an issuer on another registrable domain must be vouched for, by its own metadata or by the operator.
 *
 * @returns whether it is to be reported.
 * @throws BrokerError CROSS_DOMAIN_ISSUER.
 */
export const judgeCrossDomain = (
  question: CrossDomainQuestion,
  { rule, trust }: CrossDomainPolicy,
): boolean => {
  const { serverUrl, resource, issuer, protectedResources } = question;
  if (isSameDomain(serverUrl, issuer) || protectedResources.includes(resource)) return false;
  if (trust.some((item) => item.issuer === issuer && isHostOf(item, serverUrl))) return false;
  if (rule === "report" || (rule === "deny-known" && !isKnownIssuer(issuer))) return true;
  throw crossDomainIssuer(serverUrl);
};

export const crossDomainIssuer = (serverUrl: string): BrokerError =>
  refuse(
    "CROSS_DOMAIN_ISSUER",
    CROSS_DOMAIN,
    "the MCP server names an authorization server on another domain, which does not say that it issues tokens for it: an operator who knows that the two belong together adds both to BROKER_MCP_TRUST",
    { metadata: { variable: "BROKER_MCP_TRUST", item: `${new URL(serverUrl).host}=<issuer>` } },
  );

const isHostOf = ({ host }: TrustedIssuer, serverUrl: string): boolean => {
  const url = new URL(serverUrl);
  const port = url.port === "" ? (url.protocol === "https:" ? "443" : "80") : url.port;
  return host === url.hostname || host === `${url.hostname}:${port}`;
};

/** Names below one registrable domain; hosts of domains that are shared among strangers (github.io) are domains of their own. */
const isSameDomain = (a: string, b: string): boolean => partyOf(new URL(a)) === partyOf(new URL(b));

/** An address, and a name without a registrable part (localhost), stand for themselves. */
const partyOf = ({ hostname }: URL): string => getDomain(hostname, { allowPrivateDomains: true }) ?? hostname;

/** Whether the issuer is of a vendor that the catalog has. */
export const isKnownIssuer = (issuer: string): boolean => {
  knownParties ??= new Set([...catalog.values()].flatMap(partiesOf));
  return knownParties.has(partyOf(new URL(issuer)));
};

/** Made once, when it is first asked for. */
let knownParties: ReadonlySet<string> | undefined;

type Entry = ReturnType<typeof catalog.get> & {};

const partiesOf = ({ authorizeUrl = "", tokenUrl = "", issuer }: Entry): string[] =>
  [authorizeUrl, tokenUrl, issuer?.value ?? ""].flatMap((template) => {
    // A variable before a fixed domain is one label of many; one that is the whole domain says nothing.
    const url = template.replaceAll(/\{[^}]*\}/g, "x");
    const domain = URL.canParse(url) ? getDomain(new URL(url).hostname, { allowPrivateDomains: true }) : null;
    return domain === null ? [] : [domain];
  });
