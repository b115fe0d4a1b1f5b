import { parse } from "tldts";
import { catalog, placeholdersOf } from "../catalog/index.ts";
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
const partyOf = ({ hostname }: URL): string => domainOf(hostname).domain ?? hostname;

const domainOf = (hostname: string) => parse(hostname, { allowPrivateDomains: true });

/** Whether the issuer is of a vendor that the catalog has. */
export const isKnownIssuer = (issuer: string): boolean => {
  knownParties ??= new Set([...catalog.values()].flatMap(partiesOf));
  const { domain, publicSuffix } = domainOf(new URL(issuer).hostname);
  return knownParties.has(domain ?? "") || knownParties.has(publicSuffix ?? "");
};

/** Made once, when it is first asked for. */
let knownParties: ReadonlySet<string> | undefined;

type Entry = ReturnType<typeof catalog.get> & {};

const partiesOf = (entry: Entry): string[] =>
  [entry.authorizeUrl ?? "", entry.tokenUrl ?? "", entry.issuer?.value ?? ""]
    .flatMap((template) => hostsOf(template, entry.variables ?? {}))
    .flatMap(partyOfTemplate);

/** A label that stands for what only a connection knows. */
const ANY = "any-label";

/** The hosts that a template can name: a variable is each of its listed values, and whatever else. */
const hostsOf = (template: string, variables: NonNullable<Entry["variables"]>): string[] => {
  const [, host = ""] = /^https?:\/\/([^/?]*)/.exec(template) ?? [];
  return placeholdersOf(host).reduce<string[]>(
    (hosts, name) =>
      hosts.flatMap((text) =>
        [...Object.values(variables[name]?.values ?? {}), ANY].map((value) =>
          text.replaceAll(`{${name}}`, value),
        ),
      ),
    [host],
  );
};

/**
 * A variable before a fixed domain is one label of many. Of a vendor whose customers' hosts are domains of their own, it is the suffix that is the
 * vendor's. A variable that is the whole domain says nothing.
 */
const partyOfTemplate = (host: string): string[] => {
  const { domain, publicSuffix, isPrivate } = domainOf(host);
  if (domain === null) return [];
  if (!domain.includes(ANY)) return [domain];
  return isPrivate === true && publicSuffix !== null ? [publicSuffix] : [];
};
