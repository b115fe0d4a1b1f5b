import type { ProviderDefinition } from "./definition.ts";

type Described = Pick<ProviderDefinition, "confidence" | "sources" | "findings" | "docsUrl">;
type Doubtful = Exclude<ProviderDefinition["confidence"], "confirmed" | "operator">;

export interface Doubt {
  readonly confidence: Doubtful;
  /** Who says so, what may be wrong, and what it would cost. */
  readonly text: string;
}

/** Why an entry is experimental, for whoever activates it; undefined for facts that several sources confirm, and for an operator's own. */
export const doubtAbout = (definition: Described): Doubt | undefined => {
  const { confidence } = definition;
  if (confidence === "confirmed" || confidence === "operator") return undefined;
  const { sources, findings, docsUrl } = definition;
  const parts = [
    `its facts are experimental (${WHY[confidence]}; ${sourcesText(sources)}): a wrong URL would receive the client secret.`,
    ...findings,
    docsUrl === "" ? "Compare them with the vendor's documentation." : `Compare them with ${docsUrl}.`,
  ];
  return { confidence, text: parts.join(" ") };
};

const WHY: Record<Doubtful, string> = {
  "single-source": "a single source names them",
  contested: "sources disagree about them",
  unverified: "the vendor documents no such endpoints",
};

const sourcesText = (sources: readonly string[]): string =>
  sources.length === 0
    ? "no source"
    : `${sources.length === 1 ? "source" : "sources"}: ${sources.join(", ")}`;
