import { randomUUID } from "node:crypto";
import { expect, it } from "vitest";
import { OAuthClientSource } from "../../gen/ts/tokenbroker/v1/admin_pb.ts";
import { AcquireGrant, McpClientSource } from "../../gen/ts/tokenbroker/v1/mcp_pb.ts";
import { canary } from "../support/canaries.ts";
import { describeEachStore } from "../support/database.ts";
import { grantOf, useMcpWorld } from "../support/mcp/world.ts";
import { rowOf } from "./rpc-calls.ts";
import { RPCS_OF_MCP } from "./rpc-tables.ts";

describeEachStore("what each RPC about MCP servers and clients is for", (store) => {
  const world = useMcpWorld({ store });
  const registered = async (more: object = {}) => {
    const { client } = await world.admin.registerOAuthClient({
      issuer: world.as.issuer,
      namespace: `own-${randomUUID().slice(0, 8)}`,
      clientId: "by-hand",
      clientSecret: canary("client_secret"),
      ...more,
    });
    if (!client) throw new Error("no client was registered");
    return client;
  };

  const USES: Readonly<Record<string, () => Promise<void>>> = {
    async CheckMcpServer() {
      const { url, resource } = world.endpoint({ scopesSupported: ["read"] });
      const found = await world.client.checkMcpServer({ mcpServerUrl: url });
      expect(found).toMatchObject({ ready: true, resource, issuer: world.as.issuer, scopes: ["read"] });
      world.evilAs.settings.metadata = { registration_endpoint: undefined };
      const without = await world.client.checkMcpServer({ mcpServerUrl: world.evilEndpoint().url });
      expect(without).toMatchObject({
        ready: false,
        reason: "CLIENT_REGISTRATION_REQUIRED",
        clientSource: McpClientSource.UNSPECIFIED,
      });
    },

    async AcquireToken() {
      const { url } = world.endpoint();
      const { namespace } = await registered({ grantTypes: ["client_credentials"] });
      world.as.settings.metadata = { grant_types_supported: ["client_credentials"] };
      world.as.on(world.as.paths.token, ({ form }) => ({
        json: {
          access_token: `${form["grant_type"]} ${form["scope"]}`,
          token_type: "Bearer",
          expires_in: 3600,
        },
      }));
      const grant = grantOf(url, { namespace });
      const { connection } = await world.client.acquireToken({
        ...grant,
        grant: AcquireGrant.CLIENT_CREDENTIALS,
        scopes: ["jobs"],
      });
      expect(connection).toMatchObject({ connectionId: grant.connectionId, scopes: ["jobs"] });
      expect((await world.client.getToken(grant)).accessToken).toBe("client_credentials jobs");
    },

    async RegisterOAuthClient() {
      const client = await registered();
      expect(client).toMatchObject({
        issuer: world.as.issuer,
        resource: "",
        clientId: "by-hand",
        grantTypes: ["authorization_code", "refresh_token"],
        source: OAuthClientSource.RPC,
        callbackUrl: expect.stringContaining("/connect/callback/mcp/") as string,
      });
      const { namespace } = client;
      await expect(registered({ namespace, clientId: "other" })).rejects.toThrow("[already_exists]");
      const replaced = await registered({ namespace, clientId: "other", replace: true });
      expect([replaced.clientId, replaced.callbackUrl]).toEqual(["other", client.callbackUrl]);
    },

    async ListOAuthClients() {
      const { namespace, id } = await registered();
      const second = await registered({ namespace, issuer: world.evilAs.issuer });
      const { clients: all } = await world.admin.listOAuthClients({ namespace });
      expect(new Set(all.map((client) => client.id))).toEqual(new Set([id, second.id]));
      const first = await world.admin.listOAuthClients({ namespace, pageSize: 1 });
      const rest = await world.admin.listOAuthClients({ namespace, pageToken: first.nextPageToken });
      expect([...first.clients, ...rest.clients]).toEqual(all);
      expect((await world.admin.listOAuthClients({ namespace: `no-${namespace}` })).clients).toEqual([]);
    },

    async DeleteOAuthClient() {
      const { namespace, id } = await registered();
      await world.admin.deleteOAuthClient({ namespace, id });
      expect((await world.admin.listOAuthClients({ namespace })).clients).toEqual([]);
      await expect(world.admin.deleteOAuthClient({ namespace, id })).rejects.toThrow("[not_found]");
    },
  };

  const expectUse = (rpc: string): Promise<void> => rowOf(USES, rpc)();

  it.each(RPCS_OF_MCP)("%s", (rpc) => expectUse(rpc));
});
