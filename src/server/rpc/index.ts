import type { ConnectRouter } from "@connectrpc/connect";
import { TokenBrokerAdminService } from "../../../gen/ts/tokenbroker/v1/admin_pb.ts";
import { TokenBrokerLoginService } from "../../../gen/ts/tokenbroker/v1/login_pb.ts";
import { TokenBrokerService } from "../../../gen/ts/tokenbroker/v1/token_broker_service_pb.ts";
import { acquireToken } from "./acquire-token.ts";
import { batchGetTokens } from "./batch-get-tokens.ts";
import { blockConnections } from "./block-connections.ts";
import { checkMcpServer } from "./check-mcp-server.ts";
import { completeAuthorization } from "./complete-authorization.ts";
import { completeLogin } from "./complete-login.ts";
import { deleteOAuthClient } from "./delete-oauth-client.ts";
import { deleteProvider } from "./delete-provider.ts";
import { explainAccess } from "./explain-access.ts";
import { getAuthorization } from "./get-authorization.ts";
import { getConnection } from "./get-connection.ts";
import { getKeyStatus } from "./get-key-status.ts";
import { getProvider } from "./get-provider.ts";
import { getToken } from "./get-token.ts";
import { importToken } from "./import-token.ts";
import { listAuditEvents } from "./list-audit-events.ts";
import { listConnections } from "./list-connections.ts";
import { listOAuthClients } from "./list-oauth-clients.ts";
import { listProviders } from "./list-providers.ts";
import { refreshToken } from "./refresh-token.ts";
import { registerOAuthClient } from "./register-oauth-client.ts";
import { registerProvider } from "./register-provider.ts";
import { revokeConnection } from "./revoke-connection.ts";
import { revokeConnections } from "./revoke-connections.ts";
import { rotateKeys } from "./rotate-keys.ts";
import type { RpcDeps } from "./rpc.ts";
import { startAuthorization } from "./start-authorization.ts";
import { startLogin } from "./start-login.ts";
import { unblockConnections } from "./unblock-connections.ts";
import { verifyProvider } from "./verify-provider.ts";
import { watchConnections } from "./watch-connections.ts";
import { watchToken } from "./watch-token.ts";
import { watchTokens } from "./watch-tokens.ts";

const REQUEST_BYTES = 64 * 1024;
/** Tokens, batches and watches may be long. */
const LONG_REQUEST_BYTES = 512 * 1024;

export const brokerRoutes =
  (deps: RpcDeps) =>
  (router: ConnectRouter): void => {
    const { method } = TokenBrokerService;
    const short = { readMaxBytes: REQUEST_BYTES };
    router
      .rpc(method.startAuthorization, startAuthorization(deps), short)
      .rpc(method.completeAuthorization, completeAuthorization(deps), short)
      .rpc(method.getAuthorization, getAuthorization(deps), short)
      .rpc(method.getToken, getToken(deps), short)
      .rpc(method.batchGetTokens, batchGetTokens(deps), { readMaxBytes: LONG_REQUEST_BYTES })
      .rpc(method.watchToken, watchToken(deps), short)
      .rpc(method.watchTokens, watchTokens(deps), { readMaxBytes: LONG_REQUEST_BYTES })
      .rpc(method.refreshToken, refreshToken(deps), short)
      .rpc(method.importToken, importToken(deps), { readMaxBytes: LONG_REQUEST_BYTES })
      .rpc(method.getConnection, getConnection(deps), short)
      .rpc(method.listConnections, listConnections(deps), short)
      .rpc(method.watchConnections, watchConnections(deps), short)
      .rpc(method.revokeConnection, revokeConnection(deps), short)
      .rpc(method.registerProvider, registerProvider(deps), short)
      .rpc(method.getProvider, getProvider(deps), short)
      .rpc(method.listProviders, listProviders(deps), short)
      .rpc(method.verifyProvider, verifyProvider(deps), short)
      .rpc(method.checkMcpServer, checkMcpServer(deps), short)
      .rpc(method.acquireToken, acquireToken(deps), { readMaxBytes: LONG_REQUEST_BYTES })
      .rpc(method.deleteProvider, deleteProvider(deps), short);
  };

export const adminRoutes =
  (deps: RpcDeps) =>
  (router: ConnectRouter): void => {
    const { method } = TokenBrokerAdminService;
    const short = { readMaxBytes: REQUEST_BYTES };
    router
      .rpc(method.registerOAuthClient, registerOAuthClient(deps), short)
      .rpc(method.listOAuthClients, listOAuthClients(deps), short)
      .rpc(method.deleteOAuthClient, deleteOAuthClient(deps), short)
      .rpc(method.rotateKeys, rotateKeys(deps), short)
      .rpc(method.getKeyStatus, getKeyStatus(deps), short)
      .rpc(method.blockConnections, blockConnections(deps), short)
      .rpc(method.unblockConnections, unblockConnections(deps), short)
      .rpc(method.revokeConnections, revokeConnections(deps), short)
      .rpc(method.listAuditEvents, listAuditEvents(deps), short)
      .rpc(method.explainAccess, explainAccess(deps), short);
  };

export const loginRoutes =
  (deps: RpcDeps) =>
  (router: ConnectRouter): void => {
    const { method } = TokenBrokerLoginService;
    const short = { readMaxBytes: REQUEST_BYTES };
    router
      .rpc(method.startLogin, startLogin(deps), short)
      .rpc(method.completeLogin, completeLogin(deps), short);
  };

export type { RpcDeps } from "./rpc.ts";
