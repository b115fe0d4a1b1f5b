import type { DescMethod, Message } from "@bufbuild/protobuf";
import type { Duration } from "@bufbuild/protobuf/wkt";
import { type AccessTarget, providerTarget } from "../../access/index.ts";
import type { RpcMethod } from "../../config/index.ts";
import { toMs } from "../convert/token.ts";

/** What a call answers where its caller may not see what it names: exactly what it answers where that is not there. */
export type Absent =
  | "connection"
  | "authorization"
  | "provider"
  | "ticket"
  | "login_ticket"
  | "client"
  | "list"
  | "refused";

interface RpcAccess {
  readonly absent: Absent;
  /** What the generic reading of the fields does not see. */
  readonly more?: (request: Fields) => Partial<AccessTarget>;
  /** Its message names nothing itself. */
  readonly isOfItems?: boolean;
}

/** A message by the local names of its fields; those that a method does not have are absent. */
interface Fields {
  readonly namespace?: string;
  readonly provider?: string;
  readonly name?: string;
  readonly mcpServerUrl?: string;
  readonly mcpServerHost?: string;
  readonly noNamespace?: boolean;
  readonly userId?: string;
  readonly redirectUri?: string;
  readonly scopes?: readonly string[];
  readonly keepGrantedScopes?: boolean;
  readonly wwwAuthenticate?: string;
  readonly minTtl?: Duration;
  readonly keepTokens?: { readonly userId: string };
}

const NOTHING = { provider: undefined, providerWithPort: undefined, userId: undefined } as const;

const scopesOf = ({ scopes = [] }: Fields): readonly string[] =>
  scopes.flatMap((item) => item.split(" ")).filter((scope) => scope !== "");

/** Without scopes of its own a request asks for the provider's, or for those of the present grant or of a challenge: nobody has looked at them. */
const askedScopes = (request: Fields): Partial<AccessTarget> => {
  const scopes = scopesOf(request);
  const { keepGrantedScopes = false, wwwAuthenticate = "" } = request;
  return { scopes, openScopes: scopes.length === 0 || keepGrantedScopes || wwwAuthenticate !== "" };
};

/** A kill switch names an MCP server by its host. Beside a provider it narrows what is allowed already. */
const mcpHost = ({ provider = "", mcpServerHost = "" }: Fields): Partial<AccessTarget> =>
  provider === "" && mcpServerHost !== "" ? providerTarget("", `https://${mcpServerHost}/`) : {};

const byName = ({ name = "" }: Fields): Partial<AccessTarget> => ({ provider: name });

/** Every RPC: a new one does not compile until it stands here. */
const RPCS: Readonly<Record<RpcMethod, RpcAccess>> = {
  StartAuthorization: { absent: "refused", more: askedScopes },
  CompleteAuthorization: { absent: "ticket" },
  GetAuthorization: { absent: "authorization" },
  GetToken: { absent: "connection", more: ({ minTtl }) => ({ minTtlMs: toMs(minTtl) }) },
  // Each of their items is judged as GetToken's request is.
  BatchGetTokens: { absent: "connection", isOfItems: true },
  WatchToken: { absent: "connection", isOfItems: true },
  WatchTokens: { absent: "connection", isOfItems: true },
  RefreshToken: { absent: "connection" },
  ImportToken: { absent: "refused", more: (request) => ({ scopes: scopesOf(request) }) },
  GetConnection: { absent: "connection" },
  ListConnections: { absent: "list" },
  WatchConnections: { absent: "refused" },
  RevokeConnection: { absent: "connection" },
  RegisterProvider: { absent: "refused", more: byName },
  GetProvider: { absent: "provider", more: byName },
  ListProviders: { absent: "list" },
  VerifyProvider: { absent: "provider", more: byName },
  CheckMcpServer: { absent: "refused" },
  AcquireToken: { absent: "refused", more: askedScopes },
  DeleteProvider: { absent: "provider", more: byName },
  StartLogin: { absent: "refused", more: (request) => ({ scopes: scopesOf(request) }) },
  CompleteLogin: { absent: "login_ticket", more: ({ keepTokens }) => ({ userId: keepTokens?.userId }) },
  RegisterOAuthClient: { absent: "refused" },
  ListOAuthClients: { absent: "list" },
  DeleteOAuthClient: { absent: "client" },
  RotateKeys: { absent: "refused" },
  GetKeyStatus: { absent: "refused" },
  BlockConnections: { absent: "refused", more: mcpHost },
  UnblockConnections: { absent: "refused", more: mcpHost },
  RevokeConnections: { absent: "refused", more: mcpHost },
  ListAuditEvents: {
    absent: "refused",
    more: ({ noNamespace = false }) => (noNamespace ? { namespace: undefined } : {}),
  },
  // What it asks about is not what it does.
  ExplainAccess: { absent: "refused", more: () => NOTHING },
};

const rowOf = ({ name }: DescMethod): RpcAccess => {
  const row = RPCS[name as RpcMethod] as RpcAccess | undefined;
  if (!row) throw new Error(`no access row for ${name}: a new RPC needs one`);
  return row;
};

/** @throws Error for a method of no row: it is never served. */
export const absentOf = (method: DescMethod): Absent => rowOf(method).absent;

/** What its message is about stands in the requests within it. */
export const isOfItems = (method: DescMethod): boolean => rowOf(method).isOfItems === true;

const nonEmpty = (text: string | undefined): string | undefined => (text === "" ? undefined : text);

/** What a request is about, in the words of a policy. */
export const targetOf = (
  method: DescMethod,
  message: Message,
  { defaultRedirectUri }: { readonly defaultRedirectUri: string | undefined },
): AccessTarget => {
  const request = message as unknown as Fields;
  const redirectUri =
    request.redirectUri === undefined || method.name === "ExplainAccess"
      ? undefined
      : (nonEmpty(request.redirectUri) ?? defaultRedirectUri);
  return {
    namespace: nonEmpty(request.namespace) ?? "default",
    ...providerTarget(request.provider ?? "", request.mcpServerUrl ?? ""),
    userId: nonEmpty(request.userId),
    redirectUri,
    ...rowOf(method).more?.(request),
  };
};
