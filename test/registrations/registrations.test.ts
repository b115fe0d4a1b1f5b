import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { catalog } from "../../src/catalog/index.ts";
import { callbackUrl, defineRegistration, type Registration, Secret } from "../../src/config/index.ts";
import { generateFernetKey, type KeyRing, parseKeyRing } from "../../src/crypto/index.ts";
import { createRegistrations, type Registrations, type StoredInput } from "../../src/registrations/index.ts";
import { createStore, type Database, type Store } from "../../src/store/index.ts";
import { type LogFields, type Logger, silentLogger } from "../../src/telemetry/index.ts";
import { newToken, pins } from "../store/fixtures.ts";
import { canary } from "../support/canaries.ts";
import { describeEachStore } from "../support/database.ts";

const refusal = async (call: Promise<unknown> | (() => unknown)): Promise<unknown> => {
  try {
    await (typeof call === "function" ? call() : call);
  } catch (error) {
    return error;
  }
  throw new Error("the call was answered");
};

const GITHUB: Registration = {
  ...defineRegistration(
    { name: "github", template: "github", clientId: "env-client", clientSecret: "env-secret" },
    { source: "code", namespace: "", id: "environment:github" },
  ),
  source: "environment",
};

const acme = (changes: Partial<StoredInput> = {}): StoredInput => ({
  name: "acme",
  clientId: "client",
  clientSecret: canary("rpc_client_secret"),
  authorizeUrl: "https://auth.acme.example/authorize",
  tokenUrl: "https://auth.acme.example/token",
  ...changes,
});

describeEachStore("registrations", (backend) => {
  let database: Database;
  const keyRing = parseKeyRing(generateFernetKey());
  const storeWith = (ring: KeyRing): Store => createStore(database, { keyRing: ring, logger: silentLogger });
  const warned: LogFields[] = [];
  const logger: Logger = { ...silentLogger, warn: (_, fields = {}) => void warned.push(fields) };
  const replica = (store = storeWith(keyRing), loopback: readonly string[] = []): Registrations =>
    createRegistrations({
      registrations: [GITHUB],
      skipped: [
        {
          name: "gitlab",
          missing: ["CONNECT_GITLAB_CLIENT_ID", "CONNECT_GITLAB_CLIENT_SECRET"],
          reason: "no_credentials",
        },
      ],
      providers: store.providers,
      tokens: store.tokens,
      insecureLoopback: loopback,
      logger,
      callbackUrl: (target) => callbackUrl("https://broker.example", target),
    });
  let registrations: Registrations;
  let namespace: string;
  beforeAll(async () => {
    database = await backend.open();
    registrations = replica();
  });
  const freshNamespace = (): string => (namespace = `ns-${randomUUID().slice(0, 8)}`);

  const liveGrant = async (registrationId: string): Promise<void> => {
    const key = {
      namespace,
      connectionId: randomUUID(),
      userId: "u",
      provider: "acme",
      mcpServerUrl: "",
      tokenName: "",
    };
    const store = storeWith(keyRing);
    await store.tokens.putAuthorized(key, newToken({ pins: pins({ registrationId }) }));
  };

  describe("resolve", () => {
    it("finds what the environment brought in every namespace", async () => {
      expect(await registrations.resolve("default", "github")).toMatchObject({ id: "environment:github" });
      expect(await registrations.resolve("team-a", "github")).toMatchObject({ id: "environment:github" });
    });

    it("finds what another replica has just registered, in its namespace only", async () => {
      freshNamespace();
      await registrations.register({ namespace, input: acme() });
      expect(await replica().resolve(namespace, "acme")).toMatchObject({
        source: "rpc",
        namespace,
        clientId: "client",
        clientSecret: expect.any(Secret) as Secret,
      });
      expect(await refusal(replica().resolve("default", "acme"))).toMatchObject({
        code: "PROVIDER_NOT_FOUND",
      });
    });

    it("names the variables that would activate a known name", async () => {
      expect(await refusal(registrations.resolve("default", "gitlab"))).toMatchObject({
        code: "PROVIDER_NOT_FOUND",
        metadata: { missing: "CONNECT_GITLAB_CLIENT_ID,CONNECT_GITLAB_CLIENT_SECRET" },
      });
    });

    it.each(["__proto__", "constructor", "toString", "", "nobody"])("does not find %j", async (name) => {
      const error = await refusal(registrations.resolve("default", name));
      expect(error).toMatchObject({ code: "PROVIDER_NOT_FOUND", metadata: {} });
    });
  });

  describe("resolvePinned", () => {
    it("finds the registration by its id and client, without the database where it can", async () => {
      const found = await registrations.resolvePinned("any", "github", {
        registrationId: "environment:github",
        clientId: "env-client",
      });
      expect(found).toBe(GITHUB);
    });

    it("never answers with another client, registration or server of the same name", async () => {
      freshNamespace();
      await registrations.register({ namespace, input: acme() });
      const { id } = await registrations.resolve(namespace, "acme");
      const found = await registrations.resolvePinned(namespace, "acme", {
        registrationId: id,
        clientId: "client",
      });
      expect(found.id).toBe(id);
      const cases = [
        [{ registrationId: id, clientId: "before" }, "acme", "client_changed"],
        [{ registrationId: `rpc:${randomUUID()}`, clientId: "client" }, "acme", "registration_changed"],
        [{ registrationId: "environment:acme", clientId: "client" }, "acme", "registration_changed"],
        [{ registrationId: "environment:gone", clientId: "client" }, "gone", "registration_missing"],
        [{ registrationId: "environment:github", clientId: "before" }, "github", "client_changed"],
      ] as const;
      for (const [pinned, name, cause] of cases) {
        const error = await refusal(registrations.resolvePinned(namespace, name, pinned));
        expect(error).toMatchObject({ code: "PROVIDER_MISCONFIGURED", metadata: { cause } });
      }
    });

    it("does not take a deleted registration's successor for it", async () => {
      freshNamespace();
      await registrations.register({ namespace, input: acme() });
      const { id, clientId } = await registrations.resolve(namespace, "acme");
      await registrations.remove({ namespace, name: "acme" });
      await registrations.register({ namespace, input: acme() });
      const call = registrations.resolvePinned(namespace, "acme", { registrationId: id, clientId });
      expect(await refusal(call)).toMatchObject({ metadata: { cause: "registration_changed" } });
    });
  });

  describe("register", () => {
    it("answers what was registered, without the secret", async () => {
      freshNamespace();
      const view = await registrations.register({ namespace, input: acme({ defaultScopes: ["read"] }) });
      expect(view).toMatchObject({
        name: "acme",
        namespace,
        template: "",
        clientId: "client",
        callbackUrl: `https://broker.example/connect/callback/${namespace}/acme`,
        active: true,
        source: "rpc",
        confidence: "operator",
        defaultScopes: ["read"],
        pkce: true,
        tokenEndpointAuthMethod: "client_secret_basic",
      });
      expect(JSON.stringify(view)).not.toContain("CANARY");
    });

    it("takes a catalog entry under another name, and under its own when nobody has activated it", async () => {
      freshNamespace();
      const template = { clientId: "c", clientSecret: "s", template: "github" };
      const view = await registrations.register({ namespace, input: { ...template, name: "github-acme" } });
      expect(view).toMatchObject({
        template: "github",
        tokenUrl: "https://github.com/login/oauth/access_token",
      });
      const own = { clientId: "c", clientSecret: "s", template: "gitlab", name: "gitlab" };
      expect(await registrations.register({ namespace, input: own })).toMatchObject({ template: "gitlab" });
    });

    it.each([
      [
        "one that the environment brought",
        { name: "github", template: "github", clientId: "c", clientSecret: "s" },
      ],
      ["one that was registered", acme()],
    ])("refuses a name that is taken: %s", async (_, input) => {
      freshNamespace();
      await registrations.register({ namespace, input: acme() });
      for (const replace of [false, input.name === "github"]) {
        const error = await refusal(registrations.register({ namespace, input, replace }));
        expect(error).toMatchObject({ code: "PROVIDER_ALREADY_EXISTS" });
      }
    });

    it("warns once of facts that not several sources confirm, with their names, and of no others", async () => {
      freshNamespace();
      warned.length = 0;
      const [facts] = [...catalog.values()].filter(
        ({ confidence, variables }) => confidence === "single-source" && variables === undefined,
      );
      const { name: template = "", sources = [] } = facts ?? {};
      const client = { clientId: "c", clientSecret: canary("client_secret") };
      await registrations.register({ namespace, input: { ...client, name: "experiment", template } });
      await registrations.register({ namespace, input: { ...client, name: "sure", template: "github" } });
      await registrations.register({ namespace, input: acme() });
      const urls = { authorizeUrl: "https://own.example/a", tokenUrl: "https://own.example/t" };
      await registrations.register({ namespace, input: { ...client, ...urls, name: "own", template } });
      expect(warned).toEqual([
        expect.objectContaining({ provider: "experiment", namespace, template, reason: "single-source" }),
      ]);
      for (const source of sources) expect(warned[0]?.message).toContain(source);
      expect(warned[0]?.message).toContain("client secret");
      replica().registerInCode({ ...client, name: "experiment-in-code", template });
      expect(warned[1]).toMatchObject({ provider: "experiment-in-code" });
    });

    it("lets one of two parallel registrations win", async () => {
      freshNamespace();
      const results = await Promise.allSettled(
        [1, 2].map(() => registrations.register({ namespace, input: acme() })),
      );
      expect(results.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
    });

    it.each([
      [{ name: "Acme" }, "name"],
      [{ name: "mcp" }, "name"],
      [{ name: "gitlab" }, "name"],
      [{ name: "gitlab", template: "github" }, "name"],
      [{ template: "no-such-entry" }, "template"],
      [{ clientId: "" }, "client_id"],
      [{ clientSecret: "" }, "client_secret"],
      [{ authorizeUrl: "" }, "authorize_url"],
      [{ tokenUrl: "http://auth.acme.example/token" }, "token_url"],
      [{ tokenUrl: "https://user@auth.acme.example/token" }, "token_url"],
      [{ tokenUrl: "https://auth.acme.example/token#f" }, "token_url"],
      [{ tokenUrl: "https://192.0.2.7/token" }, "token_url"],
      [{ tokenUrl: "http://127.0.0.1:9000/token" }, "token_url"],
      [{ revokeUrl: "javascript:alert(1)" }, "revoke_url"],
      [{ extraAuthorizeParams: { state: "x" } }, "extra_authorize_params.state"],
      [{ values: { tenant: "x" } }, "provider_config.tenant"],
    ])("refuses %j by the contract's field name, and stores nothing", async (bad, field) => {
      freshNamespace();
      const error = await refusal(registrations.register({ namespace, input: acme(bad) }));
      expect(error).toMatchObject({ code: "INVALID_REQUEST", fieldViolations: [{ field }] });
      expect((await registrations.list({ namespace, activeOnly: true })).providers).toHaveLength(1);
    });

    it("takes loopback addresses only where the operator allows them", async () => {
      freshNamespace();
      const input = acme({
        authorizeUrl: "http://127.0.0.1:9000/authorize",
        tokenUrl: "http://127.0.0.1:9000/token",
      });
      const open = replica(storeWith(keyRing), ["127.0.0.1:9000"]);
      await open.register({ namespace, input });
      expect((await open.resolve(namespace, "acme")).definition.tokenUrl).toBe("http://127.0.0.1:9000/token");
      expect(await refusal(registrations.resolve(namespace, "acme"))).toMatchObject({
        code: "PROVIDER_MISCONFIGURED",
        metadata: { cause: "registration_invalid" },
      });
    });
  });

  describe("replace", () => {
    it("keeps the stored secret when none is given, and the identity that grants pin", async () => {
      freshNamespace();
      await registrations.register({ namespace, input: acme() });
      const before = await registrations.resolve(namespace, "acme");
      const { clientSecret: _, ...rest } = acme({ defaultScopes: ["more"] });
      await registrations.register({ namespace, input: { ...rest, clientSecret: "" }, replace: true });
      const after = await registrations.resolve(namespace, "acme");
      expect(after.id).toBe(before.id);
      expect(after.clientSecret?.reveal()).toBe(before.clientSecret?.reveal());
      expect(after.definition.scopes.default).toEqual(["more"]);
    });

    it.each([false, true])("sends no kept secret to other hosts, forced or not (%s)", async (force) => {
      freshNamespace();
      await registrations.register({ namespace, input: acme() });
      for (const tokenUrl of ["https://acme.attacker.example/token", "HTTPS://ACME.ATTACKER.EXAMPLE/token"]) {
        const input = { ...acme({ tokenUrl }), clientSecret: "" };
        const error = await refusal(registrations.register({ namespace, input, replace: true, force }));
        expect(error).toMatchObject({
          code: "INVALID_REQUEST",
          fieldViolations: [{ field: "client_secret" }],
        });
      }
      expect((await registrations.resolve(namespace, "acme")).definition.tokenUrl).not.toContain("attacker");
    });

    it("creates what is not there, but then wants a secret", async () => {
      freshNamespace();
      const without = { ...acme(), clientSecret: "" };
      const error = await refusal(registrations.register({ namespace, input: without, replace: true }));
      expect(error).toMatchObject({ code: "INVALID_REQUEST", fieldViolations: [{ field: "client_secret" }] });
      expect(await registrations.register({ namespace, input: acme(), replace: true })).toMatchObject({
        active: true,
      });
    });

    it("moves to other hosts while grants exist only when forced", async () => {
      freshNamespace();
      await registrations.register({ namespace, input: acme() });
      const { id } = await registrations.resolve(namespace, "acme");
      const elsewhere = acme({ tokenUrl: "https://acme.attacker.example/token" });
      const shouting = acme({ tokenUrl: "HTTPS://ACME.ATTACKER.EXAMPLE/token" });
      const below = acme({ tokenUrl: "https://eu.auth.acme.example/token" });
      await liveGrant(id);
      await liveGrant(id);
      await registrations.register({ namespace, input: below, replace: true });
      for (const input of [elsewhere, shouting]) {
        const refused = registrations.register({ namespace, input, replace: true });
        expect(await refusal(refused)).toMatchObject({ code: "PROVIDER_IN_USE", metadata: { count: "2" } });
      }
      await registrations.register({ namespace, input: elsewhere, replace: true, force: true });
      expect((await registrations.resolve(namespace, "acme")).definition.tokenUrl).toContain("attacker");
    });

    it("needs no force without grants", async () => {
      freshNamespace();
      await registrations.register({ namespace, input: acme() });
      const elsewhere = acme({ tokenUrl: "https://other.example/token" });
      expect(await registrations.register({ namespace, input: elsewhere, replace: true })).toMatchObject({
        tokenUrl: "https://other.example/token",
      });
    });
  });

  describe("remove", () => {
    it("refuses while grants exist, and says how many", async () => {
      freshNamespace();
      await registrations.register({ namespace, input: acme() });
      await liveGrant((await registrations.resolve(namespace, "acme")).id);
      const call = registrations.remove({ namespace, name: "acme" });
      expect(await refusal(call)).toMatchObject({ code: "PROVIDER_IN_USE", metadata: { count: "1" } });
      await registrations.remove({ namespace, name: "acme", force: true });
      expect(await refusal(registrations.resolve(namespace, "acme"))).toMatchObject({
        code: "PROVIDER_NOT_FOUND",
      });
    });

    it.each([
      ["github", "INVALID_REQUEST"],
      ["gitlab", "PROVIDER_NOT_FOUND"],
      ["nobody", "PROVIDER_NOT_FOUND"],
    ])("answers for %s, which no RPC registered, %s", async (name, code) => {
      expect(await refusal(registrations.remove({ namespace: freshNamespace(), name }))).toMatchObject({
        code,
      });
    });

    it("works although the key is lost", async () => {
      freshNamespace();
      await registrations.register({ namespace, input: acme() });
      const keyless = replica(storeWith(parseKeyRing(generateFernetKey())));
      expect(await refusal(keyless.resolve(namespace, "acme"))).toMatchObject({ code: "KEY_UNAVAILABLE" });
      await keyless.remove({ namespace, name: "acme" });
      expect(await refusal(keyless.resolve(namespace, "acme"))).toMatchObject({ code: "PROVIDER_NOT_FOUND" });
    });
  });

  describe("list and get", () => {
    const names = async (request: Parameters<Registrations["list"]>[0]): Promise<string[]> =>
      (await registrations.list(request)).providers.map(({ name }) => name);

    it("show the catalog, active or not, and what was added, by name", async () => {
      freshNamespace();
      await registrations.register({ namespace, input: acme() });
      const all = await names({ namespace, pageSize: 1000 });
      expect(all).toEqual([...new Set([...catalog.keys(), "acme"])].toSorted());
      expect(await names({ namespace, activeOnly: true })).toEqual(["acme", "github"]);
      expect(await names({ activeOnly: true })).toEqual(["github"]);
    });

    it("go through pages without loss, and keep page tokens to their listing", async () => {
      freshNamespace();
      const seen: string[] = [];
      let pageToken = "";
      do {
        const page = await registrations.list({ namespace, pageSize: 7, pageToken });
        expect(page.providers.length).toBeLessThanOrEqual(7);
        seen.push(...page.providers.map(({ name }) => name));
        pageToken = page.nextPageToken;
      } while (pageToken !== "");
      expect(seen).toEqual([...catalog.keys()].toSorted());
      const first = await registrations.list({ namespace, pageSize: 7 });
      for (const request of [
        { namespace: "other", pageToken: first.nextPageToken },
        { namespace, pageToken: first.nextPageToken, activeOnly: true },
        { namespace, pageToken: "!!" },
      ])
        expect(await refusal(registrations.list(request))).toMatchObject({ code: "INVALID_REQUEST" });
      expect(await refusal(registrations.list({ pageSize: -1 }))).toMatchObject({ code: "INVALID_REQUEST" });
    });

    it("find by words of a name, category, confidence and login, active or not", async () => {
      freshNamespace();
      await registrations.register({ namespace, input: acme() });
      const template = { clientId: "c", clientSecret: "s", template: "github", name: "code-host" };
      await registrations.register({ namespace, input: template });
      const [contested] = [...catalog.values()].filter(({ confidence }) => confidence !== "confirmed");
      const all = { namespace, pageSize: 1000 };
      expect(await names({ ...all, query: "ACME" })).toContain("acme");
      expect(await names({ ...all, query: "git hub" })).toEqual(
        expect.arrayContaining(["github", "code-host"]),
      );
      expect(await names({ ...all, query: "github", activeOnly: true })).toEqual(["code-host", "github"]);
      expect(await names({ ...all, confidences: ["operator"] })).toEqual(["acme"]);
      expect(await names({ ...all, confidences: ["single-source", "contested", "unverified"] })).toContain(
        contested?.name,
      );
      expect(await names({ ...all, category: "dev-tools" })).toEqual(
        expect.arrayContaining(["code-host", "github", "gitlab"]),
      );
      expect(await names({ ...all, category: "crm" })).not.toContain("github");
      expect(await names({ ...all, loginOnly: true })).toEqual([]);
      expect(await names({ ...all, query: "no such provider" })).toEqual([]);
      const known = [...catalog.values()].find(({ aliases = [] }) => aliases.length > 0);
      expect(await names({ ...all, query: known?.aliases?.[0] })).toContain(known?.name);
      expect(await refusal(registrations.list({ category: "nonsense" }))).toMatchObject({
        code: "INVALID_REQUEST",
        fieldViolations: [{ field: "category" }],
      });
    });

    it("page through what a filter leaves, with page tokens for that filter alone", async () => {
      const filter = { namespace: freshNamespace(), category: "dev-tools", pageSize: 3 };
      const whole = await names({ ...filter, pageSize: 1000 });
      const seen: string[] = [];
      let pageToken = "";
      do {
        const page = await registrations.list({ ...filter, pageToken });
        seen.push(...page.providers.map(({ name }) => name));
        pageToken = page.nextPageToken;
      } while (pageToken !== "");
      expect(seen).toEqual(whole);
      const { nextPageToken } = await registrations.list(filter);
      for (const other of [
        { query: "g" },
        { category: "crm" },
        { category: "" },
        { confidences: ["confirmed"] as const },
        { loginOnly: true },
        { activeOnly: true },
        { namespace: "other" },
      ])
        expect(
          await refusal(registrations.list({ ...filter, ...other, pageToken: nextPageToken })),
        ).toMatchObject({ code: "INVALID_REQUEST", fieldViolations: [{ field: "page_token" }] });
      expect(await names({ ...filter, query: "  ", pageToken: nextPageToken })).toEqual(whole.slice(3, 6));
    });

    it("tell where the facts come from and how the vendor is odd", async () => {
      const { sources, oddities, aliases } = await registrations.get({ name: "github" });
      expect(sources.length).toBeGreaterThan(1);
      expect(oddities).toEqual(expect.arrayContaining([expect.stringMatching(/^Scopes|^The|^No|^Err/)]));
      expect(Array.isArray(aliases)).toBe(true);
    });

    it("say what an inactive entry needs", async () => {
      const view = await registrations.get({ name: "gitlab" });
      expect(view).toMatchObject({
        active: false,
        source: "catalog",
        missing: ["CONNECT_GITLAB_CLIENT_ID", "CONNECT_GITLAB_CLIENT_SECRET"],
        callbackUrl: "https://broker.example/connect/callback/gitlab",
      });
      expect(await refusal(registrations.get({ name: "nobody" }))).toMatchObject({
        code: "PROVIDER_NOT_FOUND",
      });
    });

    it("show one that cannot be opened with what it needs, and the others as ever", async () => {
      freshNamespace();
      await registrations.register({ namespace, input: acme() });
      const keyless = replica(storeWith(parseKeyRing(generateFernetKey())));
      expect(await keyless.get({ namespace, name: "acme" })).toMatchObject({
        active: false,
        clientId: "client",
        missing: ["CONNECT_TOKEN_ENCRYPTION_KEY"],
      });
      expect((await keyless.list({ namespace, pageSize: 1000 })).providers.length).toBe(
        new Set([...catalog.keys(), "acme"]).size,
      );
    });
  });

  describe("registerInCode", () => {
    it("makes a provider that every namespace sees", async () => {
      const own = replica();
      own.registerInCode({ ...acme(), name: "my-service", clientSecret: "s" });
      expect(await own.resolve("team-a", "my-service")).toMatchObject({
        id: "code:my-service",
        source: "code",
      });
      expect(await refusal(own.register({ input: acme({ name: "my-service" }) }))).toMatchObject({
        code: "PROVIDER_ALREADY_EXISTS",
      });
      expect(await own.refreshable()).toContainEqual({
        id: "code:my-service",
        clientId: "client",
        reuseSeconds: 0,
      });
    });

    it("refuses a name that is taken or that would mislead", async () => {
      const own = replica();
      const input = { ...acme(), clientSecret: "s" };
      const taken = await refusal(() => own.registerInCode({ ...input, name: "github", template: "github" }));
      expect(taken).toMatchObject({ code: "PROVIDER_ALREADY_EXISTS" });
      const misleading = await refusal(() => own.registerInCode({ ...input, name: "gitlab" }));
      expect(misleading).toMatchObject({ code: "INVALID_REQUEST", fieldViolations: [{ field: "name" }] });
    });
  });

  it("names for the sweep everything this replica has credentials for", async () => {
    freshNamespace();
    await registrations.register({ namespace, input: acme() });
    const { id } = await registrations.resolve(namespace, "acme");
    const all = await registrations.refreshable();
    expect(all).toContainEqual({ id: "environment:github", clientId: "env-client", reuseSeconds: 0 });
    expect(all).toContainEqual({ id, clientId: "client", reuseSeconds: 0 });
  });
});
