import { describe, expect, it } from "vitest";
import { completeDefinition } from "./definition.ts";
import { resolveEndpoints } from "./endpoints.ts";
import { overrideEndpoints } from "./overrides.ts";
import { findTemplate } from "./templates.ts";

const figma = completeDefinition(findTemplate("figma")!);
const github = completeDefinition(findTemplate("github")!);
const discord = completeDefinition(findTemplate("discord")!);

describe("overrideEndpoints", () => {
  it("changes nothing without overrides", () => {
    expect(overrideEndpoints(figma, {})).toEqual(figma);
  });

  it("makes refreshing follow the token endpoint", () => {
    const moved = overrideEndpoints(figma, { tokenUrl: "https://proxy.example.com/token" });
    expect(resolveEndpoints(moved, {}).refreshUrl).toBe("https://proxy.example.com/token");
    expect(moved.authorizeUrl).toBe(figma.authorizeUrl);
  });

  it("sends nothing of another server's tokens to the vendor's own hosts", () => {
    const moved = resolveEndpoints(
      overrideEndpoints(discord, { tokenUrl: "https://proxy.example.com/token" }),
      {},
    );
    expect(moved).toMatchObject({ revokeUrl: "", userinfoUrl: "", issuer: undefined, allowedOrigins: [] });
    const kept = overrideEndpoints(discord, {
      tokenUrl: "https://a.example.com",
      revokeUrl: "https://b.example.com",
    });
    expect(kept.revokeUrl).toBe("https://b.example.com");
  });

  it("keeps the rest when only the authorization endpoint moves", () => {
    const moved = overrideEndpoints(github, { authorizeUrl: "https://proxy.example.com/authorize" });
    expect(moved).toEqual({ ...github, authorizeUrl: "https://proxy.example.com/authorize" });
  });

  it("keeps the API's address of an entry that ships no endpoints", () => {
    const render = completeDefinition(findTemplate("render")!);
    const urls = { authorizeUrl: "https://a.example.com/authorize", tokenUrl: "https://a.example.com/token" };
    expect(resolveEndpoints(overrideEndpoints(render, urls), {})).toMatchObject({
      ...urls,
      refreshUrl: urls.tokenUrl,
      apiBaseUrl: "https://api.render.com/v1",
    });
  });

  it("does not call an operator's issuer verified", () => {
    expect(overrideEndpoints(github, { issuer: "https://ghe.example.com" }).issuer).toEqual({
      value: "https://ghe.example.com",
      verified: false,
    });
  });

  it("leaves nothing that would speak to the vendor's own hosts", () => {
    const facts = findTemplate("discord")!;
    const chatty = completeDefinition({
      ...facts,
      callback: { tokenHost: { parameter: "host", allow: [".discord.com"] } },
      tokenRequest: {
        afterExchange: { url: "https://discord.com/long", grantType: "long", tokenParameter: "token" },
      },
      metadata: [
        { name: "id", from: "call", url: "https://discord.com/api/me", path: "id" },
        { name: "guild", from: "token", path: "guild.id" },
      ],
    });
    const moved = overrideEndpoints(chatty, { tokenUrl: "https://proxy.example.com/token" });
    expect(moved.callback.tokenHost).toBeUndefined();
    expect(moved.tokenRequest.afterExchange).toBeUndefined();
    expect(moved.metadata.map(({ name }) => name)).toEqual(["guild"]);
    expect(moved.login).toBeUndefined();
    expect(overrideEndpoints(chatty, { authorizeUrl: "https://proxy.example.com/a" }).metadata).toHaveLength(
      2,
    );
  });
});
