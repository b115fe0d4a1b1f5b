import { doubtAbout, findTemplate } from "../catalog/index.ts";
import type { Registration } from "../config/index.ts";
import { check, type Finding, passed, type ProviderCheck, warning } from "./check.ts";

/** Whether anybody vouches for the endpoints. Those that the operator wrote are the operator's own. */
export const checkFacts = ({ template, definition }: Registration): ProviderCheck[] => {
  const facts = findTemplate(template);
  if (facts === undefined) return [];
  const isOperators =
    definition.authorizeUrl !== facts.authorizeUrl && definition.tokenUrl !== facts.tokenUrl;
  if (isOperators) return [];
  return [check("facts", "", judge(definition))];
};

const judge = (definition: Registration["definition"]): Finding => {
  const doubt = doubtAbout(definition);
  if (doubt === undefined)
    return passed(`independent sources agree on the endpoints: ${definition.sources.join(", ")}`);
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
