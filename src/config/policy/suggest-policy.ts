import { readFileSync } from "node:fs";
import { parseApiKeys } from "../api-keys.ts";
import { parseJwtIssuers } from "../parse-jwt-issuers.ts";
import type { Settings } from "../read-settings.ts";

/** A short file that lets everybody who is configured do what they could do without one, but for operators' calls: to begin with, and to narrow. */
export const suggestPolicy = (settings: Settings): string => {
  const { workloads, people } = callersOf(settings);
  const lines = ["rules:", ...ruleFor(workloads, "any"), ...ruleFor(people, "subject")];
  return lines.map((line) => `      ${line}`).join("\n");
};

const ruleFor = (callers: readonly string[], users: string): string[] =>
  callers.length === 0
    ? []
    : [
        `  - callers: [${callers.map((caller) => JSON.stringify(caller)).join(", ")}]`,
        `    namespaces: ["**"]`,
        `    methods: ["*"]`,
        `    providers: ["**"]`,
        `    users: ${users}`,
      ];

const callersOf = ({ apiKeysFile, jwtIssuersFile, clientBundles }: Settings) => {
  const ids = orNothing(apiKeysFile, (text) => [...parseApiKeys(text).keys()]) ?? [];
  const issuers = orNothing(jwtIssuersFile, parseJwtIssuers);
  const domains = clientBundles.map(({ trustDomain }) => `spiffe://${trustDomain}/**`);
  const workloads = [...ids, ...domains, ...(issuers?.callers ?? []).map(({ name }) => `jwt:${name}:**`)];
  const isOpen = apiKeysFile === undefined && jwtIssuersFile === undefined && domains.length === 0;
  return {
    workloads: isOpen ? ["anonymous"] : workloads,
    people: (issuers?.subjects ?? []).map(({ name }) => `person:${name}:**`),
  };
};

/** A file that cannot be used is a problem of its own, told beside this one. */
const orNothing = <T>(path: string | undefined, parse: (text: string) => T): T | undefined => {
  if (path === undefined) return undefined;
  try {
    return parse(readFileSync(path, "utf8"));
  } catch {
    return undefined;
  }
};
