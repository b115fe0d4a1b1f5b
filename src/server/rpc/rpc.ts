import type { MethodImpl } from "@connectrpc/connect";
import type { TokenBrokerAdminService } from "../../../gen/ts/tokenbroker/v1/admin_pb.ts";
import type { TokenBrokerLoginService } from "../../../gen/ts/tokenbroker/v1/login_pb.ts";
import type { TokenBrokerService } from "../../../gen/ts/tokenbroker/v1/token_broker_service_pb.ts";
import type { AccessPolicy } from "../../access/index.ts";
import type { Acquisition } from "../../acquisition/index.ts";
import type { Audit } from "../../audit/index.ts";
import type { AuthorizationFlow } from "../../authorization-flow/index.ts";
import type { KeyRotation } from "../../key-rotation/index.ts";
import type { McpServers, OAuthClients } from "../../mcp/index.ts";
import type { Registrations } from "../../registrations/index.ts";
import type { Logger } from "../../telemetry/index.ts";
import type { TokenManager } from "../../tokens/index.ts";
import type { Verification } from "../../verification/index.ts";
import type { Watching } from "../../watching/index.ts";
import type { CheckMessage } from "../check-message.ts";

/** What the RPCs call. They convert and nothing else: each rule lives in the room that owns it. */
export interface RpcDeps {
  readonly authorizations: AuthorizationFlow;
  readonly tokens: TokenManager;
  readonly registrations: Registrations;
  readonly mcp: Pick<McpServers, "check">;
  readonly oauthClients: OAuthClients;
  readonly acquisition: Acquisition;
  readonly verification: Verification;
  readonly keyRotation: KeyRotation;
  readonly audit: Audit;
  readonly policy: AccessPolicy;
  readonly watching: Watching;
  /** For messages within a message, which are judged alone. */
  readonly check: CheckMessage;
  readonly logger: Logger;
}

type Methods = typeof TokenBrokerService.method;
type AdminMethods = typeof TokenBrokerAdminService.method;
type LoginMethods = typeof TokenBrokerLoginService.method;

/** The implementation of one RPC of `TokenBrokerService`, given what it calls. */
export type BrokerRpc<Name extends keyof Methods> = (deps: RpcDeps) => MethodImpl<Methods[Name]>;
/** The same of `TokenBrokerLoginService`. */
export type LoginRpc<Name extends keyof LoginMethods> = (deps: RpcDeps) => MethodImpl<LoginMethods[Name]>;

/** The same of `TokenBrokerAdminService`. */
export type AdminRpc<Name extends keyof AdminMethods> = (deps: RpcDeps) => MethodImpl<AdminMethods[Name]>;
