import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { Completion } from "../../../gen/ts/tokenbroker/v1/authorization_pb.ts";
import type { Completion as CompletionChoice } from "../../config/index.ts";
import { callerOf } from "../context.ts";
import { toGrant } from "../convert/grant.ts";
import type { BrokerRpc } from "./rpc.ts";

const COMPLETION: Readonly<Record<Completion, CompletionChoice | undefined>> = {
  [Completion.UNSPECIFIED]: undefined,
  [Completion.AUTOMATIC]: "automatic",
  [Completion.REQUIRED]: "required",
};

export const startAuthorization: BrokerRpc<"startAuthorization"> =
  ({ authorizations }) =>
  async (request, context) => {
    const started = await authorizations.start({
      ...toGrant(request),
      redirectUri: request.redirectUri,
      scopes: request.scopes,
      keepGrantedScopes: request.keepGrantedScopes,
      challenge: { wwwAuthenticate: request.wwwAuthenticate, httpStatus: request.httpStatus },
      loginHint: request.loginHint,
      extraParams: request.extraParams,
      providerConfig: request.providerConfig,
      completion: COMPLETION[request.completion],
      allowAccountChange: request.allowAccountChange,
      labels: Object.keys(request.labels).length > 0 ? request.labels : undefined,
      callerId: callerOf(context).id,
    });
    return {
      authorizeUrl: started.authorizeUrl,
      authorizationId: started.authorizationId,
      expiresAt: timestampFromDate(started.expiresAt),
      warnings: [...started.warnings],
    };
  };
