import {
  checkOAuthClient,
  type EnvironmentClient,
  type OAuthClientInput,
  parseIssuer,
} from "../config/index.ts";
import { BrokerError, type FieldViolation, invalidField } from "../errors.ts";
import { namespaceOf, parseUuid } from "../registrations/index.ts";
import type { OAuthClientRow } from "../store/index.ts";
import { callbackKey } from "./callback-key.ts";
import { METADATA, registrationIdOf } from "./clients/stored-client.ts";
import type { McpDeps } from "./deps.ts";

export interface RegisterOAuthClientRequest extends OAuthClientInput {
  readonly namespace?: string | undefined;
  /** Exactly as the server's metadata spells it. */
  readonly issuer: string;
  readonly secretExpiresAt?: Date | undefined;
  /** Take the place of the client that the issuer has. */
  readonly replace?: boolean | undefined;
}

/** A client as it is shown: everything but the secret. */
export interface OAuthClientView {
  /** Empty = of the environment. */
  readonly id: string;
  readonly namespace: string;
  readonly issuer: string;
  readonly resource: string;
  readonly clientId: string;
  readonly tokenEndpointAuthMethod: string;
  readonly grantTypes: readonly string[];
  readonly source: "rpc" | "environment" | "dynamic" | "document";
  readonly secretExpiresAt: Date | undefined;
  readonly createdAt: Date | undefined;
  readonly callbackUrl: string;
}

export interface ListOAuthClientsRequest {
  readonly namespace?: string | undefined;
  /** 0 = 50; above 1000 = 1000. */
  readonly pageSize?: number | undefined;
  readonly pageToken?: string | undefined;
  /** Also what the broker registered itself. */
  readonly all?: boolean | undefined;
}

export interface OAuthClientPage {
  readonly clients: readonly OAuthClientView[];
  /** Empty on the last page. */
  readonly nextPageToken: string;
}

/** The clients at authorization servers of MCP servers, for operators. */
export interface OAuthClients {
  /** @throws BrokerError INVALID_REQUEST naming the field; OAUTH_CLIENT_ALREADY_EXISTS. */
  register(request: RegisterOAuthClientRequest): Promise<OAuthClientView>;
  list(request: ListOAuthClientsRequest): Promise<OAuthClientPage>;
  /** @throws BrokerError OAUTH_CLIENT_NOT_FOUND; OAUTH_CLIENT_IN_USE with `metadata.count`. */
  remove(request: {
    readonly namespace?: string | undefined;
    readonly id: string;
    readonly force?: boolean | undefined;
  }): Promise<void>;
}

export const createOAuthClients = (deps: McpDeps): OAuthClients => ({
  register: (request) => register(deps, request),
  list: (request) => list(deps, request),
  remove: (request) => remove(deps, request),
});

const register = async (deps: McpDeps, request: RegisterOAuthClientRequest): Promise<OAuthClientView> => {
  const namespace = namespaceOf(request.namespace);
  const { client, problems } = checkOAuthClient(request);
  const violations = problems.map(({ field, problem, cure }): FieldViolation => ({
    field: contractName(field),
    description: `${problem}: ${cure}`,
  }));
  if (parseIssuer(request.issuer) === undefined)
    violations.unshift({
      field: "issuer",
      description: "is no https URL without query and fragment: copy `issuer` from the server's metadata",
    });
  if (violations.length > 0) throw invalid(violations);
  const row = await deps.clients.put(
    { namespace, issuer: request.issuer, resource: "", redirectUri: "" },
    {
      clientId: client.clientId,
      secret: client.secret?.reveal(),
      secretExpiresAt: request.secretExpiresAt,
      tokenEndpointAuthMethod: client.method ?? "",
      grantTypes: client.grantTypes,
      metadata: { [METADATA.signingAlgorithm]: client.signingAlgorithm, [METADATA.keyId]: client.keyId },
    },
    request.replace ?? false,
  );
  if (row) return viewOf(deps, row);
  throw new BrokerError(
    "OAUTH_CLIENT_ALREADY_EXISTS",
    "issuer: has a client in this namespace: set replace to put this one in its place",
  );
};

const contractName = (field: string): string =>
  field.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

const invalid = (fieldViolations: readonly FieldViolation[]): BrokerError =>
  new BrokerError(
    "INVALID_REQUEST",
    fieldViolations.map(({ field, description }) => `${field} ${description}`).join("; "),
    { fieldViolations },
  );

const viewOf = (deps: Pick<McpDeps, "callbackUrl">, row: OAuthClientRow): OAuthClientView => ({
  id: row.id,
  namespace: row.namespace,
  issuer: row.issuer,
  resource: row.resource,
  clientId: row.clientId,
  tokenEndpointAuthMethod: row.tokenEndpointAuthMethod,
  grantTypes: row.grantTypes,
  source: row.origin,
  secretExpiresAt: row.secretExpiresAt ?? undefined,
  createdAt: row.createdAt,
  callbackUrl: row.redirectUri || deps.callbackUrl(callbackKey(row.namespace, row.issuer)),
});

const viewOfEnvironment = (
  deps: Pick<McpDeps, "callbackUrl">,
  namespace: string,
  client: EnvironmentClient,
): OAuthClientView => ({
  id: "",
  namespace: "",
  issuer: client.issuer,
  resource: "",
  clientId: client.clientId,
  tokenEndpointAuthMethod: client.method ?? "",
  grantTypes: client.grantTypes,
  source: "environment",
  secretExpiresAt: undefined,
  createdAt: undefined,
  callbackUrl: deps.callbackUrl(callbackKey(namespace, client.issuer)),
});

const DEFAULT_PAGE = 50;
const MAX_PAGE = 1000;

/** Those of the environment stand on the first page, in front. */
const list = async (
  deps: McpDeps,
  { namespace: given, pageSize = 0, pageToken = "", all = false }: ListOAuthClientsRequest,
): Promise<OAuthClientPage> => {
  const namespace = namespaceOf(given);
  if (!Number.isInteger(pageSize) || pageSize < 0) throw invalidField("page_size", "must be 0 or more");
  const limit = pageSize === 0 ? DEFAULT_PAGE : Math.min(pageSize, MAX_PAGE);
  const afterId = readPageToken(pageToken, namespace, all);
  const rows = await deps.clients.list(namespace, { ownOnly: !all, afterId, limit: limit + 1 });
  const page = rows.slice(0, limit);
  const last = rows.length > limit ? page.at(-1) : undefined;
  return {
    clients: [
      ...(afterId === ""
        ? deps.config.clients.map((client) => viewOfEnvironment(deps, namespace, client))
        : []),
      ...page.map((row) => viewOf(deps, row)),
    ],
    nextPageToken: last ? writePageToken(namespace, all, last.id) : "",
  };
};

const writePageToken = (namespace: string, all: boolean, id: string): string =>
  Buffer.from(JSON.stringify([namespace, all, id])).toString("base64url");

const readPageToken = (token: string, namespace: string, all: boolean): string => {
  if (token === "") return "";
  const foreign = invalidField("page_token", "is not one that this listing gave: begin without it");
  try {
    const parts: unknown = JSON.parse(Buffer.from(token, "base64url").toString("utf8"));
    if (!Array.isArray(parts) || parts[0] !== namespace || parts[1] !== all) throw foreign;
    return parseUuid("page_token", String(parts[2]));
  } catch {
    throw foreign;
  }
};

const remove = async (
  deps: McpDeps,
  {
    namespace: given,
    id,
    force = false,
  }: { namespace?: string | undefined; id: string; force?: boolean | undefined },
): Promise<void> => {
  const namespace = namespaceOf(given);
  const row = await deps.clients.get(parseUuid("id", id));
  if (row?.namespace !== namespace || row.retiredAt !== null) throw notFound();
  const count = force ? 0 : await deps.tokens.countByRegistration(registrationIdOf(row.id));
  if (count > 0)
    throw new BrokerError(
      "OAUTH_CLIENT_IN_USE",
      `${count} grants were made with this client: revoke them, or set force`,
      { metadata: { count: String(count) } },
    );
  if (!(await deps.clients.retire(row.id, "deleted"))) throw notFound();
};

const notFound = (): BrokerError =>
  new BrokerError("OAUTH_CLIENT_NOT_FOUND", "id: no such client in this namespace");
