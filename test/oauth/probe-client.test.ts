import { describe, expect, it } from "vitest";
import { json, oauthError, redirectTo, type ScriptedAnswer, startTestProvider } from "../support/provider.ts";
import { callsTo, redirectUri, secret } from "./calls.ts";

describe("probeClient", () => {
  it("redeems a code that nobody was given, another one each time, and finds good credentials accepted", async () => {
    await using provider = await startTestProvider();
    const { refreshToken = "" } = provider.grants.open({ clientId: "client" });
    const calls = callsTo(provider);
    expect([await calls.probe(), await calls.probe()]).toEqual(["accepted", "accepted"]);
    const requests = provider.requestsTo("token").map(({ params }) => params);
    expect(requests[0]).toMatchObject({ grant_type: "authorization_code", redirect_uri: redirectUri });
    expect(requests[0]?.["code"]).toMatch(/^[\w-]{43}$/);
    expect(requests[0]?.["code"]).not.toBe(requests[1]?.["code"]);
    expect(provider.grants.isLiveRefreshToken(refreshToken)).toBe(true);
  });

  it("finds a wrong secret refused, and a wrong one beside a good previous one accepted", async () => {
    await using provider = await startTestProvider();
    const client = { clientId: "client", clientSecret: secret("wrong") };
    const calls = callsTo(provider);
    expect(await calls.probe({ client })).toBe("refused");
    expect(await calls.probe({ client, previousClientSecret: secret("secret") })).toBe("accepted");
  });

  it.each<[string, ScriptedAnswer, string]>([
    ["401 without a word", { status: 401 }, "refused"],
    ["401 with another word", oauthError("unauthorized_client", 401), "refused"],
    ["a complaint about the request", oauthError("invalid_request"), "accepted"],
    ["a vendor's own word for a bad code", json({ error: "bad_code_of_ours" }), "accepted"],
    ["a token, of all things", json({ access_token: "at", token_type: "Bearer" }), "accepted"],
    ["404", { status: 404 }, "unknown"],
    ["a page in front of the provider", { status: 403, body: "<html>" }, "unknown"],
    ["a redirect", redirectTo("https://elsewhere.example/"), "unknown"],
    ["429", oauthError("slow_down", 429), "unknown"],
    ["503", { status: 503 }, "unknown"],
    ["a lost answer", { fault: "reset" }, "unknown"],
  ])("takes %s for what it is", async (_, answer, verdict) => {
    await using provider = await startTestProvider();
    provider.script("token", answer);
    expect(await callsTo(provider).probe()).toBe(verdict);
  });

  it("knows nothing when nobody listens", async () => {
    const provider = await startTestProvider();
    await provider.close();
    expect(await callsTo(provider).probe()).toBe("unknown");
  });
});
