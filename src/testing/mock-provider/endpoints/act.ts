import type { ProviderEndpoint } from "../request.ts";
import { authorize } from "./authorize.ts";
import { done, type Endpoint, refused } from "./deed.ts";
import { errorAnswer } from "./error-dialect.ts";
import { isClient } from "./known-client.ts";
import { token } from "./token.ts";

/** What a server does and says that follows the vendor's rules and nobody's script. */
export const act: Endpoint = (context, request) => ENDPOINTS[request.endpoint](context, request);

/** RFC 7009. An unknown token is no error (section 2.2). */
const revoke: Endpoint = ({ settings, grants }, { client, params }) => {
  if (!isClient(settings, client)) {
    const answer = errorAnswer(settings.errorDialect, "invalid_client", 401);
    return refused("invalid_client", answer, { reason: "wrong_credentials" });
  }
  grants.revoke(params["token"] ?? "");
  return done("revoked", {});
};

const userinfo: Endpoint = ({ grants }, { headers }) => {
  const sub = grants.subjectOf((headers.authorization ?? "").replace(/^Bearer /, ""));
  if (sub !== undefined) return done("ok", { json: { sub } });
  return refused("invalid_token", { status: 401, json: { error: "invalid_token" } });
};

const other: Endpoint = () => refused("not_found", { status: 404, json: { error: "not_found" } });

const ENDPOINTS: Record<ProviderEndpoint, Endpoint> = { authorize, token, revoke, userinfo, other };
