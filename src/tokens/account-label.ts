import type { ProviderDefinition } from "../catalog/index.ts";

const MAX_LENGTH = 255;
/** Nothing that could reorder or hide what stands beside it on a page. */
const UNFIT = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]+/gu;

/**
 * The account's name for a person's eyes, as the vendor calls it: the first value of the role `label` that holds one. Empty = the vendor said none.
 * Never an identifier: people rename accounts, and two may have one name.
 */
export const accountLabel = (
  rules: ProviderDefinition["metadata"],
  metadata: Readonly<Record<string, string>>,
): string => {
  const labels = rules.filter(({ role }) => role === "label").map(({ name }) => readable(metadata, name));
  return labels.find((label) => label !== "") ?? "";
};

const readable = (metadata: Readonly<Record<string, string>>, name: string): string => {
  const text = Object.hasOwn(metadata, name) ? (metadata[name] ?? "") : "";
  return Array.from(text.replaceAll(UNFIT, " ").trim()).slice(0, MAX_LENGTH).join("");
};
