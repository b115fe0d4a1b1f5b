import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { createContextValues, type UnaryRequest, type UnaryResponse } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import { TokenBrokerService } from "../../../gen/ts/tokenbroker/v1/token_broker_service_pb.ts";
import { GetTokenRequestSchema, GetTokenResponseSchema } from "../../../gen/ts/tokenbroker/v1/token_pb.ts";
import type { AccessPolicy, AccessTarget } from "../../access/index.ts";
import { callerKey } from "../context.ts";
import { authorizeCalls } from "./authorize.ts";

const method = TokenBrokerService.method.getToken;

/** What the implementation sees of a request that a rule with a least min_ttl of a minute and a half allows. */
const passed = async (init: MessageInitShape<typeof GetTokenRequestSchema>) => {
  const asked: AccessTarget[] = [];
  const policy: AccessPolicy = {
    mayCall: () => true,
    decide: (_, __, target) => {
      asked.push(target);
      return { allowed: true, rule: "r", minTtlMs: 90_500, limitsScopes: false };
    },
    rules: () => undefined,
    reload: () => {},
  };
  const message = create(GetTokenRequestSchema, init);
  const contextValues = createContextValues().set(callerKey, { id: "a", method: "api_key" });
  const request = { stream: false, service: TokenBrokerService, method, message, contextValues };
  const seen: unknown[] = [];
  const next = (given: unknown): Promise<UnaryResponse> => {
    seen.push((given as typeof request).message.minTtl);
    return Promise.resolve({
      stream: false,
      message: create(GetTokenResponseSchema),
    } as unknown as UnaryResponse);
  };
  await authorizeCalls({ policy, defaultRedirectUri: undefined })(next)(request as unknown as UnaryRequest);
  return { minTtl: seen[0], target: asked[0] };
};

describe("authorizeCalls", () => {
  it("raises min_ttl to what the rule wants at least, and leaves a larger one", async () => {
    expect((await passed({})).minTtl).toMatchObject({ seconds: 90n, nanos: 500_000_000 });
    expect((await passed({ minTtl: { seconds: 60n } })).minTtl).toMatchObject({ seconds: 90n });
    expect((await passed({ minTtl: { seconds: 91n } })).minTtl).toMatchObject({ seconds: 91n, nanos: 0 });
  });

  it.each([
    [{ provider: "github" }, { namespace: "default", provider: "github" }],
    [
      { namespace: "team", userId: "ada" },
      { namespace: "team", userId: "ada", provider: undefined },
    ],
    [{ mcpServerUrl: "https://MCP.example.com/x" }, { provider: "mcp:mcp.example.com" }],
    [
      { mcpServerUrl: "https://mcp.example.com:8443/x" },
      { provider: "mcp:mcp.example.com", providerWithPort: "mcp:mcp.example.com:8443" },
    ],
    [{ mcpServerUrl: "https://user@mcp.example.com@evil.example/" }, { provider: "mcp:evil.example" }],
    [{ mcpServerUrl: "nonsense" }, { provider: "mcp:" }],
  ])("asks the policy about %j", async (request, target) => {
    expect((await passed(request)).target).toMatchObject(target);
  });
});
