import {
  environmentName,
  isProviderName,
  reservedProviderNames,
  templateNames,
} from "../../catalog/index.ts";
import type { Findings } from "../problems.ts";

const VARIABLE = "CONNECT_PROVIDERS";

/** The well-formed names of CONNECT_PROVIDERS. One that is not is a problem, told by its place in the list. */
export const listedNames = (names: readonly string[], findings: Findings): string[] => {
  names.forEach((name, index) => {
    if (isProviderName(name)) return;
    const reserved = reservedProviderNames.has(name);
    findings.problem(
      VARIABLE,
      reserved
        ? `lists ${name}, which is reserved`
        : `has an item that is no provider's name (item ${index + 1})`,
      "use lower-case letters, digits, _ and -, at most 63, beginning with a letter or digit, separated by commas",
    );
  });
  return names.filter(isProviderName);
};

/** Every name that the environment may speak of: the catalog's, and those listed besides. */
export const candidateNames = (listed: readonly string[]): string[] =>
  [...new Set([...templateNames(), ...listed])].toSorted();

/** Two active names that share their variables would share credentials, and one of them would get the other's tokens. */
export const checkClashes = (active: readonly string[], findings: Findings): void => {
  const byVariable = Map.groupBy(active, environmentName);
  for (const [key, names] of byVariable) {
    if (names.length < 2) continue;
    findings.problem(
      VARIABLE,
      `makes ${names.join(" and ")} active, which both read CONNECT_${key}_*`,
      "give one of them another name",
    );
  }
};
