import type { ProviderFacts } from "../../catalog/index.ts";
import type { EnvironmentReader } from "../environment.ts";
import type { Findings } from "../problems.ts";
import { readSecret, secretOf, type SecretReading } from "../secret-input.ts";
import type { Secret } from "../secret.ts";
import { isCredentialText, isPrivateKey } from "./field-problems.ts";
import { providerSecretSettings } from "./provider-settings.ts";

export type LegacyNames = NonNullable<ProviderFacts["legacyEnvironment"]>;

/** The credentials of one name, id and secret from one family of names: `CONNECT_{NAME}_*`, or the older names where that family is empty. */
export interface Credentials {
  /** Empty = not given. */
  readonly clientId: string;
  readonly clientSecret: Secret | undefined;
  readonly previousClientSecret: Secret | undefined;
  /** What stands behind the prefix in the variable that gave the secret. */
  readonly secretSuffix: string | undefined;
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
  const { secret, suffix } = readOwnSecret(scope);
  const previous = readSecret(reader, prefix + providerSecretSettings.previousClientSecret.suffix, findings);
  const own = { ...family(clientId, secret, previous, undefined), secretSuffix: suffix };
  if (own.given || legacy === undefined) return own;
  const older = readSecret(reader, legacy.clientSecret, findings);
  const inherited = {
    ...family(reader.text(legacy.clientId), older, previous, legacy),
    secretSuffix: undefined,
  };
  return inherited.given ? inherited : own;
};

/** A private key is a client secret under a name of its own. */
const readOwnSecret = ({
  reader,
  findings,
  prefix,
}: CredentialScope): { readonly secret: SecretReading; readonly suffix: string | undefined } => {
  const { clientSecret, privateKey } = providerSecretSettings;
  const secret = readSecret(reader, prefix + clientSecret.suffix, findings);
  const key = readSecret(reader, prefix + privateKey.suffix, findings);
  if (key === "unset") return { secret, suffix: secret === "unset" ? undefined : clientSecret.suffix };
  if (secret === "unset") return { secret: key, suffix: privateKey.suffix };
  const problem = `and ${prefix}${clientSecret.suffix} are both set`;
  findings.problem(prefix + privateKey.suffix, problem, "keep one of the two");
  return { secret: "invalid", suffix: privateKey.suffix };
};

const family = (
  clientId: string | undefined,
  secret: SecretReading,
  previous: SecretReading,
  legacy: LegacyNames | undefined,
): Omit<Credentials, "secretSuffix"> => ({
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
    if (text !== atStart && !isCredentialText(text) && !isPrivateKey(text))
      throw new Error("not a client secret");
    return text;
  };
