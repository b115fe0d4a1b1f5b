import type { EnvironmentReader } from "./environment.ts";
import type { Findings } from "./problems.ts";

/** Kubernetes and container links set these for every service that happens to be called `connect-…` or `broker-…`. */
const SERVICE_LINK =
  /_(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT_\d+_(TCP|UDP|SCTP)(_(ADDR|PORT|PROTO))?)$/;
const SERVICE_URL = /^(tcp|udp|sctp):\/\//;

const PROVIDER_SETTING =
  /^CONNECT_([A-Z0-9_]+)_(CLIENT_ID|CLIENT_SECRET|CLIENT_SECRET_FILE|AUTHORIZE_URL|TOKEN_URL|TEMPLATE)$/;

/** A variable of ours that nothing reads is most likely a typing error, and its silence an outage later. To be called when everything is read. */
export const warnOfUnknown = (reader: EnvironmentReader, findings: Findings): void => {
  const unknown = reader.unread(["CONNECT_", "BROKER_"]).filter((name) => !isServiceLink(reader, name));
  if (unknown.length === 0) return;
  const known = [...reader.known()];
  for (const name of unknown) findings.warn(`${name} is not read by anything${hint(name, known)}`);
};

const isServiceLink = (reader: EnvironmentReader, name: string): boolean =>
  SERVICE_LINK.test(name) || (name.endsWith("_PORT") && SERVICE_URL.test(reader.text(name) ?? ""));

const hint = (name: string, known: readonly string[]): string => {
  const closest = closestTo(name, known);
  if (closest !== undefined) return `: did you mean ${closest}?`;
  return PROVIDER_SETTING.test(name)
    ? ": a provider that the catalog does not know becomes active by its name in CONNECT_PROVIDERS"
    : "";
};

const MAX_TYPOS = 2;
const LETTERS_PER_TYPO = 3;

/** Where all but the provider's name is right, that name has the typing errors: two of four letters make another name of it. */
const typosIn = (name: string): number => {
  const provider = PROVIDER_SETTING.exec(name)?.[1] ?? name;
  return Math.min(MAX_TYPOS, Math.floor(provider.length / LETTERS_PER_TYPO));
};

/** The nearest known name within two typing errors. */
const closestTo = (name: string, known: readonly string[]): string | undefined => {
  const maxTypos = typosIn(name);
  const parts = partsOf(name, maxTypos + 1);
  let best: string | undefined;
  let bestDistance = maxTypos + 1;
  for (const candidate of known) {
    if (Math.abs(candidate.length - name.length) > maxTypos) continue;
    if (!parts.some((part) => candidate.includes(part))) continue;
    const found = distance(name, candidate);
    if (found < bestDistance) [best, bestDistance] = [candidate, found];
  }
  return best;
};

/** Of one part more than there are errors, one has none: the thousands of names that hold no part of this one need no closer look. */
const partsOf = (name: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) =>
    name.slice(Math.floor((index * name.length) / count), Math.floor(((index + 1) * name.length) / count)),
  );

/** Levenshtein's edit distance, one row at a time. */
const distance = (a: string, b: string): number => {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(substitution, (previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1));
    }
    previous = row;
  }
  return previous[b.length] ?? 0;
};
