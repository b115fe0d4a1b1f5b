import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { callerOf } from "../context.ts";
import type { LoginRpc } from "./rpc.ts";

export const startLogin: LoginRpc<"startLogin"> =
  ({ authorizations }) =>
  async (request, context) => {
    const { provider, redirectUri, scopes, loginHint, extraParams, namespace } = request;
    const started = await authorizations.startLogin({
      provider,
      redirectUri,
      scopes,
      loginHint,
      extraParams,
      namespace,
      callerId: callerOf(context).id,
    });
    return {
      authorizeUrl: started.authorizeUrl,
      loginId: started.loginId,
      expiresAt: timestampFromDate(started.expiresAt),
    };
  };
