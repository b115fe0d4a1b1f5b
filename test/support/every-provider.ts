/** Credentials for every provider of the catalog at once, as an operator would set them in the environment. */
import { generateKeyPairSync } from "node:crypto";
import {
  catalog,
  completeDefinition,
  environmentName,
  missingVariables,
  type ProviderFacts,
  variableSettings,
} from "../../src/catalog/index.ts";

type Environment = Readonly<Record<string, string>>;

const pem = (key: ReturnType<typeof generateKeyPairSync>["privateKey"]): string =>
  key.export({ type: "pkcs8", format: "pem" }).toString();

const keys = {
  ec: () => pem(generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey),
  rsa: () => pem(generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey),
};

/** What activates one provider, and nothing else. */
export const credentialsFor = (facts: ProviderFacts): Environment => {
  const definition = completeDefinition(facts);
  const prefix = `CONNECT_${environmentName(facts.name)}_`;
  const { jwt } = definition.clientAuthentication;
  const secret =
    jwt === undefined ? "a-secret-of-nobody" : jwt.algorithm.startsWith("ES") ? keys.ec() : keys.rsa();
  const missing = missingVariables(definition, {}).map((name) => [
    `${prefix}${variableSettings(definition, name)[0] ?? ""}`,
    definition.variables[name]?.example ?? "",
  ]);
  const ownEndpoints =
    definition.tokenUrl === ""
      ? [
          [`${prefix}AUTHORIZE_URL`, "https://idp.example.com/authorize"],
          [`${prefix}TOKEN_URL`, "https://idp.example.com/token"],
        ]
      : [];
  return Object.fromEntries([
    [`${prefix}CLIENT_ID`, "a-client"],
    [`${prefix}CLIENT_SECRET`, secret],
    ...missing,
    ...ownEndpoints,
  ]) as Environment;
};

export const credentialsForEveryProvider = (): Environment =>
  Object.assign({}, ...[...catalog.values()].map(credentialsFor)) as Environment;
