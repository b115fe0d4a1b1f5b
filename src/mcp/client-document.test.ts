import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { OAuthClientRow } from "../store/index.ts";
import { createClientDocuments } from "./client-document.ts";
import type { McpDeps } from "./deps.ts";

const ID = randomUUID();
const CALLBACK = "https://broker.test/connect/callback/mcp/key";
const OWN = "https://broker.test/connect/mcp-client/{id}";

const row = (changes: Partial<OAuthClientRow> = {}): OAuthClientRow => ({
  id: ID,
  namespace: "default",
  issuer: "https://as.test",
  resource: "https://h.test/mcp",
  redirectUri: CALLBACK,
  origin: "document",
  clientId: OWN.replace("{id}", ID),
  tokenEndpointAuthMethod: "none",
  grantTypes: [],
  secretExpiresAt: null,
  metadata: { host: "h.test" },
  version: 1n,
  createdAt: new Date(0),
  retiredAt: null,
  retiredReason: "",
  refusals: 0,
  now: new Date(0),
  sealedSecret: undefined,
  ...changes,
});

const documents = (clientMetadataUrl: string | undefined, found?: OAuthClientRow) => {
  const asked: string[] = [];
  const clients = {
    get(id: string) {
      asked.push(id);
      return Promise.resolve(id === ID ? found : undefined);
    },
  };
  const deps = {
    config: { clientMetadataUrl, clientName: "Broker" },
    clients,
    callbackUrl: (key: string) => `https://broker.test/connect/callback/mcp/${key}`,
  } as unknown as McpDeps;
  return { ...createClientDocuments(deps), asked };
};

describe("a client's document", () => {
  it("says what the client is, by its id (draft-ietf-oauth-client-id-metadata-document-00 section 4)", async () => {
    expect(await documents(OWN, row()).find(`/connect/mcp-client/${ID}`)).toEqual({
      client_id: `https://broker.test/connect/mcp-client/${ID}`,
      client_name: "Broker (h.test)",
      redirect_uris: [CALLBACK],
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
      token_endpoint_auth_method: "none",
      application_type: "web",
    });
  });

  it("stays while grants may be in use, and goes when an operator deletes the client", async () => {
    const path = `/connect/mcp-client/${ID}`;
    expect(await documents(OWN, row({ retiredReason: "replaced" })).find(path)).toMatchObject({
      client_name: "Broker (h.test)",
    });
    expect(await documents(OWN, row({ retiredReason: "deleted" })).find(path)).toBeUndefined();
  });

  it.each(["rpc", "dynamic"] as const)("is none of a client of the origin %s", async (origin) => {
    expect(await documents(OWN, row({ origin })).find(`/connect/mcp-client/${ID}`)).toBeUndefined();
  });

  it.each([
    "",
    "/",
    "/connect/mcp-client/",
    `/connect/mcp-client/${ID}/`,
    `/connect/mcp-client/${ID}x`,
    `/x/connect/mcp-client/${ID}`,
    `/connect/mcp-client/${ID.toUpperCase()}`,
    "/connect/mcp-client/{id}",
    "/connect/mcp-client/../../etc/passwd",
    `/connect/mcp-client/${ID}\n`,
  ])("is not looked for at %j", async (path) => {
    const own = documents(OWN, row());
    expect([own.isDocumentPath(path), await own.find(path), own.asked]).toEqual([false, undefined, []]);
  });

  it("lies where the operator says", async () => {
    const own = documents("https://broker.test/a.b/{id}.json", row());
    expect(await own.find(`/a.b/${ID}.json`)).toMatchObject({ client_name: "Broker (h.test)" });
    expect(
      [`/a.b/${ID}.json`, `/axb/${ID}.json`, `/a.b/${ID}xjson`].map((path) => own.isDocumentPath(path)),
    ).toEqual([true, false, false]);
    expect(await own.find(`/a.b/${randomUUID()}.json`)).toBeUndefined();
  });

  it("is one for all, without a server's name, where the URL has no id", async () => {
    const own = documents("https://broker.test/client.json");
    expect(await own.find("/client.json")).toMatchObject({
      client_id: "https://broker.test/client.json",
      client_name: "Broker",
      redirect_uris: ["https://broker.test/connect/callback/mcp/shared"],
    });
    expect([own.isDocumentPath("/clientxjson"), await own.find("/clientxjson"), own.asked]).toEqual([
      false,
      undefined,
      [],
    ]);
  });

  it("is nowhere where documents are off", async () => {
    const own = documents(undefined, row());
    expect([
      own.isDocumentPath("/"),
      own.isDocumentPath(""),
      await own.find(`/connect/mcp-client/${ID}`),
    ]).toEqual([false, false, undefined]);
  });
});
