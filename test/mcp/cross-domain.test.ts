import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import { AcquireGrant } from "../../gen/ts/tokenbroker/v1/mcp_pb.ts";
import { grantOf, refusalOf, useMcpWorld } from "../support/mcp/world.ts";

/** A server on 127.0.0.1 that sends people to an issuer on 127.0.0.2: two parties, as two domains are. */

describe("by default", () => {
  const world = useMcpWorld();
  const elsewhere = (more = {}) =>
    world.endpoint({ authorizationServers: [world.evilAs.issuer], verify: world.evilAs.verify, ...more });

  it("is reported", async () => {
    const { url } = elsewhere();
    const { warnings, authorizeUrl } = await world.client.startAuthorization(grantOf(url));
    expect(warnings).toEqual(["cross_domain_issuer"]);
    expect(authorizeUrl).toContain(world.evilAs.host);
    expect(await world.client.checkMcpServer({ mcpServerUrl: url })).toMatchObject({ ready: true, warnings });
    expect((await world.client.startAuthorization(grantOf(world.endpoint().url))).warnings).toEqual([]);
  });

  it("is not, where the issuer lists the resource", async () => {
    const { url, resource } = elsewhere();
    world.evilAs.settings.metadata = { protected_resources: ["https://other.example", resource] };
    expect((await world.client.startAuthorization(grantOf(url))).warnings).toEqual([]);
  });
});

describe("under deny", () => {
  const world = useMcpWorld({
    env: ({ mcp, evilAs }) => ({
      BROKER_MCP_CROSS_DOMAIN: "deny",
      BROKER_MCP_TRUST: `${mcp.host}=${evilAs.issuer}/trusted`,
    }),
  });
  const start = (mcpServerUrl: string) => world.client.startAuthorization(grantOf(mcpServerUrl));

  it("is refused, before anything is registered there", async () => {
    const { url } = world.endpoint({ authorizationServers: [world.evilAs.issuer] });
    const refusal = await refusalOf(start(url));
    expect(refusal).toMatchObject({
      reason: "CROSS_DOMAIN_ISSUER",
      metadata: {
        rule: "cross_domain_issuer",
        mcp_server_url: url,
        variable: "BROKER_MCP_TRUST",
        item: `${world.mcp.host}=<issuer>`,
      },
    });
    expect(world.evilAs.requests.map(({ method }) => method)).toEqual(["GET"]);
    const check = await world.client.checkMcpServer({ mcpServerUrl: url });
    expect(check).toMatchObject({ ready: false, reason: "CROSS_DOMAIN_ISSUER" });
  });

  it("passes for the host and the issuer that the operator trusts, and for no other of either", async () => {
    const issuer = `${world.evilAs.issuer}/trusted`;
    world.evilAs.on("/.well-known/oauth-authorization-server/trusted", {
      json: { ...world.evilAs.metadata(), issuer },
    });
    const { url } = world.endpoint({ authorizationServers: [issuer] });
    expect((await start(url)).warnings).toEqual([]);
    world.evilAs.on(`/.well-known/oauth-authorization-server`, { json: { ...world.evilAs.metadata() } });
    expect(
      (await refusalOf(start(world.endpoint({ authorizationServers: [world.evilAs.issuer] }).url))).reason,
    ).toBe("CROSS_DOMAIN_ISSUER");
    const { url: other } = world.evilEndpoint({ authorizationServers: [world.as.issuer] });
    expect((await refusalOf(start(other))).reason).toBe("CROSS_DOMAIN_ISSUER");
  });

  it("is refused to grants without a browser, too, where no person could read who asks", async () => {
    const namespace = `n-${randomUUID().slice(0, 8)}`;
    world.as.addClient({ clientId: "by-hand", secret: "by-hand-secret" });
    await world.admin.registerOAuthClient({
      namespace,
      issuer: world.as.issuer,
      clientId: "by-hand",
      clientSecret: "by-hand-secret",
      grantTypes: ["client_credentials"],
    });
    const { url } = world.evilEndpoint({ authorizationServers: [world.as.issuer] });
    const grant = AcquireGrant.CLIENT_CREDENTIALS;
    const refusal = await refusalOf(world.client.acquireToken({ ...grantOf(url, { namespace }), grant }));
    expect(refusal).toMatchObject({ reason: "CROSS_DOMAIN_ISSUER", metadata: { mcp_server_url: url } });
    expect(world.as.requestsTo(world.as.paths.token)).toEqual([]);
  });

  it("does not hide behind the first of several", async () => {
    const { url } = world.endpoint({ authorizationServers: [world.as.issuer, world.evilAs.issuer] });
    expect(new URL((await start(url)).authorizeUrl).host).toBe(world.as.host);
    const { url: reversed } = world.endpoint({
      authorizationServers: [world.evilAs.issuer, world.as.issuer],
    });
    expect((await refusalOf(start(reversed))).reason).toBe("CROSS_DOMAIN_ISSUER");
  });
});

describe("under deny-known, the default of production", () => {
  const world = useMcpWorld({ env: () => ({ BROKER_MCP_CROSS_DOMAIN: "deny-known" }) });

  it("an issuer that the catalog does not know is reported to whoever sends a person there, and refused where no person is sent", async () => {
    const namespace = `n-${randomUUID().slice(0, 8)}`;
    const { url } = world.evilEndpoint({ authorizationServers: [world.as.issuer] });
    const grant = grantOf(url, { namespace });
    expect((await world.client.startAuthorization(grant)).warnings).toEqual(["cross_domain_issuer"]);
    world.as.addClient({ clientId: "by-hand", secret: "by-hand-secret" });
    await world.admin.registerOAuthClient({
      namespace,
      issuer: world.as.issuer,
      clientId: "by-hand",
      clientSecret: "by-hand-secret",
      grantTypes: ["client_credentials"],
    });
    const refused = await refusalOf(
      world.client.acquireToken({ ...grant, grant: AcquireGrant.CLIENT_CREDENTIALS }),
    );
    expect(refused).toMatchObject({
      reason: "CROSS_DOMAIN_ISSUER",
      metadata: { rule: "cross_domain_issuer", mcp_server_url: url },
    });
    expect(world.as.requestsTo(world.as.paths.token)).toEqual([]);
  });
});
