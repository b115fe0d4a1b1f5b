import { describe, expect, it } from "vitest";
import { catalog, completeDefinition, findTemplate, resolveEndpoints } from "../catalog/index.ts";
import type { Registration } from "../config/index.ts";
import { IdentityFailure, TENANT } from "../oauth/index.ts";
import { isAllowedTenant, loginTarget, pinnedTarget, pinTarget } from "./login-target.ts";

const entries = [...catalog.values()].filter(({ login }) => login !== undefined);

const registrationOf = (name: string, changes: Partial<Registration> = {}): Registration => {
  const facts = findTemplate(name);
  if (!facts) throw new Error(`no entry ${name}`);
  return {
    name,
    namespace: "",
    source: "environment",
    id: `environment:${name}`,
    template: name,
    definition: completeDefinition(facts),
    values: Object.fromEntries(
      Object.entries(facts.variables ?? {}).map(([variable, { example }]) => [variable, example]),
    ),
    clientId: "client",
    clientSecret: undefined,
    previousClientSecret: undefined,
    loginEnabled: true,
    loginTenants: ["*"],
    ...changes,
  };
};

const nobody = (): Promise<never> => Promise.reject(new IdentityFailure("metadata"));

const targetOf = (registration: Registration) => {
  const surroundings = { client_id: registration.clientId, redirect_host: "broker.example" };
  const endpoints = resolveEndpoints(registration.definition, registration.values, surroundings);
  return loginTarget(registration, endpoints, nobody, "operator");
};

describe("loginTarget", () => {
  it("knows the providers that people expect to log in with", () => {
    expect(entries.map(({ name }) => name)).toEqual(
      expect.arrayContaining(
        "github google microsoft linkedin apple discord twitter twitch spotify reddit gitlab bitbucket facebook salesforce zoom".split(
          " ",
        ),
      ),
    );
  });

  it.each(entries.map(({ name }) => name))("of %s is complete", async (name) => {
    const target = await targetOf(registrationOf(name));
    const urls = [target.issuer.replaceAll(TENANT, "tenant"), target.jwksUrl, target.userinfoUrl];
    for (const url of urls.filter((text) => text !== "")) expect(new URL(url).protocol).toBe("https:");
    expect(target.issuer.replaceAll(TENANT, "")).not.toMatch(/[{}]/);
    expect(target.jwksUrl === "" && target.userinfoUrl === "").toBe(false);
    if (target.jwksUrl !== "") expect(target.scopes).toContain("openid");
    expect(pinnedTarget({ endpoints: pinTarget(target) })).toMatchObject({
      issuer: target.issuer,
      jwksUrl: target.jwksUrl,
      userinfoUrl: target.userinfoUrl,
    });
  });

  it.each([
    [
      "line",
      "signs ID tokens of web apps with HS256 (https://developers.line.biz/en/docs/line-login/verify-id-token/)",
    ],
    ["linkedin", "leaves the nonce out of its ID tokens (https://github.com/authlib/authlib/issues/763)"],
  ])("of %s is the userinfo endpoint: it %s", async (name) => {
    const { jwksUrl, userinfoUrl } = await targetOf(registrationOf(name));
    expect(jwksUrl).toBe("");
    expect(userinfoUrl).toMatch(/userinfo$/);
  });

  it("is of no provider that is not offered", async () => {
    await expect(targetOf(registrationOf("google", { loginEnabled: false }))).rejects.toMatchObject({
      code: "PROVIDER_NOT_FOUND",
      metadata: { missing: "CONNECT_GOOGLE_LOGIN_ENABLED" },
    });
  });

  it("needs tenants only where the address is everybody's", async () => {
    const common = registrationOf("microsoft", { loginTenants: [], values: { tenant: "common" } });
    await expect(targetOf(common)).rejects.toMatchObject({ metadata: { cause: "login_tenants" } });
    const tenant = "72f988bf-86f1-41af-91ab-2d7cd011db47";
    const own = registrationOf("microsoft", { loginTenants: [], values: { tenant } });
    expect((await targetOf(own)).issuer).toContain("login.microsoftonline.com");
    const { texts } = resolveEndpoints(own.definition, own.values);
    expect(isAllowedTenant(own, { texts }, tenant)).toBe(true);
    expect(isAllowedTenant(own, { texts }, "9188040d-6c67-4c5b-b112-36a304b66dad")).toBe(false);
  });

  it.each([undefined, null, "", 1, "*", "common"])("lets the tenant %j in nowhere", (tenant) => {
    const listed = { loginTenants: ["72f988bf-86f1-41af-91ab-2d7cd011db47"] };
    expect(isAllowedTenant(listed, { texts: {} }, tenant)).toBe(false);
  });
});
