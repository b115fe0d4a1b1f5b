import type { Interceptor } from "@connectrpc/connect";
import { TokenBrokerAdminService } from "../../../gen/ts/tokenbroker/v1/admin_pb.ts";
import type { RateLimits } from "../../rate-limits/index.ts";
import { callerKey } from "../context.ts";

type Limit = "token" | "start" | "admin";

/** Methods that hand out tokens, those that begin something at a provider, and administrative ones. The others are limited by what they work on. */
const LIMIT_OF: Readonly<Record<string, Limit>> = {
  GetToken: "token",
  BatchGetTokens: "token",
  WatchToken: "token",
  WatchTokens: "token",
  StartAuthorization: "start",
  StartLogin: "start",
  CheckMcpServer: "start",
  AcquireToken: "start",
  RegisterProvider: "admin",
  DeleteProvider: "admin",
  VerifyProvider: "admin",
};

/** Refuses callers that ask too often, before their request is looked at. Who is refused for another reason is counted, too. */
export const limitCalls =
  (limits: RateLimits): Interceptor =>
  (next) =>
  async (request) => {
    const caller = request.contextValues.get(callerKey)?.id;
    const limit =
      request.service.typeName === TokenBrokerAdminService.typeName ? "admin" : LIMIT_OF[request.method.name];
    if (caller === undefined || limit === undefined) return next(request);
    if (limit === "token") limits.takeToken(caller, request.stream ? 1 : tokensOf(request.message));
    else await (limit === "start" ? limits.takeStart(caller) : limits.takeAdmin(caller));
    return next(request);
  };

/** A batch counts as its items. A stream counts once: it saves calls. */
const tokensOf = (message: object): number =>
  "requests" in message ? (message.requests as unknown[]).length : 1;
