import type { ProviderFacts } from "../../catalog/index.ts";
import type { EnvironmentReader } from "../environment.ts";
import type { Findings } from "../problems.ts";
import { readSecret, secretOf, type SecretReading } from "../secret-input.ts";
import type { Secret } from "../secret.ts";
import { isCredentialText } from "./field-problems.ts";
import { providerSecretSettings } from "./provider-settings.ts";

export type LegacyNames = NonNullable<ProviderFacts["legacyEnvironment"]>;

/** The credentials of one name, id and secret from one family of names: `CONNECT_{NAME}_*`, or the older names where that family is empty. */
export interface Credentials {
  /** Empty = not given. */
  readonly clientId: string;
  readonly clientSecret: Secret | undefined;
  readonly previousClientSecret: Secret | undefined;
  /** An id or a secret was given, perhaps not both. */
  readonly given: boolean;
  /** A secret was given that cannot be read, which is already told. */
  readonly unreadable: boolean;
  /** The older names, where the credentials came from those. */
  readonly legacy: LegacyNames | undefined;
}

export interface CredentialScope {
  readonly reader: EnvironmentReader;
  readonly findings: Findings;
  readonly prefix: string;
  /** The value of `CONNECT_{NAME}_CLIENT_ID`. */
  readonly clientId: string | undefined;
  /** The older names, where they may be read. */
  readonly legacy: LegacyNames | undefined;
}

export const readCredentials = (scope: CredentialScope): Credentials => {
  const { reader, findings, prefix, clientId, legacy } = scope;
  const secret = readSecret(reader, prefix + providerSecretSettings.clientSecret.suffix, findings);
  const previous = readSecret(reader, prefix + providerSecretSettings.previousClientSecret.suffix, findings);
  const own = family(clientId, secret, previous, undefined);
  if (own.given || legacy === undefined) return own;
  const older = readSecret(reader, legacy.clientSecret, findings);
  const inherited = family(reader.text(legacy.clientId), older, previous, legacy);
  return inherited.given ? inherited : own;
};

const family = (
  clientId: string | undefined,
  secret: SecretReading,
  previous: SecretReading,
  legacy: LegacyNames | undefined,
): Credentials => ({
  clientId: clientId ?? "",
  clientSecret: secretFrom(secret),
  previousClientSecret: secretFrom(previous),
  given: clientId !== undefined || secret !== "unset",
  unreadable: secret === "invalid",
  legacy,
});

const secretFrom = (reading: SecretReading): Secret | undefined =>
  typeof reading === "string" ? undefined : secretOf(reading, keepUsable(reading.value));

/** The text at the start is judged with everything else; one that a file gets later must be usable to replace it. */
const keepUsable =
  (atStart: string) =>
  (text: string): string => {
    if (text !== atStart && !isCredentialText(text)) throw new Error("not a client secret");
    return text;
  };
