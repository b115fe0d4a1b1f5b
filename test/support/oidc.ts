/**
 * A real authorization server (`oidc-provider`) on a loopback port: PKCE required, refresh tokens that rotate and whose reuse ends
 * the grant, userinfo and revocation. Everything it keeps lives in memory and ends with it.
 */
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type ClientMetadata, type Configuration, Provider } from "oidc-provider";
import { handleInteraction } from "./oidc-interactions.ts";
import { createOidcStore, type OidcStore } from "./oidc-store.ts";

const HOUR_SECONDS = 60 * 60;
const DAY_SECONDS = 24 * HOUR_SECONDS;

export interface AuthorizationServerOptions {
  /** OAuth redirect URIs of the client: the broker's callbacks. */
  redirectUris: readonly string[];
  /** Default 0: any free port. */
  port?: number;
  /** The host in the issuer and in every endpoint; it must resolve to loopback. Default `127.0.0.1`. */
  issuerHost?: string;
  /** Default one hour. */
  accessTokenTtlSeconds?: number;
  /** Default `demo-client` and a random secret. */
  clientId?: string;
  clientSecret?: string;
  /** More of the client's metadata, such as `token_endpoint_auth_method` (default `client_secret_basic`). */
  client?: Partial<ClientMetadata>;
  /** Further clients. */
  clients?: readonly ClientMetadata[];
}

/** One answer of the token endpoint. */
export interface TokenAnswer {
  grantType: string;
  /** `ok`, or OAuth's `error`. */
  outcome: string;
}

export interface AuthorizationServer extends AsyncDisposable {
  issuer: string;
  /** `host:port`, as `BROKER_ALLOW_INSECURE_LOOPBACK` wants it. */
  host: string;
  authorizeUrl: string;
  tokenUrl: string;
  userinfoUrl: string;
  revokeUrl: string;
  clientId: string;
  clientSecret: string;
  /** May be changed at any time; tokens issued from then on live that long. */
  accessTokenTtlSeconds: number;
  /** What the token endpoint answered, oldest first. */
  readonly tokenAnswers: readonly TokenAnswer[];
  /** Every code and token ever issued: none may appear in the broker's output. */
  readonly issuedSecrets: ReadonlySet<string>;
}

/** Scopes: `openid`, `offline_access`, `profile`, `email`, `calendar.read`, `calendar.write`. Any login name is accepted. */
export async function startAuthorizationServer(
  options: AuthorizationServerOptions,
): Promise<AuthorizationServer> {
  const server = createServer().listen(options.port ?? 0, "127.0.0.1");
  await once(server, "listening");
  const host = `${options.issuerHost ?? "127.0.0.1"}:${portOf(server)}`;
  const issuer = `http://${host}`;
  const store = createOidcStore();
  const tokenAnswers: TokenAnswer[] = [];
  const running: AuthorizationServer = {
    issuer,
    host,
    authorizeUrl: `${issuer}/auth`,
    tokenUrl: `${issuer}/token`,
    userinfoUrl: `${issuer}/me`,
    revokeUrl: `${issuer}/token/revocation`,
    clientId: options.clientId ?? "demo-client",
    clientSecret: options.clientSecret ?? randomBytes(24).toString("hex"),
    accessTokenTtlSeconds: options.accessTokenTtlSeconds ?? HOUR_SECONDS,
    tokenAnswers,
    issuedSecrets: store.issued,
    [Symbol.asyncDispose]: () => close(server),
  };
  const provider = new Provider(issuer, configuration(running, options, store));
  recordTokenAnswers(provider, tokenAnswers);
  serve(server, provider);
  return running;
}

/** Everything the library would otherwise warn about is set, so that it prints nothing. */
function configuration(
  server: AuthorizationServer,
  options: AuthorizationServerOptions,
  store: OidcStore,
): Configuration {
  const client: ClientMetadata = {
    redirect_uris: [...options.redirectUris],
    grant_types: ["authorization_code", "refresh_token"],
    ...options.client,
    client_id: server.clientId,
    client_secret: server.clientSecret,
  };
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return {
    adapter: store.adapter,
    clients: [client, ...(options.clients ?? [])],
    clientDefaults: { id_token_signed_response_alg: "ES256" },
    jwks: { keys: [{ ...privateKey.export({ format: "jwk" }), alg: "ES256", use: "sig" }] },
    cookies: { keys: [randomBytes(32).toString("hex")] },
    scopes: ["openid", "offline_access", "profile", "email", "calendar.read", "calendar.write"],
    claims: { openid: ["sub"], profile: ["name"], email: ["email"] },
    findAccount: (_, sub) => ({
      accountId: sub,
      claims: () => ({ sub, name: `${sub} of the demo`, email: `${sub}@example.com` }),
    }),
    features: {
      devInteractions: { enabled: false },
      revocation: { enabled: true, allowedPolicy: (_, caller, token) => token.clientId === caller.clientId },
    },
    interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
    pkce: { required: () => true },
    rotateRefreshToken: true,
    issueRefreshToken: async (_, grantee) => grantee.grantTypeAllowed("refresh_token"),
    expiresWithSession: () => false,
    clientBasedCORS: () => false,
    renderError: (ctx, out) => {
      ctx.type = "text";
      ctx.body = `${out.error}: ${out.error_description ?? ""}`;
    },
    ttl: {
      AccessToken: () => server.accessTokenTtlSeconds,
      AuthorizationCode: 60,
      Grant: DAY_SECONDS,
      IdToken: HOUR_SECONDS,
      Interaction: HOUR_SECONDS,
      RefreshToken: DAY_SECONDS,
      Session: DAY_SECONDS,
    },
  };
}

function recordTokenAnswers(provider: Provider, answers: TokenAnswer[]): void {
  const grantType = (params: Record<string, unknown> | undefined) => String(params?.["grant_type"]);
  provider.on("grant.success", ({ oidc }) =>
    answers.push({ grantType: grantType(oidc.params), outcome: "ok" }),
  );
  provider.on("grant.error", ({ oidc }, { error }) =>
    answers.push({ grantType: grantType(oidc.params), outcome: error }),
  );
}

function serve(server: Server, provider: Provider): void {
  const answer = provider.callback();
  const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    try {
      if (!(await handleInteraction(provider, request, response))) {
        await answer(request, response);
      }
    } catch {
      response.writeHead(400, { "content-type": "text/plain" }).end("no such login");
    }
  };
  server.on("request", (request, response) => void respond(request, response));
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === "string") {
    throw new Error("the authorization server has no TCP address");
  }
  return address.port;
}

async function close(server: Server): Promise<void> {
  const closed = once(server, "close");
  server.close();
  server.closeAllConnections();
  await closed;
}
