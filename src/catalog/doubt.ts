import { contestedEndpointSentences } from "./contested.ts";
import type { ProviderDefinition } from "./definition.ts";
import { findTemplate } from "./templates.ts";

type Described = Pick<
  ProviderDefinition,
  "confidence" | "sources" | "findings" | "docsUrl" | "authorizeUrl" | "tokenUrl"
>;
type Doubtful = Exclude<ProviderDefinition["confidence"], "confirmed" | "operator">;

export interface Doubt {
  readonly confidence: Doubtful;
  /** Who says so, what may be wrong, and what it would cost. A sentence or more, for whoever activates the entry. */
  readonly text: string;
}

/** Whether an endpoint is the catalog's word; false where an operator gave both, and outside the catalog. */
export const standsOnCatalog = (
  definition: Pick<Described, "authorizeUrl" | "tokenUrl">,
  template: string,
): boolean => {
  const { authorizeUrl = "", tokenUrl = "" } = findTemplate(template) ?? {};
  const isOwn = (given: string, known: string): boolean => known === "" || given !== known;
  return !(isOwn(definition.authorizeUrl, authorizeUrl) && isOwn(definition.tokenUrl, tokenUrl));
};

/**
 * Why a registration is experimental: its facts are an entry's that not several independent sources confirm. Undefined where they do, and where nothing is left to
 * doubt because the operator gave the endpoints.
 *
 * @param template the catalog entry whose facts apply; empty = none.
 */
export const doubtAbout = (definition: Described, template: string): Doubt | undefined => {
  const { confidence } = definition;
  if (confidence === "confirmed" || confidence === "operator") return undefined;
  const isCatalogs = standsOnCatalog(definition, template);
  if (!isCatalogs && confidence !== "unverified") return undefined;
  const { sources, findings, docsUrl } = definition;
  const parts = [
    `its facts are experimental: ${WHY[confidence]} (${sourcesText(sources)}).`,
    ...(isCatalogs ? ["A wrong URL would receive the client secret."] : []),
    ...findings,
    ...(isCatalogs ? contestedEndpointSentences(findTemplate(template) ?? {}) : []),
    `Compare them with ${docsUrl === "" ? "the vendor's documentation" : docsUrl}.`,
  ];
  return { confidence, text: parts.join(" ") };
};

const WHY: Record<Doubtful, string> = {
  "single-source": "a single source names at least one of its endpoints",
  contested: "sources disagree about it",
  unverified: "the vendor documents no endpoints of this kind",
};

const sourcesText = (sources: readonly string[]): string =>
  sources.length === 0
    ? "no source"
    : `${sources.length === 1 ? "source" : "sources"}: ${sources.join(", ")}`;
