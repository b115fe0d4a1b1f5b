import { doubtAbout, standsOnCatalog } from "../catalog/index.ts";
import type { Registration } from "../config/index.ts";
import { check, type Finding, passed, type ProviderCheck, warning } from "./check.ts";

/** Whether anybody vouches for the endpoints. Those that the operator wrote are the operator's own. */
export const checkFacts = ({ template, definition }: Registration): ProviderCheck[] =>
  standsOnCatalog(definition, template) ? [check("facts", "", judge(definition, template))] : [];

const judge = (definition: Registration["definition"], template: string): Finding => {
  const doubt = doubtAbout(definition, template);
  if (doubt === undefined) return passed(`${sourcesText(definition.sources)} agree on the endpoints`);
  return warning(
    REASONS[doubt.confidence],
    doubt.text,
    "compare the endpoints with the vendor's documentation before a secret goes there",
  );
};

const REASONS = {
  "single-source": "single_source",
  contested: "contested",
  unverified: "unverified",
} as const;

/** Some of many: a list of forty says no more than their number. */
const sourcesText = (sources: readonly string[]): string =>
  sources.length <= 5
    ? `the sources ${sources.join(", ")}`
    : `${sources.length} sources, ${sources.slice(0, 4).join(", ")} and others,`;
