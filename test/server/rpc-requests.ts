import { randomUUID } from "node:crypto";
import { type DescField, type DescMessage, ScalarType } from "@bufbuild/protobuf";
import { canary } from "../support/canaries.ts";
import { rowOf, rpcMethod } from "./rpc-calls.ts";

type Request = Readonly<Record<string, unknown>>;

const grant = (): Request => ({ connectionId: randomUUID(), userId: "user-1", provider: "acme" });

/** A request of every RPC that nothing is wrong with, for a broker that knows the provider `acme`; who or what it names need not exist. */
const REQUESTS: Readonly<Record<string, () => Request>> = {
  StartAuthorization: () => ({ ...grant(), redirectUri: "http://localhost:9/done" }),
  CompleteAuthorization: () => ({ ticket: canary("ticket"), userId: "user-1" }),
  GetAuthorization: () => ({ authorizationId: randomUUID() }),
  GetToken: grant,
  BatchGetTokens: () => ({ requests: [grant()] }),
  RefreshToken: grant,
  ImportToken: () => ({ ...grant(), accessToken: canary("access_token") }),
  GetConnection: grant,
  ListConnections: () => ({}),
  RevokeConnection: grant,
  RegisterProvider: () => ({
    name: `p-${randomUUID().slice(0, 8)}`,
    clientId: "client",
    clientSecret: canary("client_secret"),
    authorizeUrl: "https://acme.example/authorize",
    tokenUrl: "https://acme.example/token",
  }),
  GetProvider: () => ({ name: "acme" }),
  ListProviders: () => ({}),
  VerifyProvider: () => ({ name: "acme" }),
  CheckMcpServer: () => ({ mcpServerUrl: "https://127.0.0.1/mcp" }),
  AcquireToken: () => ({ ...grant(), grant: "ACQUIRE_GRANT_CLIENT_CREDENTIALS" }),
  RegisterOAuthClient: () => ({
    issuer: `https://${randomUUID()}.example`,
    clientId: "client",
    clientSecret: canary("client_secret"),
  }),
  ListOAuthClients: () => ({}),
  ExplainAccess: () => ({ caller: "billing", method: "GetToken" }),
  DeleteOAuthClient: () => ({ id: randomUUID() }),
  StartLogin: () => ({ provider: "people", redirectUri: "http://localhost:9/done" }),
  CompleteLogin: () => ({ ticket: canary("ticket"), loginId: randomUUID() }),
  DeleteProvider: () => ({ name: "nobody" }),
  RotateKeys: () => ({}),
  GetKeyStatus: () => ({}),
  BlockConnections: () => ({ userId: randomUUID() }),
  UnblockConnections: () => ({ userId: randomUUID() }),
  RevokeConnections: () => ({ userId: randomUUID() }),
  ListAuditEvents: () => ({}),
};

export const validRequest = (rpc: string, changes: Request = {}): Request => ({
  ...rowOf(REQUESTS, rpc)(),
  ...changes,
});

export const inputOf = (rpc: string): DescMessage => rpcMethod(rpc).input;

export const hasField = (rpc: string, name: string): boolean =>
  inputOf(rpc).fields.some((field) => field.name === name);

const isString = (scalar: ScalarType | undefined): boolean => scalar === ScalarType.STRING;

/** Puts a text wherever a field takes one: as it is, as an item of a list, as a value and as a key of a map. */
export const withText = (field: DescField, text: string): readonly unknown[] => {
  switch (field.fieldKind) {
    case "scalar":
      return isString(field.scalar) ? [text] : [];
    case "list":
      return isString(field.scalar) ? [[text]] : [];
    case "map":
      return [{ key: text }, { [text]: "value" }];
    default:
      return [];
  }
};
