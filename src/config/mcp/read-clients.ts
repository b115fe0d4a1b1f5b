import { environmentName } from "../../catalog/index.ts";
import type { EnvironmentReader } from "../environment.ts";
import type { Findings } from "../problems.ts";
import { readSecret, secretOf, type SecretReading } from "../secret-input.ts";
import type { Secret } from "../secret.ts";
import { splitList } from "../value-types.ts";
import { parseIssuer } from "./issuer.ts";
import type { EnvironmentClient } from "./mcp-config.ts";
import { checkOAuthClient, type OAuthClientInput } from "./oauth-client.ts";

/** What each name of `BROKER_MCP_CLIENTS` takes: `BROKER_MCP_CLIENT_{NAME}_…`. Secrets also as `…_FILE`. */
export const mcpClientSettings = {
  issuer: {
    suffix: "ISSUER",
    doc: "Of the authorization server, exactly as its metadata spells it. Required.",
  },
  clientId: { suffix: "CLIENT_ID", doc: "Required." },
  clientSecret: { suffix: "CLIENT_SECRET", doc: "Unset = a public client, or one that signs.", secret: true },
  privateKey: {
    suffix: "PRIVATE_KEY",
    doc: "Of a client that signs (`private_key_jwt`): PKCS #8 in PEM.",
    secret: true,
  },
  tokenEndpointAuthMethod: {
    suffix: "TOKEN_ENDPOINT_AUTH_METHOD",
    doc: "`client_secret_basic`, `client_secret_post`, `private_key_jwt` or `none`. Unset = the first of basic, post and none that the server lists.",
  },
  signingAlgorithm: {
    suffix: "SIGNING_ALGORITHM",
    doc: "`ES256` (the default), `ES384`, `RS256`, `PS256` or `EdDSA`.",
  },
  keyId: { suffix: "KEY_ID", doc: "`kid` of the assertion." },
  grantTypes: {
    suffix: "GRANT_TYPES",
    doc: "Separated by commas: what AcquireToken may use the client for, besides `authorization_code` and `refresh_token`, the default.",
  },
} as const satisfies Record<
  "issuer" | keyof OAuthClientInput,
  { suffix: string; doc: string; secret?: true }
>;

type Field = keyof typeof mcpClientSettings;

const NAME = /^[a-z0-9][a-z0-9_-]{0,62}$/;

/** Clients that were registered by hand. A name that cannot be used is a problem of its variables. */
export const readMcpClients = (
  names: readonly string[],
  reader: EnvironmentReader,
  findings: Findings,
): readonly EnvironmentClient[] => {
  const clients = names.flatMap((name) => readClient(name, reader, findings) ?? []);
  for (const [index, { issuer, name }] of clients.entries())
    if (clients.slice(0, index).some((other) => other.issuer === issuer))
      findings.problem(
        variableOf(name, "issuer"),
        "is the issuer of another client, too",
        "keep one for each issuer",
      );
  return clients;
};

const variableOf = (name: string, field: Field): string =>
  `BROKER_MCP_CLIENT_${environmentName(name)}_${mcpClientSettings[field].suffix}`;

const readClient = (
  name: string,
  reader: EnvironmentReader,
  findings: Findings,
): EnvironmentClient | undefined => {
  if (!NAME.test(name)) {
    findings.problem(
      "BROKER_MCP_CLIENTS",
      "holds a name that cannot be used",
      "use lower-case letters, digits, _ and -",
    );
    return undefined;
  }
  const text = (field: Field): string | undefined => reader.text(variableOf(name, field));
  const issuerText = text("issuer");
  const issuer = issuerText === undefined ? undefined : parseIssuer(issuerText);
  if (issuer === undefined)
    findings.problem(
      variableOf(name, "issuer"),
      issuerText === undefined ? "is missing" : "is no https URL without query and fragment",
      "copy `issuer` from the server's metadata",
    );
  const clientSecret = readSecret(reader, variableOf(name, "clientSecret"), findings);
  const privateKey = readSecret(reader, variableOf(name, "privateKey"), findings);
  const { client, problems } = checkOAuthClient({
    clientId: text("clientId") ?? "",
    clientSecret: secretIn(clientSecret),
    privateKey: secretIn(privateKey),
    tokenEndpointAuthMethod: text("tokenEndpointAuthMethod"),
    signingAlgorithm: text("signingAlgorithm"),
    keyId: text("keyId"),
    grantTypes: splitList(text("grantTypes") ?? ""),
  });
  const readings: Partial<Record<keyof OAuthClientInput, SecretReading>> = { clientSecret, privateKey };
  for (const { field, problem, cure } of problems)
    if (readings[field] !== "invalid") findings.problem(variableOf(name, field), problem, cure);
  return issuer === undefined ? undefined : { ...client, name, issuer };
};

const secretIn = (reading: SecretReading): Secret | undefined =>
  typeof reading === "string" ? undefined : secretOf(reading);
