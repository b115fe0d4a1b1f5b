import { explainAccess as explain, providerTarget } from "../../access/index.ts";
import { parseMcpServerUrl } from "../../registrations/index.ts";
import { toMs } from "../convert/token.ts";
import type { AdminRpc } from "./rpc.ts";

const checkedUrl = (text: string): string => (text === "" ? "" : parseMcpServerUrl(text));

const given = (text: string): string | undefined => (text === "" ? undefined : text);

export const explainAccess: AdminRpc<"explainAccess"> =
  ({ policy }) =>
  (request) => {
    const { allowed, rule, message, rules } = explain(policy, request.caller, request.method, {
      namespace: request.namespace || "default",
      ...providerTarget(request.provider, checkedUrl(request.mcpServerUrl)),
      userId: given(request.userId),
      subject: given(request.subject),
      scopes: request.scopes.length > 0 ? request.scopes : undefined,
      minTtlMs: toMs(request.minTtl),
      redirectUri: given(request.redirectUri),
    });
    return {
      allowed,
      rule,
      message,
      rules: rules.map(({ rule: name, line, failed }) => ({
        rule: name,
        line,
        allows: failed === undefined,
        failedCondition: failed ?? "",
      })),
    };
  };
