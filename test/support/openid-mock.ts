/**
 * An OpenID provider that says what a test tells it to, true or forged: metadata, keys, token answers with ID tokens signed in every way, userinfo. It keeps
 * no state between requests but what it was asked.
 */
import { createHash, createHmac, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { canary } from "./canaries.ts";

export type Claims = Readonly<Record<string, unknown>>;

export interface Answer {
  readonly status?: number;
  readonly body: unknown;
}

export interface OpenIdMock extends AsyncDisposable {
  readonly url: string;
  readonly tokenUrl: string;
  readonly jwksUrl: string;
  readonly userinfoUrl: string;
  readonly requests: readonly {
    readonly path: string;
    readonly headers: IncomingMessage["headers"];
    readonly body: string;
  }[];
  requestsTo(path: string): number;
  /** What each path answers from now on. */
  answers: Record<string, Answer>;
  /** The key that its key set holds. */
  readonly key: SigningKey;
}

export interface SigningKey {
  readonly kid: string;
  readonly alg: "RS256" | "ES256" | "EdDSA";
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

export const newSigningKey = (alg: SigningKey["alg"] = "ES256", kid = "key-1"): SigningKey => {
  const pair =
    alg === "RS256"
      ? generateKeyPairSync("rsa", { modulusLength: 2048 })
      : alg === "ES256"
        ? generateKeyPairSync("ec", { namedCurve: "P-256" })
        : generateKeyPairSync("ed25519");
  return { kid, alg, ...pair };
};

export const jwkOf = ({ publicKey, kid, alg }: SigningKey): object => ({
  ...publicKey.export({ format: "jwk" }),
  kid,
  alg,
  use: "sig",
});

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");

const signatureOf = (key: SigningKey, input: string): Buffer => {
  const data = Buffer.from(input);
  if (key.alg === "EdDSA") return sign(null, data, key.privateKey);
  return sign("sha256", data, { key: key.privateKey, dsaEncoding: "ieee-p1363" });
};

export const signedJwt = (key: SigningKey, claims: Claims, header: Claims = {}): string => {
  const input = `${encode({ alg: key.alg, kid: key.kid, ...header })}.${encode(claims)}`;
  return `${input}.${signatureOf(key, input).toString("base64url")}`;
};

/** Signed by nobody. */
export const unsignedJwt = (claims: Claims): string => `${encode({ alg: "none" })}.${encode(claims)}.`;

/** "Signed" with a text that everybody knows. */
export const hmacJwt = (secret: string, claims: Claims, header: Claims = {}): string => {
  const input = `${encode({ alg: "HS256", ...header })}.${encode(claims)}`;
  return `${input}.${createHmac("sha256", secret).update(input).digest("base64url")}`;
};

/** OpenID Connect Core section 3.1.3.6, for the algorithms that sign SHA-256. */
export const hashOf = (accessToken: string, digest = "sha256"): string => {
  const hash = createHash(digest).update(accessToken).digest();
  return hash.subarray(0, hash.length / 2).toString("base64url");
};

/** `await using mock = await startOpenIdMock()`. Its metadata names itself as the issuer. */
export const startOpenIdMock = async (key: SigningKey = newSigningKey()): Promise<OpenIdMock> => {
  const requests: OpenIdMock["requests"][number][] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const path = (request.url ?? "").split("?")[0] ?? "";
      requests.push({ path, headers: request.headers, body: Buffer.concat(chunks).toString("utf8") });
      const { status = 200, body } = mock.answers[path] ?? { status: 404, body: {} };
      response.writeHead(status, { "content-type": "application/json" });
      response.end(typeof body === "string" ? body : JSON.stringify(body));
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const mock: OpenIdMock = {
    url,
    tokenUrl: `${url}/token`,
    jwksUrl: `${url}/jwks`,
    userinfoUrl: `${url}/userinfo`,
    requests,
    requestsTo: (path) => requests.filter((request) => request.path === path).length,
    answers: {
      "/.well-known/openid-configuration": {
        body: {
          issuer: url,
          authorization_endpoint: `${url}/authorize`,
          token_endpoint: `${url}/token`,
          jwks_uri: `${url}/jwks`,
          userinfo_endpoint: `${url}/userinfo`,
        },
      },
      "/jwks": { body: { keys: [jwkOf(key)] } },
    },
    key,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
  return mock;
};

export const newAccessToken = (): string => canary("access_token");
