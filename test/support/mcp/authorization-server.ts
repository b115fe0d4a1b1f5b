/**
 * An authorization server for MCP tests: RFC 8414 or OpenID metadata, authorization codes with PKCE, refresh tokens that rotate, dynamic registration,
 * Client ID Metadata Documents, revocation. Its person consents at once. It checks everything that a client has to prove; what it issues are canaries, so
 * that none may turn up in the broker's output. Honest until a test changes `settings` or takes a path over.
 */
import { createHash, randomUUID } from "node:crypto";
import type { ScriptedAnswer } from "../../../src/testing/mock-provider/answers/scripted-answer.ts";
import { canary } from "../canaries.ts";
import {
  type HttpServer,
  NOT_FOUND,
  type SeenRequest,
  type ServerOptions,
  startHttpServer,
} from "./http-server.ts";
import type { TokenFacts } from "./mcp-server.ts";

export interface AuthorizationServerSettings {
  /** Laid over the metadata; undefined removes a field. */
  metadata: Record<string, unknown>;
  /** Whether answers of the authorization endpoint name the issuer (RFC 9207); metadata says the same. */
  sendsIss: boolean;
  accessTokenSeconds: number;
  /** The answer to a registration (RFC 7591 section 3.2.1) is laid over with `answer`; a refusal has an OAuth error code. */
  registration: { status: number; answer: Record<string, unknown>; refusal?: string | undefined };
  /** What a client has to use at the token endpoint, if not what it registered. */
  imposedMethod: string | undefined;
  /** Fetches a Client ID Metadata Document; unset, URLs are no client ids here. */
  fetchDocument: ((clientId: string) => Promise<Record<string, unknown>>) | undefined;
}

export interface RegisteredClient {
  readonly clientId: string;
  readonly secret?: string | undefined;
  /** Default `client_secret_basic` with a secret, else `none`. */
  readonly method?: string | undefined;
  /** undefined = every one. */
  readonly redirectUris?: readonly string[] | undefined;
}

export interface IssuedGrant {
  readonly clientId: string;
  readonly resource: string;
  readonly scopes: readonly string[];
}

export interface AuthorizationServer extends HttpServer {
  readonly issuer: string;
  readonly settings: AuthorizationServerSettings;
  /** Where the metadata lies. */
  readonly metadataPath: string;
  /** The endpoints' paths. */
  readonly paths: {
    readonly authorize: string;
    readonly token: string;
    readonly register: string;
    readonly revoke: string;
  };
  metadata(): Record<string, unknown>;
  /** Bodies of registrations, in order. */
  readonly registrations: readonly Record<string, unknown>[];
  readonly clients: ReadonlyMap<string, RegisteredClient>;
  addClient(client: RegisteredClient): void;
  /** From now on the client gets `invalid_client`. */
  forget(clientId: string): void;
  /** For the MCP servers behind it. */
  readonly verify: (token: string) => TokenFacts | undefined;
  /** Everything issued: codes, tokens, secrets. */
  readonly issued: ReadonlySet<string>;
  /** What was granted, in order. */
  readonly grants: readonly IssuedGrant[];
}

export interface AuthorizationServerOptions extends ServerOptions {
  /** Path of the issuer, such as `/tenant`; default none. */
  readonly issuerPath?: string;
  /** Where metadata lies. Default `oauth`: RFC 8414 section 3. */
  readonly form?: "oauth" | "oidc-inserted" | "oidc-appended";
}

const SECOND = 1000;

const defaults = (): AuthorizationServerSettings => ({
  metadata: {},
  sendsIss: true,
  accessTokenSeconds: 3600,
  registration: { status: 201, answer: {} },
  imposedMethod: undefined,
  fetchDocument: undefined,
});

interface Code extends IssuedGrant {
  readonly redirectUri: string;
  readonly challenge: string;
}

/** `await using server = await startAuthorizationServer()`. */
export const startAuthorizationServer = async ({
  issuerPath = "",
  form = "oauth",
  ...options
}: AuthorizationServerOptions = {}): Promise<AuthorizationServer> => {
  const settings = defaults();
  const clients = new Map<string, RegisteredClient>();
  const registrations: Record<string, unknown>[] = [];
  const codes = new Map<string, Code>();
  const accessTokens = new Map<string, IssuedGrant & { readonly endsMs: number }>();
  const refreshTokens = new Map<string, IssuedGrant>();
  const issued = new Set<string>();
  const grants: IssuedGrant[] = [];
  const paths = {
    authorize: `${issuerPath}/authorize`,
    token: `${issuerPath}/token`,
    register: `${issuerPath}/register`,
    revoke: `${issuerPath}/revoke`,
  };
  const metadataPath = {
    oauth: `/.well-known/oauth-authorization-server${issuerPath}`,
    "oidc-inserted": `/.well-known/openid-configuration${issuerPath}`,
    "oidc-appended": `${issuerPath}/.well-known/openid-configuration`,
  }[form];

  const issue = (kind: string): string => {
    const secret = canary(kind);
    issued.add(secret);
    return secret;
  };

  const metadata = (): Record<string, unknown> => ({
    issuer: server.url + issuerPath,
    authorization_endpoint: server.url + paths.authorize,
    token_endpoint: server.url + paths.token,
    registration_endpoint: server.url + paths.register,
    revocation_endpoint: server.url + paths.revoke,
    response_types_supported: ["code"],
    grant_types_supported: ["authorization_code", "refresh_token"],
    code_challenge_methods_supported: ["S256"],
    token_endpoint_auth_methods_supported: ["client_secret_basic", "client_secret_post", "none"],
    ...(settings.sendsIss ? { authorization_response_iss_parameter_supported: true } : {}),
    ...(settings.fetchDocument ? { client_id_metadata_document_supported: true } : {}),
    ...settings.metadata,
  });

  const clientOf = async (clientId: string): Promise<RegisteredClient | undefined> => {
    const known = clients.get(clientId);
    if (known || settings.fetchDocument === undefined || !clientId.startsWith("https://")) return known;
    const document = await settings.fetchDocument(clientId);
    if (document["client_id"] !== clientId) return undefined;
    return { clientId, method: "none", redirectUris: document["redirect_uris"] as string[] };
  };

  const register = ({ body }: SeenRequest): ScriptedAnswer => {
    const wanted = JSON.parse(body) as Record<string, unknown>;
    registrations.push(wanted);
    const { status, answer, refusal } = settings.registration;
    if (refusal !== undefined)
      return { status: 400, json: { error: refusal, error_description: canary("registration_text") } };
    const method = settings.imposedMethod ?? wanted["token_endpoint_auth_method"] ?? "client_secret_basic";
    const full = {
      ...wanted,
      client_id: `client-${randomUUID()}`,
      ...(method === "none" ? {} : { client_secret: issue("client_secret"), client_secret_expires_at: 0 }),
      token_endpoint_auth_method: method,
      ...answer,
    };
    const stored: Record<string, unknown> = full;
    clients.set(String(stored["client_id"]), {
      clientId: String(stored["client_id"]),
      secret: stored["client_secret"] as string | undefined,
      method: method as string,
      redirectUris: wanted["redirect_uris"] as string[],
    });
    return { status, json: full };
  };

  const authorize = async ({ query }: SeenRequest): Promise<ScriptedAnswer> => {
    const client = await clientOf(query.get("client_id") ?? "");
    const redirectUri = query.get("redirect_uri") ?? "";
    if (!client || (client.redirectUris && !client.redirectUris.includes(redirectUri)))
      return { status: 400, json: { error: "invalid_request" } };
    const back = new URL(redirectUri);
    if (settings.sendsIss) back.searchParams.set("iss", server.url + issuerPath);
    if (query.has("state")) back.searchParams.set("state", query.get("state") ?? "");
    const challenge = query.get("code_challenge") ?? "";
    const sound = query.get("response_type") === "code" && query.get("code_challenge_method") === "S256";
    if (!sound || challenge.length !== 43 || query.getAll("resource").length !== 1) {
      back.searchParams.set("error", "invalid_request");
    } else {
      const code = issue("code");
      const scopes = (query.get("scope") ?? "").split(" ").filter((scope) => scope !== "");
      codes.set(code, {
        clientId: client.clientId,
        resource: query.get("resource") ?? "",
        scopes,
        redirectUri,
        challenge,
      });
      back.searchParams.set("code", code);
    }
    return { status: 302, headers: { location: back.href } };
  };

  const token = async ({ form: fields, headers }: SeenRequest): Promise<ScriptedAnswer> => {
    const clientId = await authenticated(fields, headers, clientOf);
    if (clientId === undefined) return refuse("invalid_client", 401);
    const grant = takeGrant(fields, clientId);
    if (grant === undefined) return refuse("invalid_grant");
    const granted = { clientId, resource: grant.resource, scopes: grant.scopes };
    const accessToken = issue("access_token");
    const refreshToken = issue("refresh_token");
    accessTokens.set(accessToken, { ...granted, endsMs: Date.now() + settings.accessTokenSeconds * SECOND });
    refreshTokens.set(refreshToken, granted);
    grants.push(granted);
    return {
      json: {
        access_token: accessToken,
        token_type: "Bearer",
        expires_in: settings.accessTokenSeconds,
        refresh_token: refreshToken,
        ...(granted.scopes.length > 0 ? { scope: granted.scopes.join(" ") } : {}),
      },
    };
  };

  const takeGrant = (fields: SeenRequest["form"], clientId: string): IssuedGrant | undefined => {
    const isRefresh = fields["grant_type"] === "refresh_token";
    const from: Map<string, IssuedGrant> = isRefresh ? refreshTokens : codes;
    const presented = fields[isRefresh ? "refresh_token" : "code"] ?? "";
    const grant = from.get(presented);
    from.delete(presented);
    const own = grant?.clientId === clientId && grant.resource === fields["resource"];
    return own && (isRefresh || provesCode(grant as Code, fields)) ? grant : undefined;
  };

  const revoke = ({ form: fields }: SeenRequest): ScriptedAnswer => {
    accessTokens.delete(fields["token"] ?? "");
    refreshTokens.delete(fields["token"] ?? "");
    return { status: 200 };
  };

  const server = await startHttpServer((request) => {
    const { method, path } = request;
    if (method === "GET" && path === metadataPath) return { json: metadata() };
    if (method === "GET" && path === paths.authorize) return authorize(request);
    if (method === "POST" && path === paths.token) return token(request);
    if (method === "POST" && path === paths.register) return register(request);
    if (method === "POST" && path === paths.revoke) return revoke(request);
    return NOT_FOUND;
  }, options);
  const { reset } = server;
  return Object.assign(server, {
    issuer: server.url + issuerPath,
    settings,
    metadataPath,
    paths,
    metadata,
    registrations,
    clients,
    addClient: (client: RegisteredClient) => void clients.set(client.clientId, client),
    forget: (clientId: string) => void clients.delete(clientId),
    verify(presented: string): TokenFacts | undefined {
      const grant = accessTokens.get(presented);
      return grant && grant.endsMs > Date.now() ? grant : undefined;
    },
    issued,
    grants,
    reset() {
      reset();
      Object.assign(settings, defaults());
      registrations.length = 0;
      grants.length = 0;
    },
  });
};

const refuse = (error: string, status = 400): ScriptedAnswer => ({
  status,
  json: { error, error_description: canary("token_error_text") },
});

const provesCode = ({ redirectUri, challenge }: Code, fields: SeenRequest["form"]): boolean =>
  fields["grant_type"] === "authorization_code" &&
  fields["redirect_uri"] === redirectUri &&
  createHash("sha256")
    .update(fields["code_verifier"] ?? "")
    .digest("base64url") === challenge;

/** The client that proved itself by exactly the method it is registered for; undefined = none did. */
const authenticated = async (
  fields: SeenRequest["form"],
  headers: SeenRequest["headers"],
  clientOf: (clientId: string) => Promise<RegisteredClient | undefined>,
): Promise<string | undefined> => {
  const [, credentials] = /^Basic (.+)$/i.exec(headers["authorization"] ?? "") ?? [];
  const [basicId = "", basicSecret = ""] = Buffer.from(credentials ?? "", "base64")
    .toString()
    .split(":")
    .map((part) => decodeURIComponent(part.replaceAll("+", " ")));
  const client = await clientOf(credentials === undefined ? (fields["client_id"] ?? "") : basicId);
  const used =
    credentials !== undefined
      ? "client_secret_basic"
      : "client_secret" in fields
        ? "client_secret_post"
        : "none";
  const method = client?.method ?? (client?.secret === undefined ? "none" : "client_secret_basic");
  const secret = used === "client_secret_basic" ? basicSecret : fields["client_secret"];
  return used === method && secret === client?.secret ? client?.clientId : undefined;
};
