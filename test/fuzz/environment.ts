import fc from "fast-check";
import { expect } from "vitest";
import { ConfigError, plainSettings, secretSettings } from "../../src/config/index.ts";
import { canariesIn, canary } from "../support/canaries.ts";
import { load } from "../support/load-config.ts";
import { cases, nastyText } from "./cases.ts";

/** What is a directory, or is plainly a path, is shown, so that its owner finds it. */
const isShown = ([name, text]: readonly [string, string]): boolean =>
  name === "BROKER_DATA_DIR" || name === "BROKER_SPOOL_DIR" || /^\.{0,2}\//.test(text.trim());

const OF_PROVIDERS = [
  "CLIENT_ID",
  "CLIENT_SECRET",
  "CLIENT_SECRET_PREVIOUS",
  "SCOPES",
  "PKCE_REQUIRED",
  "AUTHORIZE_URL",
  "TOKEN_URL",
  "ISSUER",
  "DOMAIN",
  "TEMPLATE",
  "TOKEN_ENDPOINT_AUTH_METHOD",
  "EXTRA_TOKEN_PARAMS",
  "EXTRA_AUTHORIZE_PARAMS",
  "PRIVATE_KEY",
  "NONSENSE",
];

const NAMES = [
  ...Object.values(plainSettings).map(({ name }) => name),
  ...Object.values(secretSettings).map(({ name }) => name),
  ...["GITHUB", "ACME", "SHOPIFY", "__PROTO__"].flatMap((name) =>
    OF_PROVIDERS.map((suffix) => `CONNECT_${name}_${suffix}`),
  ),
  "BROKER_TYPO",
];

const secret = canary("environment");

const value = fc.oneof(
  nastyText.filter((text) => !text.includes("\0")),
  fc.constantFrom(
    "true",
    "maybe",
    "1",
    "-1",
    "60",
    "1e9",
    "acme",
    "github,acme",
    "a,,b",
    "https://a.example",
  ),
  fc.constant(secret),
  nastyText.map((text) => `${text}${secret}`),
);

const environment = fc.dictionary(fc.constantFrom(...NAMES), value, { maxKeys: 12 });

/** Any environment is a configuration or a list of problems, and no text of either says what a variable holds. */
export const fuzzEnvironment = (count: number): void => {
  fc.assert(
    fc.property(environment, (env) => {
      const shown = Object.entries(env).some((entry) => isShown(entry) && entry[1].includes(secret));
      const texts = outcomeOf(env);
      expect(shown ? [] : canariesIn(texts.join("\n"))).toEqual([]);
    }),
    cases(count),
  );
};

const outcomeOf = (env: Readonly<Record<string, string>>): readonly string[] => {
  try {
    const { warnings, notices } = load(env);
    return [...warnings, ...notices];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return [error.message, ...error.warnings];
  }
};
