/** The whole life of a grant of an MCP server: everything that works with `provider` works with `mcp_server_url`. */
import { randomUUID } from "node:crypto";
import { Code, ConnectError } from "@connectrpc/connect";
import { expect, it } from "vitest";
import { ConnectionStatus } from "../../gen/ts/tokenbroker/v1/connection_pb.ts";
import { McpClientSource } from "../../gen/ts/tokenbroker/v1/mcp_pb.ts";
import { describeEachStore } from "../support/database.ts";
import { grantOf, useMcpWorld } from "../support/mcp/world.ts";

describeEachStore("a grant of an MCP server", (store) => {
  const world = useMcpWorld({ store });

  it("is found by the server's URL alone, whatever its spelling", async () => {
    const { url, resource } = world.endpoint({ scopesSupported: ["tools"] });
    const grant = grantOf(url);
    expect(await world.connect(grant)).toMatchObject({ success: "true", connection_id: grant.connectionId });
    const token = await world.client.getToken({ ...grant, mcpServerUrl: url.replace("http:", "HTTP:") });
    expect(world.as.verify(token.accessToken)).toMatchObject({ resource, scopes: ["tools"] });
    expect(token.usage).toMatchObject({ apiBaseUrl: url, allowedOrigins: [new URL(url).origin] });
    const { connection } = await world.client.getConnection(grant);
    expect(connection).toMatchObject({
      mcpServerUrl: url,
      provider: "",
      status: ConnectionStatus.ACTIVE,
      providerConfig: { token_endpoint_auth_method: "client_secret_basic" },
    });
    const { connections } = await world.client.listConnections({ mcpServerUrl: url });
    expect(connections.map(({ connectionId }) => connectionId)).toEqual([grant.connectionId]);
  });

  it("refreshes with its client and its resource, once", async () => {
    const { url, resource } = world.endpoint();
    const grant = grantOf(url);
    await world.connect(grant);
    const before = await world.client.getToken(grant);
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => world.client.refreshToken({ ...grant, version: before.version })),
    );
    expect(new Set(answers.map(({ connection }) => connection?.version))).toHaveLength(1);
    const after = await world.client.getToken(grant);
    expect(after.version).not.toBe(before.version);
    expect(world.as.verify(after.accessToken)?.resource).toBe(resource);
    expect(world.as.grants).toHaveLength(2);
  });

  it("ends here and at its server", async () => {
    const { url } = world.endpoint();
    const grant = grantOf(url);
    await world.connect(grant);
    const { accessToken } = await world.client.getToken(grant);
    await world.client.revokeConnection(grant);
    await expect.poll(() => world.as.verify(accessToken)).toBeUndefined();
    const error = await world.client.getToken(grant).catch((reason: unknown) => ConnectError.from(reason));
    expect(error).toMatchObject({ code: Code.NotFound });
  });

  it("can be imported, with the client that its tokens were issued to", async () => {
    const { url } = world.endpoint();
    const grant = grantOf(url, { namespace: `n-${randomUUID().slice(0, 8)}` });
    const imported = { ...grant, accessToken: "imported", refreshToken: "spent", verify: true };
    await expect(world.client.importToken(imported)).rejects.toThrow("RegisterOAuthClient");
    world.as.addClient({ clientId: "by-hand", secret: "s3cret" });
    await world.admin.registerOAuthClient({
      issuer: world.as.issuer,
      namespace: grant.namespace,
      clientId: "by-hand",
      clientSecret: "s3cret",
    });
    const { verify: _, ...unverified } = imported;
    const { connection } = await world.client.importToken(unverified);
    expect(connection).toMatchObject({ mcpServerUrl: url, refreshable: true });
    expect((await world.client.getToken(grant)).accessToken).toBe("imported");
  });

  it("is foreseen by a check that registers nothing", async () => {
    const { url, resource, metadataUrl } = world.endpoint({ scopesSupported: ["a", "b"] });
    const check = await world.client.checkMcpServer({ mcpServerUrl: url });
    expect(check).toMatchObject({
      ready: true,
      reason: "",
      resource,
      resourceMetadataUrl: metadataUrl,
      issuer: world.as.issuer,
      authorizationServers: [world.as.issuer],
      scopes: ["a", "b"],
      clientSource: McpClientSource.DYNAMIC_REGISTRATION,
      warnings: [],
    });
    expect(check.callbackUrl).toMatch(/\/connect\/callback\/mcp\/[\w-]{22}$/);
    expect(world.as.registrations).toEqual([]);
  });
});
