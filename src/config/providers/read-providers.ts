import type { SkippedProvider } from "../config.ts";
import type { EnvironmentReader } from "../environment.ts";
import type { Findings } from "../problems.ts";
import type { Settings } from "../read-settings.ts";
import type { Registration } from "../registration.ts";
import { type Activation, activate } from "./activate.ts";
import { candidateNames, checkClashes, listedNames } from "./names.ts";
import { isMentioned, nothingSaid } from "./nothing-said.ts";

export interface ProvidersOfEnvironment {
  readonly registrations: readonly Registration[];
  readonly skipped: readonly SkippedProvider[];
}

/** The whole catalog and the names listed besides, each active, skipped, or the cause of a problem. In alphabetical order. */
export const readProviders = (
  reader: EnvironmentReader,
  settings: Settings,
  findings: Findings,
): ProvidersOfEnvironment => {
  const listed = listedNames(settings.providers, findings);
  const isListed = new Set(listed);
  const rules = { insecureLoopback: settings.insecureLoopback, ipLiterals: true };
  const context = { reader, findings, rules, legacyNames: settings.legacyNames };
  const activations = candidateNames(listed).map((name): Activation => {
    if (isListed.has(name) || isMentioned(name, reader, settings.legacyNames))
      return activate(name, isListed.has(name), context);
    reader.countAsAsked(() => nothingSaid(name, settings.legacyNames).variables);
    return nothingSaid(name, settings.legacyNames).activation;
  });
  const registrations = activations.flatMap((found) => (found.kind === "active" ? [found.registration] : []));
  checkClashes(
    registrations.map(({ name }) => name),
    findings,
  );
  return {
    registrations,
    skipped: activations.flatMap((found) => (found.kind === "skipped" ? [found.provider] : [])),
  };
};
